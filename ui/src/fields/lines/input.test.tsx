import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FieldDefinition, ObjectDefinition, Value } from '@/api/contract';
import { definitionQuery } from '@/records/definitions';
import LinesInput from './input';

afterEach(cleanup);

const column = (key: string, more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  key, type: 'text', label: { zh: key, en: key }, required: false, read_only: false, system: false, custom: false,
  access: 'edit', operators: [], sortable: true, groupable: true, measures: [], state: 'ready', options: {}, ...more,
}); // prettier-ignore
const line = { key: 'line', name_field: 'name', list_fields: ['name', 'unit'], fields: [column('name', { required: true }), column('unit', { default: '台' })] } as unknown as ObjectDefinition;
const lines = column('lines', { type: 'lines', options: { object: 'line', via: 'deal' } });

function setup(value: Value, inPlace = false) {
  const client = new QueryClient();
  client.setQueryData(definitionQuery('line').queryKey, line);
  const onChange = vi.fn();
  const shown = (now: Value) => (
    <QueryClientProvider client={client}>
      <LinesInput value={now} field={lines} onChange={onChange} inPlace={inPlace} label="Lines" />
    </QueryClientProvider>
  );
  const { rerender } = render(shown(value));
  return { onChange, show: (now: Value) => rerender(shown(now)), last: () => onChange.mock.lastCall?.[0] as Value };
}

describe('entering lines', () => {
  it('begins with an empty one that is no value until something is typed', () => {
    const { onChange, show, last } = setup(null);
    const name = screen.getByLabelText('name 1');
    expect(screen.queryByLabelText('name 2')).toBeNull();
    expect(screen.getByLabelText<HTMLInputElement>('unit 1').value).toBe('台');
    expect(onChange).not.toHaveBeenCalled();
    fireEvent.change(name, { target: { value: '泵' } });
    expect(last()).toEqual([{ name: '泵', unit: '台' }]);
    show(last());
    // the same input goes on
    expect(screen.getByLabelText('name 1')).toBe(name);
  }, 20_000);

  it('in place has the focus there', () => {
    setup(null, true);
    expect(document.activeElement).toBe(screen.getByLabelText('name 1'));
  });

  it('adds none to the empty one, but goes to it', () => {
    const { onChange } = setup([]);
    fireEvent.click(screen.getByTestId('add-line'));
    expect(onChange).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(screen.getByLabelText('name 1'));
  });

  it('adds further ones and removes them', () => {
    const { last, show } = setup([{ name: '泵', unit: '台' }]);
    fireEvent.click(screen.getByTestId('add-line'));
    expect(last()).toEqual([{ name: '泵', unit: '台' }, { unit: '台' }]);
    show([]);
    expect(screen.getByLabelText<HTMLInputElement>('name 1').value).toBe('');
  });
});

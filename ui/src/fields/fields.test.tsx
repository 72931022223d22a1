import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { FieldDefinition } from '@/api/contract';
import { fieldType, typeLabel, typeNames, typesToAdd } from './registry';
import { readDecimal } from './shared/decimal';
import { resultType } from './shared/result';

/** The types that the server has: a module each. */
const types = Object.keys(import.meta.glob('../../../src/keyuan/schema/field_types/*.py'))
  .map((path) => path.split('/').pop()!.replace('.py', ''))
  .filter((name) => !name.startsWith('test_') && !['__init__', 'base', 'numeric', 'pointer', 'stored_text'].includes(name));

const field = (type: string): FieldDefinition => ({
  key: 'x', type, label: { zh: 'x', en: 'x' }, required: false, read_only: false, system: false, custom: false,
  access: 'edit', operators: [], sortable: true, groupable: true, measures: [], state: 'ready', options: {},
}); // prettier-ignore

describe('field types', () => {
  it('are all there, a folder each', () => {
    expect(typeNames().sort()).toEqual([...types].sort());
  });

  it('have a name in both languages', () => {
    for (const type of types) for (const word of [typeLabel(type).zh, typeLabel(type).en]) expect(word && word !== type, type).toBeTruthy();
    expect(typeLabel('hologram')).toEqual({ zh: 'hologram', en: 'hologram' });
  });

  it('that people write have an input, the others have none', () => {
    const computed = new Set(['auto_number', 'formula', 'rollup']);
    for (const type of types) expect(Boolean(fieldType(type).Input), type).toBe(!computed.has(type));
  });

  it('can be added but for those that a short form cannot ask for', () => {
    const apart = ['auto_number', 'formula', 'json', 'lines', 'reference_any', 'rollup'];
    expect(types.length).toBeGreaterThan(25);
    expect(typesToAdd().slice(0, 3)).toEqual(['text', 'long_text', 'rich_text']);
    expect([...typesToAdd(), ...apart].sort()).toEqual([...types].sort());
  });

  it('unknown to this version show as text', () => {
    expect(fieldType('hologram')).toBe(fieldType('text'));
  });
});

describe('typing a number', () => {
  it('takes separators, full width, currency signs, 万 and 亿', () => {
    expect(readDecimal('1,234.50')).toBe('1234.50');
    expect(readDecimal('１２３．５')).toBe('123.5');
    expect(readDecimal('¥ 88')).toBe('88');
    expect(readDecimal('1.5万')).toBe('15000');
    expect(readDecimal('-0.3亿')).toBe('-30000000');
    expect(readDecimal('')).toBeNull();
    expect(readDecimal('12a')).toBeUndefined();
    expect(readDecimal('-')).toBeUndefined();
    expect(readDecimal('.5')).toBe('0.5');
  });

  it('gives whole numbers as numbers and refuses halves of them', () => {
    const { parse } = fieldType('integer').typed!;
    expect(parse('12', field('integer'), null)).toBe(12);
    expect(parse('1.5', field('integer'), null)).toBeUndefined();
    expect(parse(' ', field('integer'), null)).toBeNull();
  });

  it('keeps the currency of an amount', () => {
    const { parse, format } = fieldType('money').typed!;
    expect(parse('20', field('money'), { amount: '5.00', currency: 'USD' })).toEqual({ amount: '20', currency: 'USD' });
    expect(parse('20', field('money'), null)).toBe('20');
    expect(format({ amount: '5.00', currency: 'USD' }, field('money'))).toBe('5.00');
  });
});

describe('a number', () => {
  afterEach(cleanup);
  const quantity = { ...field('decimal'), options: { scale: 2 } };
  const { Display, Input, typed } = fieldType('decimal');

  it('has no zeros behind it, wherever it stands', () => {
    for (const [value, shown] of [['3.0000', '3'], ['1250.50', '1,250.5'], ['100', '100'], ['0.00', '0'], ['0.010', '0.01']] as const) {
      for (const place of ['cell', 'page', 'words'] as const) {
        const { container } = render(<Display value={value} field={quantity} place={place} />);
        expect(container.textContent, value + place).toBe(shown);
      }
    }
    expect(typed!.format('3.0000', quantity)).toBe('3');
  });

  it('has none either where it is changed', () => {
    const EnterNumber = Input!;
    render(<EnterNumber value="3.0000" field={quantity} onChange={() => undefined} label="Quantity" />);
    expect(screen.getByLabelText<HTMLInputElement>('Quantity').value).toBe('3');
  }, 20_000);
});

describe('computed values', () => {
  const computed = (type: string, options: FieldDefinition['options'], unit?: 'currency') => resultType({ ...field(type), options, unit });

  it('show as the type they result in', () => {
    expect(computed('formula', {})).toBe('text');
    expect(computed('formula', { result: 'number' })).toBe('decimal');
    expect(computed('formula', { result: 'boolean' })).toBe('boolean');
    expect(computed('rollup', {})).toBe('integer');
    expect(computed('rollup', { measure: 'sum' })).toBe('decimal');
    expect(computed('rollup', { measure: 'max', result: 'datetime' })).toBe('datetime');
  });

  it('are money where the definition says so', () => {
    expect(computed('formula', { result: 'number' }, 'currency')).toBe('money');
    expect(computed('rollup', { measure: 'avg', result: 'number' }, 'currency')).toBe('money');
    expect(computed('decimal', { unit: 'currency' })).toBe('decimal');
  });
});

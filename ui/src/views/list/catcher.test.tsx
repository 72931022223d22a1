import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FieldDefinition } from '@/api/contract';
import { typedText } from '@/fields/shared/text';
import { Catcher } from './catcher';
import { useState } from 'react';

afterEach(cleanup);

const field = { key: 'name', type: 'text', measures: [], options: {} } as unknown as FieldDefinition;

function Cell({ onEnd }: { onEnd: (value: unknown, then: string) => void }) {
  const [editing, setEditing] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setEditing(true)}>
        open
      </button>
      <Catcher
        typed={typedText()}
        field={field}
        value="old"
        label="Name"
        editing={editing}
        onEdit={() => setEditing(true)}
        onEnd={(value, then) => {
          setEditing(false);
          onEnd(value, then);
        }}
      />
    </>
  );
}

const setup = () => {
  const onEnd = vi.fn();
  render(<Cell onEnd={onEnd} />);
  return { onEnd, input: screen.getByLabelText<HTMLInputElement>('Name') };
};

describe('the cell that is selected', () => {
  it('has the focus before anything is typed, and the first letter lands in it', () => {
    const { onEnd, input } = setup();
    expect(document.activeElement).toBe(input);
    fireEvent.input(input, { target: { value: 'n' } });
    expect(input.value).toBe('n');
    expect(input.dataset.editing).toBe('true');
    fireEvent.keyDown(input, { key: 'Enter' });
    expect(onEnd).toHaveBeenCalledWith('n', 'down');
  });

  it('loses no letter that an input method composes, and leaves its keys alone', () => {
    const { onEnd, input } = setup();
    fireEvent.compositionStart(input);
    expect(input.dataset.editing).toBe('true');
    expect(screen.getByLabelText('Name')).toBe(input);
    fireEvent.input(input, { target: { value: 'h' } });
    fireEvent.keyDown(input, { key: 'Enter', isComposing: true, keyCode: 229 });
    fireEvent.keyDown(input, { key: 'Escape', isComposing: true, keyCode: 229 });
    fireEvent.keyDown(input, { key: 'Tab', isComposing: true, keyCode: 229 });
    expect(onEnd).not.toHaveBeenCalled();
    fireEvent.input(input, { target: { value: '恒达' } });
    fireEvent.compositionEnd(input);
    fireEvent.keyDown(input, { key: 'Tab' });
    expect(onEnd).toHaveBeenCalledWith('恒达', 'next');
  });

  it('opens with the old value and gives it up on Esc', () => {
    const { onEnd, input } = setup();
    fireEvent.click(screen.getByText('open'));
    expect(input.value).toBe('old');
    fireEvent.input(input, { target: { value: 'other' } });
    fireEvent.keyDown(input, { key: 'Escape' });
    expect(onEnd).toHaveBeenCalledWith(undefined, 'stay');
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it('keeps what was typed when it is left, once', () => {
    const { onEnd, input } = setup();
    fireEvent.input(input, { target: { value: 'x' } });
    fireEvent.blur(input);
    expect(onEnd).toHaveBeenCalledTimes(1);
    expect(onEnd).toHaveBeenCalledWith('x', 'away');
  });
});

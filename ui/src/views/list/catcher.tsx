import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { FieldDefinition, Value } from '@/api/contract';
import { composing } from '@/design/ime';
import type { Typed } from '@/fields/type';
import styles from './grid.module.css';

interface CatcherProps {
  typed: Typed;
  field: FieldDefinition;
  value: Value;
  label: string;
  editing: boolean;
  onEdit: () => void;
  /** The edit ends. `value` is undefined where nothing is to be saved. */
  onEnd: (value: Value | undefined, then: 'stay' | 'down' | 'next' | 'previous' | 'away') => void;
}

/**
 * The input that lies unseen in the selected cell and has the focus, so that the first key typed, or the first letter
 * an input method composes, goes straight into it. It becomes the visible editor without being made anew: a
 * composition that has begun is never cut off.
 */
export function Catcher({ typed, field, value, label, editing, onEdit, onEnd }: CatcherProps) {
  const input = useRef<HTMLInputElement>(null);
  const begunByTyping = useRef(false);
  const ended = useRef(false);
  const [invalid, setInvalid] = useState(false);

  useEffect(() => input.current?.focus({ preventScroll: true }), []);

  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    ended.current = false;
    if (editing && !begunByTyping.current) {
      element.value = typed.format(value, field);
      element.select();
    }
    if (!editing) {
      element.value = '';
      begunByTyping.current = false;
      setInvalid(false);
    }
    // Only the beginning and the end of an edit matter: a value that changes meanwhile must not replace what is typed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [editing]);

  const begin = () => {
    if (editing) return;
    begunByTyping.current = true;
    onEdit();
  };

  const finish = (then: Parameters<typeof onEnd>[1]): boolean => {
    if (ended.current) return true;
    const parsed = typed.parse(input.current?.value ?? '', field, value);
    if (parsed === undefined) {
      setInvalid(true);
      if (then !== 'away') return false;
    }
    ended.current = true;
    onEnd(parsed, then);
    return true;
  };

  return (
    <input
      ref={input}
      className={styles.catcher}
      data-editing={editing || undefined}
      data-invalid={invalid || undefined}
      data-align={field.measures.includes('sum') ? 'end' : undefined}
      aria-label={label}
      aria-invalid={invalid}
      inputMode={editing ? typed.inputMode : undefined}
      autoComplete="off"
      spellCheck={false}
      data-testid="cell-input"
      onCompositionStart={begin}
      onInput={() => {
        setInvalid(false);
        begin();
      }}
      onPaste={(event) => event.stopPropagation()}
      onBlur={() => {
        if (editing) finish('away');
      }}
      onKeyDown={(event) => {
        if (composing(event)) {
          // Keys of the input method must not reach the grid either.
          event.stopPropagation();
          return;
        }
        if (!editing) return;
        event.stopPropagation();
        if (event.key === 'Escape') {
          ended.current = true;
          onEnd(undefined, 'stay');
        } else if (event.key === 'Enter') finish('down');
        else if (event.key === 'Tab') finish(event.shiftKey ? 'previous' : 'next');
        else return;
        event.preventDefault();
      }}
    />
  );
}

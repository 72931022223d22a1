import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';
import type { FieldDefinition, RecordData, Value } from '@/api/contract';
import { composing } from '@/design/ime';
import { fieldType } from '@/fields/registry';
import styles from './grid.module.css';

interface CellEditorProps {
  anchor: HTMLElement;
  field: FieldDefinition;
  record: RecordData;
  label: string;
  onEnd: (value: Value | undefined, then: 'stay' | 'down' | 'next' | 'previous' | 'away') => void;
}

/** The input of a value that is chosen rather than typed, laid over its cell. */
export function CellEditor({ anchor, field, record, label, onEnd }: CellEditorProps) {
  const type = fieldType(field.type);
  const Input = type.Input!;
  const [value, setValue] = useState<Value>(record[field.key] ?? null);
  const latest = useRef(value);
  const ended = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const place = anchor.getBoundingClientRect();
  const width = type.tall ? Math.max(360, place.width) : Math.max(180, place.width);

  const end = (next: Value | undefined, then: Parameters<typeof onEnd>[1]) => {
    if (ended.current) return;
    ended.current = true;
    onEnd(next, then);
  };

  const changed = useRef(false);
  const set = (next: Value) => {
    latest.current = next;
    changed.current = true;
    setValue(next);
    if (type.picks) end(next, 'stay');
  };

  useEffect(() => {
    // A list that scrolls away below would leave the editor standing over another cell.
    const leave = (event: Event) => {
      if (event.target instanceof Node && anchor.closest('[role=grid]')?.contains(event.target) && !box.current?.contains(event.target)) {
        end(changed.current ? latest.current : undefined, 'away');
      }
    };
    document.addEventListener('scroll', leave, true);
    document.addEventListener('pointerdown', leave, true);
    return () => {
      document.removeEventListener('scroll', leave, true);
      document.removeEventListener('pointerdown', leave, true);
    };
  });

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (composing(event)) return;
    if (event.key === 'Escape') end(undefined, 'stay');
    else if (event.key === 'Tab') end(changed.current ? latest.current : undefined, event.shiftKey ? 'previous' : 'next');
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) end(latest.current, 'stay');
    else return;
    event.preventDefault();
  };

  return createPortal(
    <div
      ref={box}
      className={styles.editor}
      data-blocks-keys
      data-testid="cell-editor"
      style={{
        left: Math.max(8, Math.min(place.left, window.innerWidth - width - 16)),
        top: Math.min(place.top, window.innerHeight - (type.tall ? 200 : 48)),
        width,
      }}
      onKeyDown={onKeyDown}
    >
      <Input
        field={field}
        value={value}
        onChange={set}
        onDone={() => end(changed.current ? latest.current : undefined, 'stay')}
        inPlace
        record={record}
        label={label}
      />
    </div>,
    document.body,
  );
}

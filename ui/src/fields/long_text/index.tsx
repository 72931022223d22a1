import { Input } from 'antd';
import { useEffect, useRef } from 'react';
import { composing } from '@/design/ime';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { typedText } from '../shared/text';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  const text = String(value);
  return place === 'page' ? <div className={styles.long}>{text}</div> : <Cut title={text}>{text.replace(/\s+/g, ' ')}</Cut>;
}

function LongInput({ id, value, onChange, onDone, inPlace, disabled, invalid, label }: InputProps) {
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!inPlace) return;
    const area = ref.current;
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
  }, [inPlace]);
  return (
    <Input.TextArea
      id={id}
      ref={(area) => {
        ref.current = (area?.resizableTextArea?.textArea) ?? null;
      }}
      value={(value as string | null) ?? ''}
      autoSize={{ minRows: 3, maxRows: 12 }}
      onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
      onBlur={onDone}
      onKeyDown={(event) => {
        // Enter is a new line here; with Ctrl or ⌘ it is for the form.
        if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && !composing(event)) event.stopPropagation();
      }}
      disabled={disabled}
      status={invalid ? 'error' : undefined}
      aria-label={label}
    />
  );
}

/** Several lines of text. */
export default { Display, Input: LongInput, typed: typedText(), width: 240, wide: true, listed: true, tall: true } satisfies FieldType;

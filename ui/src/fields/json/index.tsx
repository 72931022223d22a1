import { Input } from 'antd';
import { useState } from 'react';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  return place === 'page' ? <pre className={styles.code}>{JSON.stringify(value, null, 2)}</pre> : <Cut>{JSON.stringify(value)}</Cut>;
}

function JsonInput({ id, value, onChange, onDone, inPlace, disabled, invalid, label }: InputProps) {
  const [text, setText] = useState(() => (isEmpty(value) ? '' : JSON.stringify(value, null, 2)));
  const [broken, setBroken] = useState(false);
  return (
    <Input.TextArea
      id={id}
      className={styles.code}
      value={text}
      autoSize={{ minRows: 3, maxRows: 16 }}
      autoFocus={inPlace}
      onChange={(event) => {
        setText(event.target.value);
        try {
          onChange(event.target.value.trim() === '' ? null : JSON.parse(event.target.value));
          setBroken(false);
        } catch {
          setBroken(true);
        }
      }}
      onBlur={broken ? undefined : onDone}
      disabled={disabled}
      status={invalid || broken ? 'error' : undefined}
      aria-label={label}
      spellCheck={false}
    />
  );
}

/** Structured data as it came. */
export default { apart: true, Display, Input: JsonInput, width: 200, wide: true, tall: true, listed: true } satisfies FieldType;

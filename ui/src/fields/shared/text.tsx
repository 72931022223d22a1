import { Input, type InputRef } from 'antd';
import { useEffect, useRef } from 'react';
import { isEmpty } from '@/records/values';
import type { DisplayProps, FieldType, InputProps, Typed } from '../type';
import { Cut, Dash } from './display';

/** Text on one line. */
export function TextDisplay({ value }: DisplayProps) {
  return isEmpty(value) ? <Dash /> : <Cut>{String(value)}</Cut>;
}

/** An input of one line, of the kind given (`tel`, `email`, …). */
export function textInput(kind: 'text' | 'tel' | 'email' | 'url') {
  return function TextInput({ id, value, onChange, onDone, inPlace, disabled, invalid, label, field }: InputProps) {
    const ref = useRef<InputRef>(null);
    useEffect(() => {
      if (!inPlace) return;
      ref.current?.focus();
      ref.current?.select(); // a range of an address cannot be set, only all of it
    }, [inPlace]);
    const length = typeof field.options.length === 'number' ? field.options.length : undefined;
    return (
      <Input
        id={id}
        ref={ref}
        type={kind === 'text' ? 'text' : kind}
        value={(value as string | null) ?? ''}
        maxLength={length}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        onBlur={onDone}
        disabled={disabled}
        status={invalid ? 'error' : undefined}
        aria-label={label}
        aria-invalid={invalid}
        autoComplete="off"
        spellCheck={false}
      />
    );
  };
}

/** Text typed straight into a cell. */
export const typedText = (inputMode: Typed['inputMode'] = 'text'): Typed => ({
  format: (value) => (value as string | null) ?? '',
  parse: (text) => (text.trim() === '' ? null : text.trim()),
  inputMode,
});

/** A type kept as one line of text. */
export function textType(kind: 'text' | 'tel' | 'email' | 'url', more: Partial<FieldType> = {}): FieldType {
  return { Display: TextDisplay, Input: textInput(kind), typed: typedText(kind), width: 180, listed: true, ...more };
}

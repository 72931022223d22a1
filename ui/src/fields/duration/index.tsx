import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDuration, parseDuration } from '@/design/format';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import type { DisplayProps, FieldType, InputProps, Typed } from '../type';

function useUnits() {
  const { t } = useTranslation('fields');
  return { hour: t('hourShort'), minute: t('minuteShort') };
}

function Display({ value }: DisplayProps) {
  const units = useUnits();
  return isEmpty(value) ? <Dash /> : <Cut>{formatDuration(Number(value), units)}</Cut>;
}

const written = (value: unknown): string => {
  if (isEmpty(value)) return '';
  const minutes = Math.round(Number(value) / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
};

function DurationInput({ id, value, onChange, onDone, inPlace, disabled, invalid, label }: InputProps) {
  const { t } = useTranslation('fields');
  const [text, setText] = useState(() => written(value));
  return (
    <Input
      id={id}
      value={text}
      placeholder={t('durationHint')}
      autoFocus={inPlace}
      onChange={(event) => {
        setText(event.target.value);
        onChange(parseDuration(event.target.value));
      }}
      onBlur={() => {
        setText(written(parseDuration(text)));
        onDone?.();
      }}
      disabled={disabled}
      status={invalid ? 'error' : undefined}
      aria-label={label}
    />
  );
}

const typed: Typed = {
  format: written,
  parse: (text) => (text.trim() === '' ? null : (parseDuration(text) ?? undefined)),
};

/** A length of time in seconds, entered as hours and minutes. */
export default { Display, Input: DurationInput, typed, width: 120, align: 'end', listed: true } satisfies FieldType;

import { InputNumber } from 'antd';
import { useEffect, useRef } from 'react';
import { formatNumber, trimZeros } from '@/design/format';
import { isEmpty } from '@/records/values';
import type { DisplayProps, FieldType, InputProps, Typed } from '../type';
import { readDecimal } from './decimal';
import { Dash } from './display';
import styles from './fields.module.css';

interface NumberOptions {
  /** The JSON form: whole numbers are numbers, decimals are strings. */
  whole?: boolean;
  suffix?: string;
}

const unitOf = (props: { field: { options: Record<string, unknown> } }, suffix?: string): string =>
  suffix ?? (typeof props.field.options.unit === 'string' ? props.field.options.unit : '');

/** A type of exact numbers. */
export function numberType({ whole, suffix }: NumberOptions, more: Partial<FieldType> = {}): FieldType {
  const canonical = (text: string): unknown => (whole ? Number(text) : text);

  function Display(props: DisplayProps) {
    if (isEmpty(props.value)) return <Dash />;
    const unit = unitOf(props, suffix);
    return (
      <span className={styles.number}>
        {formatNumber(String(props.value))}
        {unit && <span className={suffix ? undefined : styles.unit}>{unit}</span>}
      </span>
    );
  }

  function NumberInput(props: InputProps) {
    const { id, value, onChange, onDone, inPlace, disabled, invalid, label } = props;
    const ref = useRef<HTMLInputElement>(null);
    useEffect(() => {
      if (inPlace) ref.current?.select();
    }, [inPlace]);
    const unit = unitOf(props, suffix);
    return (
      <InputNumber<string>
        id={id}
        ref={ref as never}
        stringMode
        controls={false}
        className={styles.full}
        value={isEmpty(value) ? null : String(value)}
        parser={(text) => readDecimal(text ?? '') ?? text ?? ''}
        formatter={(text, { userTyping, input }) => (userTyping ? input : text ? formatNumber(text) : '')}
        onChange={(next) => onChange(next === null || next === '' ? null : canonical(next))}
        onBlur={onDone}
        suffix={unit || undefined}
        disabled={disabled}
        status={invalid ? 'error' : undefined}
        aria-label={label}
        inputMode={whole ? 'numeric' : 'decimal'}
      />
    );
  }

  const typed: Typed = {
    format: (value) => (isEmpty(value) ? '' : trimZeros(String(value))),
    parse: (text) => {
      const read = readDecimal(text);
      if (read === null || read === undefined) return read;
      return whole && read.includes('.') ? undefined : canonical(read);
    },
    inputMode: whole ? 'numeric' : 'decimal',
  };

  return { Display, Input: NumberInput, typed, width: 120, align: 'end', listed: true, ...more };
}

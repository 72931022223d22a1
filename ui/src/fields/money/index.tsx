import { InputNumber, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Money } from '@/api/contract';
import { currencyPlaces, formatDecimal, formatMoney } from '@/design/format';
import { useSetting } from '@/design/words';
import { Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { readDecimal } from '../shared/decimal';
import type { DisplayProps, FieldType, InputProps, Typed } from '../type';

const currencies = ['CNY', 'USD', 'EUR', 'HKD', 'JPY', 'GBP', 'TWD', 'KRW', 'SGD', 'AUD'];

/** An amount as it comes: with its currency, or bare in the organisation's. */
const asMoney = (value: unknown, currency: string): Money | null => {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'object' ? (value as Money) : { amount: typeof value === 'number' ? String(value) : (value as string), currency };
};

function Display({ value }: DisplayProps) {
  const { currency } = useSetting();
  const { t } = useTranslation('fields');
  const money = asMoney(value, currency);
  if (!money) return <Dash />;
  const foreign = money.base && money.currency !== currency;
  return (
    <span className={styles.number} title={foreign ? t('worth', { amount: formatMoney({ amount: money.base!, currency }), day: money.rate_date ?? '' }) : undefined}>
      {formatMoney(money)}
    </span>
  );
}

function MoneyInput({ id, value, onChange, onDone, inPlace, disabled, invalid, label }: InputProps) {
  const setting = useSetting();
  const { t } = useTranslation('fields');
  const money = asMoney(value, setting.currency);
  // Before there is an amount the currency chosen for it waits here.
  const [chosen, setChosen] = useState(setting.currency);
  const currency = money?.currency ?? chosen;
  const ref = useRef<HTMLInputElement>(null);
  const group = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (inPlace) ref.current?.select();
  }, [inPlace]);
  const amount = (
    <InputNumber<string>
      id={id}
      ref={ref as never}
      stringMode
      controls={false}
      className={styles.full}
      value={money?.amount ?? null}
      parser={(text) => readDecimal(text ?? '') ?? text ?? ''}
      formatter={(text, { userTyping, input }) => (userTyping ? input : text ? formatDecimal(text, currencyPlaces(currency)) : '')}
      onChange={(next) => onChange(next === null || next === '' ? null : { amount: next, currency })}
      disabled={disabled}
      status={invalid ? 'error' : undefined}
      aria-label={label}
      inputMode="decimal"
    />
  );
  const leave = (event: React.FocusEvent) => {
    if (!group.current?.contains(event.relatedTarget)) onDone?.();
  };
  const offered = currencies.includes(currency) ? currencies : [currency, ...currencies];
  return (
    <span ref={group} className={styles.pair} onBlur={inPlace ? leave : undefined}>
      {amount}
      <Select
        value={currency}
        options={offered.map((code) => ({ value: code, label: code }))}
        onChange={(code) => {
          setChosen(code);
          if (money) onChange({ amount: money.amount, currency: code });
        }}
        disabled={disabled}
        popupMatchSelectWidth={false}
        getPopupContainer={() => group.current!}
        aria-label={t('currency')}
      />
    </span>
  );
}

const typed: Typed = {
  format: (value) => (value && typeof value === 'object' ? (value as Money).amount : ''),
  parse: (text, _field, before) => {
    const read = readDecimal(text);
    if (read === null || read === undefined) return read;
    const currency = before && typeof before === 'object' ? (before as Money).currency : undefined;
    return currency ? { amount: read, currency } : read;
  },
  inputMode: 'decimal',
};

/** An amount of money in a currency. */
export default { Display, Input: MoneyInput, typed, width: 140, align: 'end', listed: true } satisfies FieldType;

import { Select, type RefSelectProps } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLabel } from '@/design/words';
import type { Choice, Label } from '@/api/contract';
import type { InputProps } from '../type';
import { Tag } from './display';
import styles from './fields.module.css';

interface ChooseProps extends InputProps {
  choices: { value: string; label: Label | string; color?: string; retired?: boolean }[];
  many?: boolean;
  plain?: boolean;
}

/** One or several values of a list. A retired value is only offered where it is the value already. */
export function Choose({ id, value, onChange, onDone, inPlace, disabled, invalid, label, field, choices, many, plain }: ChooseProps) {
  const words = useLabel();
  const read = (given: Label | string) => (typeof given === 'string' ? given : words(given));
  const { t } = useTranslation('fields');
  const ref = useRef<RefSelectProps>(null);
  const [open, setOpen] = useState(Boolean(inPlace));
  const held = useMemo(() => new Set(many ? ((value as string[] | null) ?? []) : [value as string]), [value, many]);
  useEffect(() => {
    if (inPlace) ref.current?.focus();
  }, [inPlace]);
  const options = choices
    .filter((choice) => !choice.retired || held.has(choice.value))
    .map((choice) => ({
      value: choice.value,
      search: (typeof choice.label === 'string' ? choice.label : `${choice.label.zh} ${choice.label.en}`).toLowerCase(),
      label: plain ? read(choice.label) : <Tag color={choice.color}>{read(choice.label)}</Tag>,
    }));
  return (
    <Select
      id={id}
      ref={ref}
      className={styles.full}
      mode={many ? 'multiple' : undefined}
      value={(many ? ((value) ?? []) : ((value) ?? undefined))}
      options={options}
      showSearch={many || options.length > 6 ? { filterOption: (text, option) => Boolean(option?.search.includes(text.toLowerCase())) } : false}
      allowClear={!field.required}
      open={inPlace ? open : undefined}
      onOpenChange={(next) => {
        setOpen(next);
        if (inPlace && !next) onDone?.();
      }}
      onChange={(next: unknown) => onChange(many ? ((next as string[]).length ? next : null) : (next ?? null))}
      disabled={disabled}
      status={invalid ? 'error' : undefined}
      placeholder={t('choose')}
      aria-label={label}
      popupMatchSelectWidth={false}
      styles={{ popup: { root: { minWidth: 160 } } }}
    />
  );
}

/** The choices that the definition of a field has. */
export const choicesOf = (field: InputProps['field']): Choice[] => field.options.choices ?? [];

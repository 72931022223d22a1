import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, Operator, Value } from '@/api/contract';
import { Choose, choicesOf } from '@/fields/shared/choose';
import { fieldType } from '@/fields/registry';
import { isReference } from '@/records/values';
import styles from './filters.module.css';
import { periods } from './model';

interface ValueProps {
  field: FieldDefinition;
  operator: Operator;
  value: Value;
  onChange: (value: Value) => void;
}

/** Money is compared by its amount. */
const bare = (value: Value): Value =>
  value && typeof value === 'object' && 'amount' in value ? (value as { amount: string }).amount : isReference(value) ? value.id : value;

/** The input for the value of a condition, by its operator and the field's type. */
export function FilterValue({ field, operator, value, onChange }: ValueProps) {
  const { t } = useTranslation('filters');
  const type = fieldType(field.type);
  // A filter may always be left empty.
  const optional = { ...field, required: false };
  if (operator === 'is_null') return null;
  if (operator === 'within') {
    return (
      <Select
        className={styles.full}
        value={(value as string | null) ?? undefined}
        options={periods.map((period) => ({ value: period, label: t(`periods.${period}`) }))}
        onChange={onChange}
        placeholder={t('period')}
        aria-label={t('period')}
      />
    );
  }
  if (type.Filter) return <type.Filter field={optional} operator={operator} value={value} onChange={onChange} />;
  const Input = type.Input ?? fieldType('text').Input!;
  if (operator === 'between') {
    const pair = Array.isArray(value) ? (value as Value[]) : [null, null];
    return (
      <span className={styles.between}>
        <Input field={optional} value={pair[0] ?? null} onChange={(next) => onChange([bare(next), pair[1] ?? null])} label={t('from')} />
        <span>{t('to')}</span>
        <Input field={optional} value={pair[1] ?? null} onChange={(next) => onChange([pair[0] ?? null, bare(next)])} label={t('to')} />
      </span>
    );
  }
  if (operator === 'in' || operator === 'not_in') {
    if (field.options.choices) return <Choose field={optional} value={value} onChange={onChange} many choices={choicesOf(field)} />;
    return (
      <Select
        className={styles.full}
        mode="tags"
        value={(value as string[] | null) ?? []}
        onChange={(next: string[]) => onChange(next.length ? next : null)}
        tokenSeparators={[',', '，', ';', '；', '\n']}
        open={false}
        placeholder={t('manyHint')}
        aria-label={t('value')}
      />
    );
  }
  const Typed = field.type === 'rich_text' || field.type === 'long_text' ? fieldType('text').Input! : Input;
  return <Typed field={optional} value={value} onChange={(next) => onChange(bare(next))} label={t('value')} />;
}

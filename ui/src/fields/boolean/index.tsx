import { Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { Choose } from '../shared/choose';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value }: DisplayProps) {
  const { t } = useTranslation('fields');
  if (value === null || value === undefined) return <Dash />;
  return <Cut>{value ? t('yes') : t('no')}</Cut>;
}

function BooleanInput(props: InputProps) {
  const { id, value, onChange, inPlace, disabled, label, field } = props;
  const { t } = useTranslation('fields');
  // Where it may stay unknown, a switch could not say so.
  if (!inPlace && (field.required || typeof field.default === 'boolean' || typeof value === 'boolean')) {
    return <Switch className={styles.switch} id={id} checked={value === true} onChange={onChange} disabled={disabled} aria-label={label} />;
  }
  return (
    <Choose
      {...props}
      plain
      choices={[
        { value: 'true', label: t('yes') },
        { value: 'false', label: t('no') },
      ]}
      value={typeof value === 'boolean' ? String(value) : null}
      onChange={(next) => onChange(next === null ? null : next === 'true')}
    />
  );
}

/** Yes, no, or not known. */
export default { Display, Input: BooleanInput, width: 88, picks: true, listed: true } satisfies FieldType;

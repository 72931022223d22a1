import { Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Label } from '@/api/contract';
import styles from './settings.module.css';

interface LabelInputProps {
  title: string;
  value: Label;
  onChange: (value: Label) => void;
  error?: string;
  autoFocus?: boolean;
}

/** A label in both languages side by side. */
export function LabelInput({ title, value, onChange, error, autoFocus }: LabelInputProps) {
  const { t } = useTranslation('settings');
  return (
    <div>
      <div className={styles.pair}>
        <label className={styles.field}>
          <span>{t('inChinese', { what: title })}</span>
          <Input value={value.zh} onChange={(event) => onChange({ ...value, zh: event.target.value })} autoFocus={autoFocus} status={error ? 'error' : undefined} />
        </label>
        <label className={styles.field}>
          <span>{t('inEnglish', { what: title })}</span>
          <Input value={value.en} onChange={(event) => onChange({ ...value, en: event.target.value })} status={error ? 'error' : undefined} />
        </label>
      </div>
      {error && (
        <p role="alert" className={styles.problem}>
          {error}
        </p>
      )}
    </div>
  );
}

/** A key for what has that English name: `x_` and what of it can stand in one. */
export function keyFrom(english: string): string {
  const plain = english
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 36);
  return plain ? `x_${plain}` : '';
}

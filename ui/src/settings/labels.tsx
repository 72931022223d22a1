import { Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Label } from '@/api/contract';
import { useLanguage } from '@/design/words';
import styles from './settings.module.css';

interface LabelInputProps {
  title: string;
  value: Label;
  onChange: (value: Label) => void;
  error?: string;
  autoFocus?: boolean;
}

/** A label in both languages side by side, that of the person first. One is enough: it then stands for the other too. */
export function LabelInput({ title, value, onChange, error, autoFocus }: LabelInputProps) {
  const { t } = useTranslation('settings');
  const language = useLanguage();
  const order = language === 'en' ? (['en', 'zh'] as const) : (['zh', 'en'] as const);
  return (
    <div>
      <div className={styles.pair}>
        {order.map((key, place) => (
          <label key={key} className={styles.field}>
            <span>{t(key === 'zh' ? 'inChinese' : 'inEnglish', { what: title })}</span>
            <Input
              value={value[key]}
              placeholder={value[order[1 - place]!].trim()}
              onChange={(event) => onChange({ ...value, [key]: event.target.value })}
              autoFocus={autoFocus && place === 0}
              status={error ? 'error' : undefined}
            />
          </label>
        ))}
      </div>
      {error && (
        <p role="alert" className={styles.problem}>
          {error}
        </p>
      )}
    </div>
  );
}

/** The label with one language standing for the other where only one was given; null where neither was. */
export function whole(label: Label): Label | null {
  const zh = label.zh.trim();
  const en = label.en.trim();
  return zh || en ? { zh: zh || en, en: en || zh } : null;
}

/** A key for what has that English name: `x_` and what of it can stand in one; empty where nothing can, and the server
 * makes one. */
export function keyFrom(english: string): string {
  const plain = english
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 36);
  return plain ? `x_${plain}` : '';
}

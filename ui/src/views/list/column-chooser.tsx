import { Button, Checkbox, Input } from 'antd';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition } from '@/api/contract';
import { useLabel } from '@/design/words';
import { columnFields, type Columns } from './columns';
import styles from './list.module.css';

/** Which columns, in which order. */
export function ColumnChooser({ definition, columns }: { definition: ObjectDefinition; columns: Columns }) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const [text, setText] = useState('');
  const shown = columns.shown.map((field) => field.key);
  const rest = columnFields(definition).filter((field) => !shown.includes(field.key));
  const fields = [...columns.shown, ...rest].filter((field) => `${field.label.zh} ${field.label.en}`.toLowerCase().includes(text.trim().toLowerCase()));
  const move = (key: string, by: number) => {
    const next = [...shown];
    const at = next.indexOf(key);
    next.splice(at, 1);
    next.splice(at + by, 0, key);
    columns.set(next);
  };
  return (
    <div className={styles.columns}>
      <Input size="small" value={text} onChange={(event) => setText(event.target.value)} placeholder={t('findColumn')} allowClear />
      <div className={styles.columnList}>
        {fields.map((field) => {
          const at = shown.indexOf(field.key);
          const name = field.key === definition.name_field;
          return (
            <div key={field.key} className={styles.columnItem}>
              <Checkbox
                checked={at >= 0}
                disabled={name}
                onChange={(event) => columns.set(event.target.checked ? [...shown, field.key] : shown.filter((key) => key !== field.key))}
              >
                {label(field.label)}
              </Checkbox>
              <span style={{ flex: 1 }} />
              {at > 0 && (
                <>
                  <Button type="text" size="small" icon={<ArrowUp size={12} />} disabled={at <= 1} aria-label={t('moveUp', { column: label(field.label) })} onClick={() => move(field.key, -1)} />
                  <Button type="text" size="small" icon={<ArrowDown size={12} />} disabled={at === shown.length - 1} aria-label={t('moveDown', { column: label(field.label) })} onClick={() => move(field.key, 1)} />
                </>
              )}
            </div>
          );
        })}
      </div>
      <Button size="small" onClick={columns.reset} disabled={!columns.changed}>
        {t('resetColumns')}
      </Button>
    </div>
  );
}

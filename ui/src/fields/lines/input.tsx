import { Button } from 'antd';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLabel } from '@/design/words';
import { useMaybeDefinition } from '@/records/definitions';
import { fieldType } from '../registry';
import type { InputProps } from '../type';
import styles from './lines.module.css';
import { useLineFields } from './table';

type Line = Record<string, unknown>;

/** Edits the lines of a record in a small table; each value by its own type's input. */
export default function LinesInput({ value, onChange, field, disabled, label }: InputProps) {
  const { t } = useTranslation('fields');
  const words = useLabel();
  const definition = useMaybeDefinition(field.options.object);
  const fields = useLineFields(field).filter((column) => !column.read_only && fieldType(column.type).Input);
  const lines = (value as Line[] | null) ?? [];
  const set = (index: number, key: string, next: unknown) =>
    onChange(lines.map((line, i) => (i === index ? { ...line, [key]: next } : line)));
  const add = () => {
    const defaults = definition?.fields.flatMap((f) => (f.default !== undefined && f.default !== null && typeof f.default !== 'object' ? [[f.key, f.default] as const] : [])) ?? [];
    onChange([...lines, Object.fromEntries(defaults)]);
  };
  return (
    <div role="group" aria-label={label}>
      {lines.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table} data-editing>
            <thead>
              <tr>
                {fields.map((column) => (
                  <th key={column.key} style={{ minWidth: fieldType(column.type).width }}>
                    {words(column.label)}
                    {column.required && <span className={styles.required}>*</span>}
                  </th>
                ))}
                <th aria-label={t('remove')} />
              </tr>
            </thead>
            <tbody>
              {lines.map((line, index) => (
                <tr key={(line.id as string | undefined) ?? index}>
                  {fields.map((column) => {
                    const Input = fieldType(column.type).Input!;
                    return (
                      <td key={column.key}>
                        <Input
                          field={column}
                          value={line[column.key] ?? null}
                          onChange={(next) => set(index, column.key, next)}
                          record={line}
                          disabled={disabled}
                          label={`${words(column.label)} ${index + 1}`}
                        />
                      </td>
                    );
                  })}
                  <td>
                    <Button
                      type="text"
                      icon={<Trash2 size={16} />}
                      disabled={disabled}
                      aria-label={t('removeLine', { number: index + 1 })}
                      onClick={() => onChange(lines.filter((_, i) => i !== index))}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Button size="small" icon={<Plus size={14} />} onClick={add} disabled={disabled}>
        {t('addLine')}
      </Button>
    </div>
  );
}

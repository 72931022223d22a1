import type { FieldDefinition, RecordData } from '@/api/contract';
import { useLabel } from '@/design/words';
import { useMaybeDefinition } from '@/records/definitions';
import { alignOf, fieldType } from '../registry';
import type { DisplayProps } from '../type';
import styles from './lines.module.css';

/** The fields of a line that people see, in the order of its object's list. */
export function useLineFields(field: FieldDefinition): FieldDefinition[] {
  const definition = useMaybeDefinition(field.options.object);
  if (!definition) return [];
  const via = field.options.via;
  const named = definition.list_fields.flatMap((key) => definition.fields.find((f) => f.key === key) ?? []);
  const fields = named.length ? named : definition.fields.filter((f) => !f.system);
  return fields.filter((f) => f.key !== via && f.state === 'ready' && f.type !== 'lines');
}

/** The lines of a record, to read. */
export function LinesTable({ value, field }: DisplayProps) {
  const label = useLabel();
  const fields = useLineFields(field);
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            {fields.map((column) => (
              <th key={column.key} data-align={alignOf(column)}>
                {label(column.label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(value as RecordData[]).map((line, index) => (
            <tr key={line.id ?? index}>
              {fields.map((column) => {
                const type = fieldType(column.type);
                return (
                  <td key={column.key} data-align={alignOf(column)}>
                    <type.Display value={line[column.key]} field={column} place="cell" record={line} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

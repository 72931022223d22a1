import type { FieldDefinition, RecordData } from '@/api/contract';
import { useCramped } from '@/design/use';
import { useLabel } from '@/design/words';
import { useMaybeDefinition } from '@/records/definitions';
import { isEmpty } from '@/records/values';
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

/** The lines of a record, to read: a table where it fits, otherwise an entry each with everything that it says. */
export function LinesTable({ value, field }: DisplayProps) {
  const label = useLabel();
  const fields = useLineFields(field);
  const name = useMaybeDefinition(field.options.object)?.name_field;
  const [box, cramped] = useCramped<HTMLDivElement>();
  const lines = value as RecordData[];
  const show = (line: RecordData, column: FieldDefinition | undefined) => {
    if (!column) return null;
    const type = fieldType(column.type);
    return <type.Display value={line[column.key]} field={column} place="cell" record={line} />;
  };
  const title = fields.find((column) => column.key === name);
  // What the others come to stands last, beside the name.
  const last = fields[fields.length - 1];
  const result = last !== title && last && alignOf(last) === 'end' ? last : undefined;
  const facts = fields.filter((column) => column !== title && column !== result);
  return (
    <div ref={box} className={styles.scroll} data-testid="lines" data-cramped={cramped || undefined}>
      {cramped ? (
        <ul className={styles.entries}>
          {lines.map((line, index) => (
            <li key={line.id ?? index} className={styles.entry}>
              <span className={styles.entryHead}>
                <span>{show(line, title)}</span>
                {result && <span>{show(line, result)}</span>}
              </span>
              <span className={styles.entryFacts}>
                {facts
                  .filter((column) => !isEmpty(line[column.key]))
                  .map((column) => (
                    <span key={column.key}>
                      <small>{label(column.label)}</small>
                      {show(line, column)}
                    </span>
                  ))}
              </span>
            </li>
          ))}
        </ul>
      ) : (
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
            {lines.map((line, index) => (
              <tr key={line.id ?? index}>
                {fields.map((column) => (
                  <td key={column.key} data-align={alignOf(column)}>
                    {show(line, column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

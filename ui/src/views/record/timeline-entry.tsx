import type { FieldDefinition, TimelineEntry, Value } from '@/api/contract';
import { useLabel } from '@/design/words';
import { FieldValue } from '@/fields/value';
import styles from './timeline.module.css';

interface Change {
  field: string;
  before: Value;
  after: Value;
}

/** What an entry of the timeline says: its text, or the fields that changed. */
export function EntryBody({ entry, fields }: { entry: TimelineEntry; fields: Map<string, FieldDefinition> }) {
  const label = useLabel();
  const changes = Array.isArray(entry.data?.changes) ? (entry.data.changes as Change[]) : [];
  return (
    <>
      {entry.text && <p className={styles.text}>{entry.text}</p>}
      {changes.length > 0 && (
        <ul className={styles.changes}>
          {changes.map((change) => {
            const field = fields.get(change.field);
            if (!field) return null;
            return (
              <li key={change.field}>
                <span>{label(field.label)}</span>
                <FieldValue field={field} value={change.before} place="words" />
                <span aria-hidden>→</span>
                <FieldValue field={field} value={change.after} place="words" />
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}

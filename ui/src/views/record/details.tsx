import type { ObjectDefinition, RecordData } from '@/api/contract';
import { ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useStored } from '@/design/use';
import { useLabel } from '@/design/words';
import { ofRecordType, shownSections } from '@/records/definitions';
import styles from './details.module.css';
import { FieldRow } from './field-row';

const stamps = ['owner', 'owner_department', 'created_at', 'created_by', 'updated_at', 'updated_by'];

interface DetailsProps {
  definition: ObjectDefinition;
  record: RecordData;
  /** Fields that the page shows elsewhere. */
  without?: ReadonlySet<string>;
}

/** The fields of a record in their sections; sections fold and stay so. */
export function Details({ definition: whole, record, without }: DetailsProps) {
  const label = useLabel();
  const { t } = useTranslation('record');
  const [folded, setFolded] = useStored<string[]>(`folded.${whole.key}`, []);
  const definition = useMemo(() => ofRecordType(whole, record.record_type, record), [whole, record]);
  const sections = shownSections(definition);
  const placed = new Set(sections.flatMap((section) => section.fields.map((field) => field.key)));
  const system = stamps.flatMap((key) => definition.fields.find((field) => field.key === key && !placed.has(key)) ?? []);
  const groups = [
    ...sections
      .map((section) => ({ key: section.key, name: section.label ? label(section.label) : t('otherFields'), fields: section.fields.filter((field) => !without?.has(field.key)) }))
      .filter((section) => section.fields.length > 0),
    ...(system.length ? [{ key: 'system', name: t('system'), fields: system }] : []),
  ];
  return (
    <div className={styles.details}>
      {groups.map((group) => {
        const closed = folded.includes(group.key);
        return (
          <section key={group.key} className={styles.section}>
            <button
              type="button"
              className={styles.head}
              aria-expanded={!closed}
              onClick={() => setFolded(closed ? folded.filter((key) => key !== group.key) : [...folded, group.key])}
            >
              <ChevronRight size={14} aria-hidden data-open={!closed || undefined} />
              {group.name}
            </button>
            {!closed && group.fields.map((field) => <FieldRow key={field.key} definition={definition} field={field} record={record} />)}
          </section>
        );
      })}
    </div>
  );
}

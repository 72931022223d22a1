import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Checkbox } from 'antd';
import { Phone } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { useLabel } from '@/design/words';
import { Person } from '@/fields/shared/display';
import { FieldValue } from '@/fields/value';
import { isEmpty, isReference, nameOf } from '@/records/values';
import type { Selection } from './grid';
import styles from './list.module.css';

interface CardsProps {
  definition: ObjectDefinition;
  columns: FieldDefinition[];
  rows: RecordData[];
  hasMore: boolean;
  onMore: () => void;
  onOpen: (record: RecordData) => void;
  /** The records chosen so far while records are being chosen; null while a touch opens them. */
  selected: Selection | null;
  onSelected: (selected: Selection) => void;
}

/** The number by which a card calls, and whose the record is: asked for whether or not they are columns. */
export function cardFields(definition: ObjectDefinition): { phones: FieldDefinition[]; owner: FieldDefinition | undefined } {
  const shown = definition.fields.filter((field) => field.state === 'ready' && field.access !== 'masked');
  // Those by which records are found are the people's own; others are of an invoice or a parcel.
  const phones = shown.filter((field) => field.type === 'phone' && (definition.list_fields.includes(field.key) || ['mobile', 'phone'].includes(field.key)));
  return { phones, owner: shown.find((field) => field.key === 'owner') };
}

/** A list at a phone's width: one card a record, with what its first columns say. */
export function Cards({ definition, columns, rows, hasMore, onMore, onOpen, selected, onSelected }: CardsProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const scroll = useRef<HTMLDivElement>(null);
  const { phones, owner } = cardFields(definition);
  const fields = columns.filter((field) => field.key !== definition.name_field && field.key !== owner?.key && !phones.includes(field) && field.type !== 'auto_number');
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 148,
    overscan: 6,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - 10) onMore();
  }, [hasMore, last, rows.length, onMore]);
  return (
    <div ref={scroll} className={styles.cards}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="list">
        {items.map((item) => {
          const record = rows[item.index]!;
          const filled = fields.filter((field) => !isEmpty(record[field.key])).slice(0, 3);
          const phone = phones.map((field) => record[field.key]).find((value) => typeof value === 'string' && value && !value.includes('*')) as string | undefined;
          const whose = owner && record[owner.key];
          const name = nameOf(definition, record) || t('unnamed');
          const chosen = Boolean(selected?.[record.id]);
          const choose = () => onSelected({ ...selected, [record.id]: !chosen } as Selection);
          return (
            <div
              key={item.key}
              role="listitem"
              ref={virtual.measureElement}
              data-index={item.index}
              data-testid="card"
              className={styles.card}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Link
                to="/records/$object/$id"
                params={{ object: definition.key, id: record.id }}
                className={styles.cardBody}
                data-chosen={chosen || undefined}
                onClick={(event) => {
                  if (selected) {
                    event.preventDefault();
                    choose();
                    return;
                  }
                  if (event.metaKey || event.ctrlKey) return;
                  event.preventDefault();
                  onOpen(record);
                }}
              >
                <span className={styles.cardName}>{name}</span>
                {filled.map((field) => {
                  return (
                    <span key={field.key} className={styles.cardRow}>
                      <span>{label(field.label)}</span>
                      <span>
                        <FieldValue value={record[field.key]} field={field} place="words" record={record} />
                      </span>
                    </span>
                  );
                })}
                {isReference(whose) && whose.name && <Person name={whose.name} />}
              </Link>
              {selected ? (
                <Checkbox className={styles.cardCorner} checked={chosen} onChange={choose} aria-label={t('selectRow', { name })} />
              ) : (
                phone && (
                  <a className={styles.cardCorner} href={`tel:${phone.replace(/[^\d+]/g, '')}`} aria-label={t('call', { name, phone })} data-testid="call">
                    <Phone size={18} aria-hidden />
                  </a>
                )
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

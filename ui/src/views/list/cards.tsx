import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { useLabel } from '@/design/words';
import { FieldValue } from '@/fields/value';
import { isEmpty, nameOf } from '@/records/values';
import styles from './list.module.css';

interface CardsProps {
  definition: ObjectDefinition;
  columns: FieldDefinition[];
  rows: RecordData[];
  hasMore: boolean;
  onMore: () => void;
  onOpen: (record: RecordData) => void;
}

/** A list at a phone's width: one card a record, with what its first columns say. */
export function Cards({ definition, columns, rows, hasMore, onMore, onOpen }: CardsProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const scroll = useRef<HTMLDivElement>(null);
  const fields = columns.filter((field) => field.key !== definition.name_field);
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
          const filled = fields.filter((field) => !isEmpty(record[field.key])).slice(0, 4);
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
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey) return;
                  event.preventDefault();
                  onOpen(record);
                }}
              >
                <span className={styles.cardName}>{nameOf(definition, record) || t('unnamed')}</span>
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
              </Link>
            </div>
          );
        })}
      </div>
    </div>
  );
}

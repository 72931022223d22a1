import { Button } from 'antd';
import { useDroppable } from '@dnd-kit/core';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, Filter, ObjectDefinition, RecordData } from '@/api/contract';
import { formatCompact, formatInteger } from '@/design/format';
import { useSetting } from '@/design/words';
import { Tag } from '@/fields/shared/display';
import { useRecords } from '@/records/hooks';
import styles from './board.module.css';
import { DraggableCard } from './card';
import type { Column } from './model';
import { columnQuery } from './moving';
import { useMemo } from 'react';

interface ColumnProps {
  definition: ObjectDefinition;
  field: FieldDefinition;
  column: Column;
  filter: Filter | undefined;
  q: string | undefined;
  money: FieldDefinition | undefined;
  figures: Record<string, unknown> | undefined;
  mayMove: boolean;
  onOpen: (record: RecordData) => void;
  onPeek: (record: RecordData) => void;
}

/** One column: its name, how many and how much, and its cards, loaded as they are scrolled to. */
export function BoardColumn({ definition, field, column, filter, q, money, figures, mayMove, onOpen, onPeek }: ColumnProps) {
  const { t } = useTranslation('list');
  const { currency, language } = useSetting();
  const { setNodeRef, isOver } = useDroppable({ id: String(column.value) });
  const query = useMemo(() => columnQuery(definition, field, column.value, filter, q), [definition, field, column.value, filter, q]);
  const records = useRecords(definition.key, query);
  const count = Number(figures?.count ?? 0);
  const sum = money ? Number(figures?.[`sum_${money.key}`] ?? 0) : 0;
  return (
    <section ref={setNodeRef} className={styles.column} data-over={isOver || undefined} aria-label={column.name} data-testid={`column-${column.value ?? 'none'}`}>
      <header className={styles.columnHead}>
        <Tag color={column.color}>{column.name}</Tag>
        <span className={styles.figure}>{formatInteger(count)}</span>
        {column.probability != null && <span className={styles.figure}>{Number(column.probability)}%</span>}
        <span className={styles.space} />
        {money && sum !== 0 && <span className={styles.sum}>{formatCompact(sum, currency, language)}</span>}
      </header>
      <div
        className={styles.cards}
        onScroll={(event) => {
          const box = event.currentTarget;
          if (records.hasNextPage && !records.isFetchingNextPage && box.scrollHeight - box.scrollTop - box.clientHeight < 400) void records.fetchNextPage();
        }}
      >
        {records.rows.map((record) => (
          <DraggableCard key={record.id} definition={definition} record={record} field={field} mayMove={mayMove} onOpen={onOpen} onPeek={onPeek} />
        ))}
        {records.hasNextPage && (
          <Button type="text" size="small" loading={records.isFetchingNextPage} onClick={() => void records.fetchNextPage()}>
            {t('board.more')}
          </Button>
        )}
      </div>
    </section>
  );
}

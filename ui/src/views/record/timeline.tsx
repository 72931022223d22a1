import { Button } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Activity } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Change, ObjectDefinition, RecordData, TimelineEntry } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { dayOf, formatRelativeDay, formatTimes } from '@/design/format';
import { Failure, Notice, Waiting } from '@/design/states';
import { useSetting } from '@/design/words';
import { keys } from '@/records/keys';
import { Composer } from './composer';
import { Entry } from './timeline-entry';
import styles from './timeline.module.css';

interface Told {
  entry: TimelineEntry;
  time: string;
  /** What the record's move into a stage changed of it beside the stage. */
  along: Change[];
}

/** Entries by day, in order, each with its time. A move into a stage and the change of the record that it was are one. */
export function byDay(entries: TimelineEntry[], zone: string): [string, Told[]][] {
  const days = new Map<string, Told[]>();
  const moves = new Set(entries.filter((entry) => entry.type === 'stage_history').map(({ at }) => at));
  const changes = new Map(entries.flatMap((entry) => (entry.type === 'change' && entry.kind === 'update' && moves.has(entry.at) ? [[entry.at, entry.changes] as const] : [])));
  const shown = entries.filter((entry) => entry.type !== 'change' || !(entry.kind === 'update' && moves.has(entry.at)));
  const times = formatTimes(shown.map((entry) => entry.at), zone);
  shown.forEach((entry, index) => {
    const day = dayOf(entry.at, zone);
    days.set(day, [...(days.get(day) ?? []), { entry, time: times[index]!, along: (entry.type === 'stage_history' && changes.get(entry.at)) || [] }]);
  });
  return [...days];
}

const keyOf = (entry: TimelineEntry): string => (entry.type === 'change' ? `change-${entry.version}` : `${entry.type}-${entry.record.id}`);

/** What happened with a record, newest first, and the place to write what happened just now. */
export function Timeline({ definition, record }: { definition: ObjectDefinition; record: RecordData }) {
  const { t } = useTranslation('record');
  const { language, zone, today } = useSetting();
  const query = useInfiniteQuery({
    queryKey: keys.timeline(definition.key, record.id),
    queryFn: ({ pageParam }) => api.timeline(definition.key, record.id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 10_000,
  });
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <div className={styles.timeline}>
      <Composer definition={definition} record={record} />
      {query.isPending && <Waiting />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && entries.length === 0 && <Notice icon={Activity} title={t('nothingYet')} text={t('nothingYetText')} />}
      {byDay(entries, zone).map(([day, list]) => (
        <section key={day} className={styles.day}>
          <h3 className={styles.date} title={day}>
            {formatRelativeDay(day, today, language)}
          </h3>
          {list.map(({ entry, time, along }) => (
            <Entry key={keyOf(entry)} entry={entry} time={time} along={along} definition={definition} />
          ))}
        </section>
      ))}
      {query.hasNextPage && (
        <Button size="small" className={styles.older} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('older')}
        </Button>
      )}
    </div>
  );
}

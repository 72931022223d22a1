import { Button } from 'antd';
import { Link } from '@tanstack/react-router';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Activity, Check, FileText, GitCommitHorizontal, MessageSquare, Pencil, Plus, Trash2, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition, RecordData, TimelineEntry } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { dayOf, formatDateTime, formatRelativeDay, formatTime } from '@/design/format';
import { Failure, Notice, Waiting } from '@/design/states';
import { useLabel, useSetting } from '@/design/words';
import { Avatar } from '@/fields/shared/display';
import { fieldsByKey, useObjects } from '@/records/definitions';
import { keys } from '@/records/keys';
import { Composer } from './composer';
import { EntryBody } from './timeline-entry';
import styles from './timeline.module.css';

const marks: Record<string, LucideIcon> = {
  create: Plus,
  update: Pencil,
  delete: Trash2,
  restore: Check,
  activity: MessageSquare,
  stage: GitCommitHorizontal,
  file: FileText,
};

/** Entries by day, in order. */
function byDay(entries: TimelineEntry[], zone: string): [string, TimelineEntry[]][] {
  const days = new Map<string, TimelineEntry[]>();
  for (const entry of entries) {
    const day = dayOf(entry.at, zone);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}

/** What happened with a record, newest first, and the place to write what happened just now. */
export function Timeline({ definition, record }: { definition: ObjectDefinition; record: RecordData }) {
  const { t } = useTranslation('record');
  const label = useLabel();
  const { language, zone, today } = useSetting();
  const objects = useObjects();
  const fields = fieldsByKey(definition);
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
          {list.map((entry) => {
            const Mark = marks[entry.kind] ?? Activity;
            const other = entry.record && entry.object && (entry.object !== definition.key || entry.record.id !== record.id) ? entry : null;
            return (
              <article key={entry.id} className={styles.entry} data-kind={entry.kind} data-testid="timeline-entry">
                <span className={styles.mark}>{entry.user?.name ? <Avatar name={entry.user.name} /> : <Mark size={14} aria-hidden />}</span>
                <div className={styles.what}>
                  <div className={styles.line}>
                    <strong>{entry.user?.name ?? t('system')}</strong>
                    <span>{entry.title ?? t(`kinds.${entry.kind}` as 'kinds.update', { defaultValue: entry.kind })}</span>
                    {other?.record?.name && (
                      <Link to="/records/$object/$id" params={{ object: other.object!, id: other.record.id }} className={styles.other}>
                        {label(objects.find((object) => object.key === other.object)?.label)} {other.record.name}
                      </Link>
                    )}
                    <time dateTime={entry.at} title={formatDateTime(entry.at, zone)}>
                      {formatTime(entry.at, zone)}
                    </time>
                  </div>
                  <EntryBody entry={entry} fields={fields} />
                </div>
              </article>
            );
          })}
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

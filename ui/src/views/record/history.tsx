import { Button, Tag } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import { History as HistoryIcon, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { dayOf, formatMoment, formatTimes } from '@/design/format';
import { Failure, Notice, Waiting } from '@/design/states';
import { useLabel, useSetting } from '@/design/words';
import { Avatar } from '@/fields/shared/display';
import { FieldValue } from '@/fields/value';
import { fieldsByKey } from '@/records/definitions';
import { UndoDialog } from '@/operations/undo-dialog';
import { keys } from '@/records/keys';
import styles from './history.module.css';

/** Every change of a record: who, when, from what to what, and undo where the person can. */
export function History({ definition, record }: { definition: ObjectDefinition; record: RecordData }) {
  const { t } = useTranslation(['record', 'operations']);
  const [undoing, setUndoing] = useState<string | null>(null);
  const label = useLabel();
  const { zone } = useSetting();
  const fields = fieldsByKey(definition);
  const query = useInfiniteQuery({
    queryKey: keys.history(definition.key, record.id),
    queryFn: ({ pageParam }) => api.history(definition.key, record.id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Waiting />;
  const entries = query.data.pages.flatMap((page) => page.entries);
  const times = formatTimes(entries.map((entry) => entry.at ?? ''), zone);
  if (entries.length === 0) return <Notice icon={HistoryIcon} title={t('noHistory')} />;
  return (
    <>
      <ol className={styles.list} data-testid="history">
        {entries.map((entry, index) => (
          <li key={entry.version} className={styles.entry}>
            <div className={styles.who}>
              <Avatar name={entry.by?.name ?? '?'} />
              <strong>{entry.by?.name ?? t('bySystem')}</strong>
              <span>{t(`kinds.${entry.kind}`)}</span>
              {entry.at !== null && <time dateTime={entry.at} title={formatMoment(entry.at, zone)}>{`${dayOf(entry.at, zone)} ${times[index]}`}</time>}
              {entry.undone && <Tag variant="filled">{t('operations:undone')}</Tag>}
              {entry.can_undo && (
                <Button type="text" size="small" className={styles.undo} icon={<Undo2 size={14} />} onClick={() => setUndoing(entry.operation)} data-testid="undo">
                  {t('operations:undo')}
                </Button>
              )}
            </div>
            {entry.changes.length > 0 && (
              <dl className={styles.changes}>
                {entry.changes.map((change) => {
                  const field = fields.get(change.field);
                  if (!field) return null;
                  return (
                    <div key={change.field} className={styles.change}>
                      <dt>{label(field.label)}</dt>
                      <dd>
                        <FieldValue field={field} value={change.before} place="words" />
                        <span aria-hidden>→</span>
                        <FieldValue field={field} value={change.after} place="words" />
                      </dd>
                    </div>
                  );
                })}
              </dl>
            )}
          </li>
        ))}
        {query.hasNextPage && (
          <li>
            <Button size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('older')}
            </Button>
          </li>
        )}
      </ol>
      {undoing && <UndoDialog operation={undoing} onClose={() => setUndoing(null)} />}
    </>
  );
}

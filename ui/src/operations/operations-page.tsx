import { Button, Segmented, Tag } from 'antd';
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '@/api/contract';
import { operations as api, record as records } from '@/api/endpoints';
import { formatDateTime } from '@/design/format';
import { Failure, Notice, Waiting } from '@/design/states';
import { useSetting } from '@/design/words';
import { keys } from '@/records/keys';
import { useSession } from '@/session/context';
import settings from '@/settings/settings.module.css';
import styles from './operations.module.css';
import { UndoDialog } from './undo-dialog';
import { inOrder, kindOf, useIsPart, useTitle, useWhat } from './words';

/** What was done, the newest first, with undo: one's own operations, and for those who may undo them everybody's. */
export function OperationsPage() {
  const { t } = useTranslation('operations');
  const { administrator, capabilities } = useSession();
  const mayAll = administrator || capabilities.includes('operations.undo_any');
  const [everyones, setEveryones] = useState(false);
  const [undoing, setUndoing] = useState<string | null>(null);
  const query = useInfiniteQuery({
    queryKey: keys.operations(everyones),
    queryFn: ({ pageParam }) => api.list(everyones, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
  });
  const list = query.data?.pages.flatMap((page) => page.operations) ?? [];
  const names = useNames(list);
  return (
    <div className={settings.body}>
      <div className={settings.bar}>
        <h2>{t('title')}</h2>
        {mayAll && (
          <Segmented
            aria-label={t('whose')}
            value={everyones ? 'everyones' : 'mine'}
            onChange={(value) => setEveryones(value === 'everyones')}
            options={[
              { value: 'mine', label: t('mine') },
              { value: 'everyones', label: t('everyones') },
            ]}
          />
        )}
      </div>
      <p className={settings.hint}>{t('hint')}</p>
      {query.isPending && <Waiting />}
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && list.length === 0 && <Notice icon={Undo2} title={t('none')} text={t('noneText')} />}
      <ol className={styles.list} data-testid="operations">
        {list.map((operation) => (
          <Row key={operation.id} operation={operation} names={names} everyones={everyones} onUndo={() => setUndoing(operation.id)} />
        ))}
      </ol>
      {query.hasNextPage && (
        <span>
          <Button size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('older')}
          </Button>
        </span>
      )}
      {undoing && <UndoDialog operation={undoing} onClose={() => setUndoing(null)} />}
    </div>
  );
}

/** The names of the records that operations changed one at a time, as far as the person may read them. */
function useNames(list: Operation[]): Map<string, string> {
  const isPart = useIsPart();
  const wanted = new Map<string, Set<string>>();
  for (const operation of list) {
    for (const { object, record } of inOrder(operation, isPart).slice(0, 1)) {
      if (record) wanted.set(object, (wanted.get(object) ?? new Set()).add(record));
    }
  }
  return useQueries({
    queries: [...wanted].map(([object, set]) => {
      const ids = [...set].sort().slice(-200);
      const query = { filter: ['id', 'in', ids] as never, fields: ['name'], limit: ids.length };
      return { queryKey: keys.list(object, query), queryFn: () => records.list(object, query), staleTime: 30_000, retry: false };
    }),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data?.records ?? []).map((record) => [record.id, String((record.name as string | null) ?? '')]))),
  });
}

interface RowProps {
  operation: Operation;
  names: Map<string, string>;
  everyones: boolean;
  onUndo: () => void;
}

function Row({ operation, names, everyones, onUndo }: RowProps) {
  const { t } = useTranslation('operations');
  const { zone } = useSetting();
  const what = useWhat();
  const title = useTitle(operation);
  const kind = kindOf(operation);
  const [first, ...others] = inOrder(operation, useIsPart());
  const words = (change: Operation['changes'][number], name?: string) => t(`did.${change.kind}`, { what: what(change.object, change.count, name, operation.more) });
  const name = first?.record ? names.get(first.record) : undefined;
  // Where the changes say it all, the kind of a plain save or deletion says nothing more.
  const plain = first && (kind === 'save' || kind === first.kind);
  return (
    <li className={styles.row} data-testid="operation">
      <div className={styles.what}>
        <div className={styles.line}>
          {!plain && <strong>{title.kind}</strong>}
          {title.about && <span>{title.about}</span>}
          {first &&
            (first.record && name ? (
              <Link to="/records/$object/$id" params={{ object: first.object, id: first.record }} className={styles.link}>
                {words(first, name)}
              </Link>
            ) : (
              <span>{words(first)}</span>
            ))}
        </div>
        <div className={styles.more}>
          <time dateTime={operation.at}>{formatDateTime(operation.at, zone)}</time>
          {everyones && <span>{operation.actor?.name ?? t('system')}</span>}
          {others.map((change) => (
            <span key={change.object + change.kind}>{words(change)}</span>
          ))}
        </div>
      </div>
      {operation.undone_by ? (
        <Tag variant="filled">{t('undone')}</Tag>
      ) : (
        operation.can_undo && (
          <Button size="small" icon={<Undo2 size={14} />} onClick={onUndo} data-testid="undo">
            {t('undo')}
          </Button>
        )
      )}
    </li>
  );
}

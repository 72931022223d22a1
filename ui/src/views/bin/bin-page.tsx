import { Button, Select } from 'antd';
import { getRouteApi } from '@tanstack/react-router';
import { RotateCcw, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition } from '@/api/contract';
import { Boundary } from '@/design/boundary';
import { Failure, Notice, Waiting } from '@/design/states';
import { useNarrow, useTitle } from '@/design/use';
import { useLabel } from '@/design/words';
import { useRestore } from '@/records/changes';
import { fieldsByKey, useDefinition, useObjects } from '@/records/definitions';
import { useCount, useRecords } from '@/records/hooks';
import { areas } from '@/shell/areas';
import { Grid } from '../list/grid';
import { ListFoot } from '../list/foot';
import listStyles from '../list/list.module.css';
import styles from './bin.module.css';

const route = getRouteApi('/app/bin');
const nothing = () => undefined;

/** What was deleted, by object, and the way back. */
export function BinPage() {
  const { t } = useTranslation('list');
  const label = useLabel();
  const objects = areas(useObjects()).flatMap((area) => area.objects);
  const { object: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  const object = wanted ?? objects[0]?.key;
  useTitle(t('bin'));
  return (
    <div className={listStyles.page}>
      <div className={listStyles.bar}>
        <h1 className={listStyles.title}>{t('bin')}</h1>
        <Select
          value={object}
          options={objects.map((one) => ({ value: one.key, label: label(one.plural) }))}
          onChange={(next) => void navigate({ search: { object: next }, replace: true })}
          popupMatchSelectWidth={false}
          className={styles.object}
          aria-label={t('object')}
        />
        <span className={styles.hint}>{t('binHint')}</span>
      </div>
      {object && (
        <Boundary mark={object}>
          <Deleted key={object} object={object} />
        </Boundary>
      )}
    </div>
  );
}

function Deleted({ object }: { object: string }) {
  const { t } = useTranslation('list');
  const narrow = useNarrow();
  const definition = useDefinition(object);
  const restore = useRestore(object);
  const columns = useMemo(() => {
    const fields = fieldsByKey(definition);
    const keys = [definition.name_field, ...definition.list_fields.filter((key) => key !== definition.name_field).slice(0, 4), 'updated_by', 'updated_at'];
    const shown = [...new Set(keys)].flatMap<FieldDefinition>((key) => fields.get(key) ?? []).slice(0, narrow ? 1 : undefined);
    return { shown, widths: {}, set: nothing, reset: nothing, resize: nothing, changed: false };
  }, [definition, narrow]);
  const query = useMemo(() => ({ deleted: 'only' as const, fields: columns.shown.map((field) => field.key) }), [columns]);
  const records = useRecords(object, query);
  const count = useCount(object, { deleted: 'only' }, records.isSuccess);
  if (records.isError) return <Failure error={records.error} retry={() => void records.refetch()} />;
  if (records.isPending) return <Waiting wide />;
  if (records.rows.length === 0) return <Notice icon={Trash2} title={t('binEmpty')} text={t('binEmptyText')} />;
  return (
    <>
      <Grid
        definition={definition}
        columns={columns}
        rows={records.rows}
        count={count.data ?? null}
        sort={undefined}
        onSort={nothing}
        selected={{}}
        onSelected={nothing}
        onOpen={nothing}
        onPeek={nothing}
        onEditForm={nothing}
        onSave={nothing}
        hasMore={records.hasNextPage}
        onMore={() => void records.fetchNextPage()}
        fixed
        rowAction={(record) => (
          <Button
            size="small"
            className={styles.restore}
            icon={<RotateCcw size={12} />}
            disabled={!definition.can.edit && !definition.can.delete}
            onClick={() => restore.mutate(record.id)}
            data-testid="restore"
          >
            {t('restore')}
          </Button>
        )}
      />
      <ListFoot total={count.data ?? null} loaded={records.rows.length} loading={records.isFetchingNextPage} stale={false} />
    </>
  );
}

import { Button, Modal, Select } from 'antd';
import { getRouteApi } from '@tanstack/react-router';
import { RotateCcw, Trash2, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { Boundary } from '@/design/boundary';
import { formatInteger } from '@/design/format';
import { Failure, Notice, Waiting } from '@/design/states';
import { useNarrow, useTitle } from '@/design/use';
import { useLabel } from '@/design/words';
import { usePurge, useRestore } from '@/records/changes';
import { fieldsByKey, useDefinition, useObjects } from '@/records/definitions';
import { useCount, useRecords } from '@/records/hooks';
import { nameOf } from '@/records/values';
import { useSession } from '@/session/context';
import { areas } from '@/shell/areas';
import { Grid, type Selection } from '../list/grid';
import { ListFoot } from '../list/foot';
import listStyles from '../list/list.module.css';
import styles from './bin.module.css';

const route = getRouteApi('/app/bin');
const nothing = () => undefined;
/** The server takes as many in one operation. */
const most = 1000;
/** So many names stand in the question before something is lost. */
const named = 5;

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
  const [selected, setSelected] = useState<Selection>({});
  const [losing, setLosing] = useState<RecordData[] | null>(null);
  const mayRestore = definition.can.edit || definition.can.delete;
  const mayPurge = useSession().capabilities.includes('records.purge') && definition.can.delete;
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
  const chosen = records.rows.filter((record) => selected[record.id]);
  return (
    <>
      <Grid
        definition={definition}
        columns={columns}
        rows={records.rows}
        count={count.data ?? null}
        sort={undefined}
        onSort={nothing}
        selected={selected}
        onSelected={setSelected}
        onOpen={nothing}
        onPeek={nothing}
        onEditForm={nothing}
        onSave={nothing}
        hasMore={records.hasNextPage}
        onMore={() => void records.fetchNextPage()}
        fixed
        selectable={mayRestore || mayPurge}
        rowAction={(record) => (
          <span className={styles.actions}>
            <Button size="small" icon={<RotateCcw size={12} />} disabled={!mayRestore} onClick={() => restore.mutate([record.id])} data-testid="restore">
              {t('restore')}
            </Button>
            {mayPurge && (
              <Button size="small" danger icon={<Trash2 size={12} />} aria-label={t('purge')} title={t('purge')} onClick={() => setLosing([record])} data-testid="purge" />
            )}
          </span>
        )}
      />
      <ListFoot total={count.data ?? null} loaded={records.rows.length} loading={records.isFetchingNextPage} stale={false} />
      {chosen.length > 0 && (
        <div className={listStyles.selection} role="toolbar" aria-label={t('selection')} data-testid="selection">
          <strong>{t('selected', { count: chosen.length, formatted: formatInteger(chosen.length) })}</strong>
          {mayRestore && (
            <Button
              type="text"
              icon={<RotateCcw size={14} />}
              loading={restore.isPending}
              disabled={chosen.length > most}
              onClick={() => restore.mutate(chosen.map((record) => record.id), { onSuccess: () => setSelected({}) })}
            >
              {t('restore')}
            </Button>
          )}
          {mayPurge && (
            <Button type="text" danger icon={<Trash2 size={14} />} disabled={chosen.length > most} onClick={() => setLosing(chosen)}>
              {t('purge')}
            </Button>
          )}
          <Button type="text" icon={<X size={14} />} aria-label={t('clearSelection')} title={t('clearSelection')} onClick={() => setSelected({})} />
        </div>
      )}
      {losing && <Purge definition={definition} records={losing} onClose={() => setLosing(null)} onDone={() => setSelected({})} />}
    </>
  );
}

interface PurgeProps {
  definition: ObjectDefinition;
  records: RecordData[];
  onClose: () => void;
  onDone: () => void;
}

/** Asks before records are lost for good, and says which and what with them. */
function Purge({ definition, records, onClose, onDone }: PurgeProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const purge = usePurge(definition.key);
  const lose = () => purge.mutate(records.map((record) => record.id), { onSuccess: onDone, onSettled: onClose });
  return (
    <Modal open title={t('purgeTitle', { count: records.length })} okText={t('purge')} okButtonProps={{ danger: true }} onOk={lose} confirmLoading={purge.isPending} onCancel={onClose} width={480}>
      <ul className={styles.lost}>
        {records.slice(0, named).map((record) => (
          <li key={record.id}>
            {label(definition.label)} · {nameOf(definition, record)}
          </li>
        ))}
        {records.length > named && <li>{t('purgeMore', { count: records.length })}</li>}
      </ul>
      <p>{t('purgeText')}</p>
    </Modal>
  );
}

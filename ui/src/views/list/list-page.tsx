import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQueryClient } from '@tanstack/react-query';
import { ApiProblem } from '@/api/client';
import type { FieldDefinition, RecordData, Value } from '@/api/contract';
import { Failure, Waiting } from '@/design/states';
import { useToast } from '@/design/toast';
import { useNarrow, useSettled, useTitle } from '@/design/use';
import { useLabel } from '@/design/words';
import { useSave } from '@/records/changes';
import { useDefinition } from '@/records/definitions';
import { useCount, useRecords } from '@/records/hooks';
import { useProblemText } from '@/records/problems';
import { useKeys } from '@/shell/keys';
import { filterOf, firstOperator, partsOf } from '../filters/model';
import { cardFields, Cards } from './cards';
import { useColumns } from './columns';
import { EmptyList } from './empty';
import { ListFoot } from './foot';
import { Grid, type Selection } from './grid';
import styles from './list.module.css';
import { rememberRows } from './neighbours';
import { SelectionBar } from './selection-bar';
import { useListState } from './state';
import { Sums } from './sums';
import { Toolbar } from './toolbar';
import { useViews } from './use-views';

const Peek = lazy(() => import('../record/peek').then((m) => ({ default: m.Peek })));
const Board = lazy(() => import('../board/board').then((m) => ({ default: m.Board })));

const route = getRouteApi('/app/records/$object');

/** The list of any object. */
export function ListPage() {
  const { object } = route.useParams();
  return <List key={object} object={object} />;
}

function List({ object }: { object: string }) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const definition = useDefinition(object);
  const narrow = useNarrow();
  const navigate = useNavigate();
  const toast = useToast();
  const explain = useProblemText();
  const client = useQueryClient();
  const [state, change] = useListState();
  const [selected, setSelected] = useState<Selection>({});
  // On a phone a touch opens a card until one says that cards are to be chosen.
  const [selecting, setSelecting] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const views = useViews(definition, state, change);
  const view = views.current;
  const columns = useColumns(definition, view?.id, view?.columns);
  useTitle(label(definition.plural));

  const words = useSettled(state.q?.trim() ?? '', 150);
  const filter = state.filter ?? view?.filter;
  const q = words || undefined;
  const sort = state.sort ?? view?.sort;
  const mode = state.mode ?? view?.mode;
  const fields = useMemo(() => {
    const { phones, owner } = cardFields(definition);
    const beside = narrow ? [...phones, ...(owner ? [owner] : [])] : [];
    return [...new Set([...columns.shown, ...beside].map((field) => field.key))];
  }, [columns.shown, definition, narrow]);
  const query = useMemo(() => ({ filter, q, sort, fields }), [filter, q, sort, fields]);

  const records = useRecords(object, query);
  const { rows, fetchNextPage, hasNextPage, isFetchingNextPage } = records;
  const count = useCount(object, { filter, q }, records.isSuccess);
  const save = useSave(object);

  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);

  const open = useCallback(
    (record: RecordData) => {
      rememberRows(object, rows.map((row) => row.id));
      void navigate({ to: '/records/$object/$id', params: { object, id: record.id } });
    },
    [navigate, object, rows],
  );
  const closePeek = useCallback(() => change({ peek: undefined }), [change]);
  const peek = useCallback((record: RecordData) => change({ peek: record.id }), [change]);
  const edit = useCallback((record: RecordData) => void navigate({ to: '/records/$object/$id/edit', params: { object, id: record.id } }), [navigate, object]);

  const { mutateAsync } = save;
  const saveCell = useCallback(
    (record: RecordData, field: FieldDefinition, value: Value) => {
      mutateAsync({ id: record.id, values: { [field.key]: value }, version: record.version }).catch((error: unknown) => {
        const said = error instanceof ApiProblem ? error.byField[field.key] : undefined;
        toast.show({ text: `${label(field.label)}: ${said ?? explain(error)}`, tone: 'bad' });
      });
    },
    [mutateAsync, toast, label, explain],
  );

  const add = () => void navigate({ to: '/records/$object/new', params: { object } });
  useKeys({
    n: () => definition.can.create && add(),
    '/': () => search.current?.focus(),
  });

  const filterBy = (field: FieldDefinition) => {
    const operator = firstOperator(field);
    const part = { condition: { field: field.key, operator, value: operator === 'is_null' ? true : null } };
    change({ filter: filterOf([...partsOf(filter), part]) ?? filter, view: view?.id });
  };

  const total = count.data ?? null;
  const filtered = Boolean(filter ?? q);

  let body;
  if (records.isError && rows.length === 0) body = <Failure error={records.error} retry={() => void records.refetch()} />;
  else if (mode === 'board') {
    body = (
      <Suspense fallback={<Waiting wide lines={8} />}>
        <Board definition={definition} filter={filter} q={q} group={state.group ?? view?.group} onOpen={open} onPeek={peek} />
      </Suspense>
    );
  } else if (records.isPending) body = <Waiting wide lines={12} />;
  else if (rows.length === 0) {
    body = <EmptyList definition={definition} filtered={filtered} onClear={() => change({ filter: undefined, q: undefined, view: views.whole })} onAdd={add} />;
  } else if (narrow) {
    body = <Cards definition={definition} columns={columns.shown} rows={rows} hasMore={hasNextPage} onMore={more} onOpen={open} selected={selecting ? selected : null} onSelected={setSelected} />;
  } else {
    body = (
      <Grid
        definition={definition}
        columns={columns}
        rows={rows}
        count={total}
        sort={sort}
        onSort={(next) => change({ sort: next })}
        selected={selected}
        onSelected={setSelected}
        onOpen={open}
        onPeek={peek}
        peeked={state.peek}
        onEditForm={edit}
        onSave={saveCell}
        onFilterBy={filterBy}
        hasMore={hasNextPage}
        onMore={more}
        foot={<Sums definition={definition} columns={columns.shown} filter={filter} q={q} />}
      />
    );
  }

  const ids = Object.keys(selected).filter((id) => selected[id]);
  return (
    <div className={styles.page} data-testid="list" data-object={object}>
      <Toolbar definition={definition} state={state} change={change} columns={columns} views={views} searchRef={search} onAdd={add} selecting={selecting} onSelecting={(on) => { setSelecting(on); setSelected({}); }} />
      <div className={styles.row}>
        <div className={styles.body} aria-busy={records.isFetching}>
          {body}
        </div>
        <Suspense fallback={null}>
          {state.peek && !narrow && <Peek object={object} id={state.peek} onClose={closePeek} rows={rows} onGo={(id) => change({ peek: id })} />}
        </Suspense>
      </div>
      {rows.length > 0 && mode !== 'board' && <ListFoot total={total} loaded={rows.length} loading={isFetchingNextPage} stale={records.isPlaceholderData} />}
      {ids.length > 0 && (
        <SelectionBar
          definition={definition}
          ids={ids}
          total={total}
          filter={filter}
          q={q}
          onAll={(all) => setSelected(Object.fromEntries(all.map((id) => [id, true as const])))}
          onDone={() => {
            setSelected({});
            setSelecting(false);
            void client.invalidateQueries({ queryKey: ['records', object, 'count'] });
          }}
        />
      )}
      <span className={styles.hidden} aria-live="polite">
        {total !== null ? t('total', { count: total, formatted: total }) : ''}
      </span>
    </div>
  );
}

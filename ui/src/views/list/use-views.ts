import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Filter, ObjectDefinition, RecordData } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { useLabel } from '@/design/words';
import { idempotencyKey } from '@/records/changes';
import { useObjects } from '@/records/definitions';
import { isReference } from '@/records/values';
import { useSession } from '@/session/context';
import type { ListSearch } from './state';

export interface View {
  id: string;
  name: string;
  filter?: Filter;
  sort?: string;
  columns?: string[];
  mode?: 'board';
  group?: string;
  /** The list opens with it where the definition is followed. */
  opens?: boolean;
  /** Absent for the ready views, which nobody changes. */
  saved?: { version: number; mine: boolean; shared: boolean; standard: boolean };
}

export interface Views {
  all: View[];
  current: View | undefined;
  /** What the address says for all records: nothing where the list opens with them. */
  whole: typeof everything | undefined;
  maySave: boolean;
  choose: (id: string | undefined) => void;
  save: (view: { name: string; shared: boolean }, columns: string[]) => Promise<void>;
  update: (view: View, columns: string[]) => Promise<void>;
  change: (view: View, values: Record<string, unknown>) => Promise<void>;
  remove: (view: View) => Promise<void>;
}

/** In the address: all records, where the list opens with a view. */
const everything = 'all';

/** The view that a list opens with: the person's own choice, or the definition's. */
export const openingView = (all: View[]): View | undefined => all.find((view) => view.saved?.mine && view.saved.standard) ?? all.find((view) => view.opens);

/** The view that an address means; one with a filter of its own and no view means that filter of all records. */
export const viewOf = (all: View[], { view, filter }: ListSearch): View | undefined =>
  view !== undefined ? all.find((one) => one.id === view) : filter ? undefined : openingView(all);

const fields = ['name', 'object', 'kind', 'filter', 'sort', 'columns', 'group', 'visibility', 'pinned', 'default', 'owner'];
const key = (object: string) => ['records', 'view', 'of', object];

function read(record: RecordData, user: string): View {
  const words = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : undefined);
  return {
    id: record.id,
    name: String((record.name as string | null) ?? ''),
    filter: Array.isArray(record.filter) ? (record.filter as Filter) : undefined,
    sort: words(record.sort)?.join(',') || undefined,
    columns: words(record.columns),
    mode: record.kind === 'kanban' ? 'board' : undefined,
    group: typeof record.group === 'string' ? record.group : undefined,
    saved: {
      version: record.version,
      mine: isReference(record.owner) && record.owner.id === user,
      shared: record.visibility === 'shared',
      standard: record.default === true,
    },
  };
}

/** The views of an object: the ready ones, and those that people saved; and ways to save, change and remove them. */
export function useViews(definition: ObjectDefinition, state: ListSearch, change: (change: Partial<ListSearch>, replace?: boolean) => void): Views {
  const { t } = useTranslation('list');
  const label = useLabel();
  const { user } = useSession();
  const client = useQueryClient();
  const rights = useObjects().find((object) => object.key === 'view')?.can;
  const object = definition.key;
  const { data } = useQuery({
    queryKey: key(object),
    queryFn: () => api.list('view', { filter: ['object', '=', object], fields, sort: 'position,name', limit: 100 }),
    select: (page) => page.records,
    enabled: Boolean(rights?.read),
    staleTime: 60_000,
  });
  const all = useMemo<View[]>(
    () => [
      ...definition.views.map(({ key: id, label: name, filter, sort, opens }) => ({ id, name: label(name), filter: filter ?? undefined, sort: sort.join(',') || undefined, opens })),
      ...(definition.owned ? [{ id: 'mine', name: t('mine'), filter: ['owner', '=', '@me'] as Filter }] : []),
      ...(data ?? []).map((record) => read(record, user.id)),
    ],
    [definition, label, t, data, user.id],
  );
  return useMemo(() => {
    const current = viewOf(all, state);
    const whole = openingView(all) ? everything : undefined;
    const refresh = () => client.invalidateQueries({ queryKey: key(object) });
    const content = (columns: string[]) => ({
      kind: (state.mode ?? current?.mode) === 'board' ? 'kanban' : 'table',
      filter: state.filter ?? current?.filter ?? null,
      sort: (state.sort ?? current?.sort)?.split(',') ?? null,
      columns,
      group: state.group ?? current?.group ?? null,
    });
    const kept = { filter: undefined, sort: undefined, mode: undefined, group: undefined };
    return {
      all,
      current,
      whole,
      maySave: Boolean(rights?.create),
      choose: (id) => change({ view: id, ...kept, q: undefined }, false),
      save: async ({ name, shared }, columns) => {
        const { data: made } = await api.create('view', { name, object, visibility: shared ? 'shared' : 'private', ...content(columns) }, idempotencyKey());
        await refresh();
        change({ view: made.id, ...kept });
      },
      update: async (view, columns) => {
        await api.update('view', view.id, content(columns), view.saved!.version);
        await refresh();
        change(kept);
      },
      change: async (view, values) => {
        await api.update('view', view.id, values, view.saved!.version);
        await refresh();
      },
      remove: async (view) => {
        await api.remove('view', view.id);
        await refresh();
        if (current?.id === view.id) change({ view: whole, ...kept });
      },
    };
  }, [all, state, object, client, change, rights]);
}

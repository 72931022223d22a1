/** What a list shows, kept in the address so that it can be reloaded, shared and gone back to. */
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Filter } from '@/api/contract';

export interface ListSearch {
  q?: string;
  filter?: Filter;
  sort?: string;
  view?: string;
  /** The record shown beside the list. */
  peek?: string;
  mode?: 'board';
  group?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

/** Reads the address; what does not belong there is left out. */
export function readListSearch(search: Record<string, unknown>): ListSearch {
  return {
    q: text(search.q),
    filter: Array.isArray(search.filter) && search.filter.length > 1 ? (search.filter as Filter) : undefined,
    sort: text(search.sort),
    view: text(search.view),
    peek: text(search.peek),
    mode: search.mode === 'board' ? 'board' : undefined,
    group: text(search.group),
  };
}

const route = getRouteApi('/app/records/$object');

/** The list's state and a way to change parts of it. */
export function useListState(): [ListSearch, (change: Partial<ListSearch>, replace?: boolean) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (next: Partial<ListSearch>, replace = true) => void navigate({ search: (old) => ({ ...old, ...next }), replace }),
    [navigate],
  );
  return useMemo(() => [search, change], [search, change]);
}

export interface SortKey {
  field: string;
  descending: boolean;
}

/** `-amount,name` in parts. */
export const sortKeys = (sort: string | undefined): SortKey[] =>
  (sort ?? '')
    .split(',')
    .filter(Boolean)
    .map((key) => (key.startsWith('-') ? { field: key.slice(1), descending: true } : { field: key, descending: false }));

/** Parts as `-amount,name`; undefined for none. */
export const sortText = (keys: SortKey[]): string | undefined => keys.map((key) => (key.descending ? '-' : '') + key.field).join(',') || undefined;

/** The order after a header is clicked: up, down, none; with Shift beside the others. */
export function toggleSort(sort: string | undefined, field: string, beside: boolean): string | undefined {
  const keys = sortKeys(sort);
  const held = keys.find((key) => key.field === field);
  const next = !held ? { field, descending: false } : !held.descending ? { field, descending: true } : null;
  if (!beside) return next ? sortText([next]) : undefined;
  const others = keys.filter((key) => key.field !== field);
  return sortText(next ? (held ? keys.map((key) => (key.field === field ? next : key)) : [...others, next]) : others);
}

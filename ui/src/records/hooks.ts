import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Filter, RecordData } from '@/api/contract';
import { record as api, type ListQuery } from '@/api/endpoints';
import { laterRecord, laterRows } from './cache';
import { keys } from './keys';

const pageSize = 100;

export const recordsQuery = (object: string, query: ListQuery) =>
  infiniteQueryOptions({
    queryKey: keys.list(object, query),
    queryFn: ({ pageParam, signal }) => api.list(object, { limit: pageSize, ...query, cursor: pageParam, count: 'none' }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 15_000,
    structuralSharing: laterRows,
  });

/** The records of a list, page by page; the rows of the last query stay until those of the next are there. */
export function useRecords(object: string, query: ListQuery) {
  const result = useInfiniteQuery({ ...recordsQuery(object, query), placeholderData: (previous) => previous });
  const rows = useMemo<RecordData[]>(() => result.data?.pages.flatMap((page) => page.records) ?? [], [result.data]);
  return { ...result, rows };
}

/** The exact number of records that match, asked for apart from the rows. */
export function useCount(object: string, query: Pick<ListQuery, 'filter' | 'deleted' | 'q'>, enabled = true) {
  return useQuery({
    queryKey: keys.count(object, query),
    queryFn: ({ signal }) => api.list(object, { ...query, fields: ['id'], limit: 1, count: 'exact' }, signal),
    select: (page) => page.count ?? null,
    staleTime: 15_000,
    enabled,
    placeholderData: (previous) => previous,
  });
}

export const recordQuery = (object: string, id: string) =>
  queryOptions({ queryKey: keys.one(object, id), queryFn: () => api.read(object, id), staleTime: 10_000, structuralSharing: laterRecord });

/** One record with every field the person may see. */
export function useRecord(object: string, id: string) {
  return useQuery(recordQuery(object, id));
}

/** The name of a record that only its id is known of, such as a value in a filter. */
export function useRecordName(object: string | undefined, id: string | undefined) {
  return useQuery({
    queryKey: keys.name(object ?? '', id ?? ''),
    queryFn: () => api.read(object!, id!, ['name']),
    select: (found) => (found.name as string | null) ?? id ?? null,
    enabled: Boolean(object && id),
    staleTime: 300_000,
  }).data;
}

/** Every filter of a list that must hold, as one; undefined where there is none. */
export function allOf(...filters: (Filter | undefined | null | false)[]): Filter | undefined {
  const given = filters.filter(Boolean) as Filter[];
  return given.length > 1 ? ['and', ...given] : given[0];
}

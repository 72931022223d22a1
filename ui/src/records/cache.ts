/** Keeping what is on screen and what the server said the same, without fetching everything again. */
import { replaceEqualDeep, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import type { RecordData, RecordPage } from '@/api/contract';
import { keys } from './keys';

type Pages = InfiniteData<RecordPage, string | null>;

/** Replaces fields of a record in every list and page that shows it. */
export function patchRecord(client: QueryClient, object: string, id: string, values: Record<string, unknown>): void {
  client.setQueriesData<Pages>({ queryKey: keys.lists(object) }, (data) => {
    if (!data?.pages.some((page) => page.records.some((record) => record.id === id))) return data;
    return {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        records: page.records.map((record) => (record.id === id ? { ...record, ...values } : record)),
      })),
    };
  });
  client.setQueryData<RecordData>(keys.one(object, id), (record) => (record ? { ...record, ...values } : record));
}

/** What is known of a record once an answer is there. An answer that was on its way while the record was saved shows it
 * as it was before: the later version stands. */
export const laterRecord = (known: unknown, answer: unknown): unknown =>
  isOlder(answer as RecordData, known as RecordData | undefined) ? known : replaceEqualDeep(known, answer);

/** The same for the pages of a list, row by row. */
export function laterRows(known: unknown, answer: unknown): unknown {
  const rows = new Map((known as Pages | undefined)?.pages.flatMap((page) => page.records).map((record) => [record.id, record]));
  const { pages, ...rest } = answer as Pages;
  const later = pages.map((page) => ({
    ...page,
    records: page.records.map((record) => (isOlder(record, rows.get(record.id)) ? { ...record, ...rows.get(record.id) } : record)),
  }));
  return replaceEqualDeep(known, { ...rest, pages: later });
}

const isOlder = (answer: RecordData, known: RecordData | undefined): boolean =>
  known !== undefined && typeof known.version === 'number' && answer.version < known.version;

/** Takes records out of every list; their pages say that they are gone when they are next asked for. */
export function dropRecords(client: QueryClient, object: string, ids: Iterable<string>): void {
  const gone = new Set(ids);
  client.setQueriesData<Pages>({ queryKey: keys.lists(object) }, (data) =>
    data && {
      ...data,
      pages: data.pages.map((page) => ({ ...page, records: page.records.filter((record) => !gone.has(record.id)) })),
    },
  );
}

/** What a record looks like now, wherever it is cached. */
export function cachedRecord(client: QueryClient, object: string, id: string): RecordData | undefined {
  const one = client.getQueryData<RecordData>(keys.one(object, id));
  if (one) return one;
  for (const [, data] of client.getQueriesData<Pages>({ queryKey: keys.lists(object) })) {
    for (const page of data?.pages ?? []) {
      const found = page.records.find((record) => record.id === id);
      if (found) return found;
    }
  }
  return undefined;
}

/** Fetches again whatever shows records of this object, and the figures that depend on them. */
export async function refreshObject(client: QueryClient, object: string): Promise<void> {
  await client.invalidateQueries({ queryKey: keys.object(object) });
}

/** Marks what a saved record may have changed (order, membership, counts, history) as old; only what is a line or a
 * figure is fetched at once, so that a list does not jump while one works in it. */
export function touchRecord(client: QueryClient, object: string, id: string): void {
  void client.invalidateQueries({ queryKey: keys.lists(object), refetchType: 'none' });
  void client.invalidateQueries({ queryKey: ['records', object, 'aggregate'] });
  void client.invalidateQueries({ queryKey: keys.history(object, id) });
  void client.invalidateQueries({ queryKey: keys.timeline(object, id) });
}

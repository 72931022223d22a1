import { QueryClient, QueryObserver, InfiniteQueryObserver } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RecordData, RecordPage } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { patchRecord } from './cache';
import { recordQuery, recordsQuery } from './hooks';

afterEach(() => vi.restoreAllMocks());

describe('an answer that was on its way while the record was saved', () => {
  const old = { id: '1', name: 'before', version: 3 } as unknown as RecordData;
  const saved = { name: 'after', version: 4 };

  it('does not put the old values back on the page of the record', async () => {
    const client = new QueryClient();
    let arrive: (_: RecordData) => void = () => undefined;
    vi.spyOn(api, 'read').mockImplementation(() => new Promise((done) => (arrive = done)));
    client.setQueryData(recordQuery('deal', '1').queryKey, old);
    const observer = new QueryObserver(client, recordQuery('deal', '1'));
    const leave = observer.subscribe(() => undefined);
    const reading = observer.refetch();
    patchRecord(client, 'deal', '1', saved);
    arrive(old);
    await reading;
    expect(observer.getCurrentResult().data).toMatchObject(saved);
    const again = observer.refetch();
    arrive({ ...old, name: 'of another', version: 5 });
    await again;
    expect(observer.getCurrentResult().data).toMatchObject({ name: 'of another', version: 5 });
    leave();
  });

  it('does not put them back into a list', async () => {
    const client = new QueryClient();
    let arrive: (_: RecordPage) => void = () => undefined;
    vi.spyOn(api, 'list').mockImplementation(() => new Promise((done) => (arrive = done)));
    const page = { records: [old, { ...old, id: '2' }], next_cursor: null } as unknown as RecordPage;
    client.setQueryData(recordsQuery('deal', {}).queryKey, { pages: [page], pageParams: [null] });
    const observer = new InfiniteQueryObserver(client, recordsQuery('deal', {}));
    const leave = observer.subscribe(() => undefined);
    const reading = observer.refetch();
    patchRecord(client, 'deal', '1', saved);
    arrive(page);
    await reading;
    expect(observer.getCurrentResult().data?.pages[0]?.records).toEqual([{ ...old, ...saved }, { ...old, id: '2' }]);
    leave();
  });
});

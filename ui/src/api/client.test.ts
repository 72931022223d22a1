import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem, connection, get, post, request, Unreachable } from './client';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers });

const called = vi.fn<typeof fetch>();

beforeEach(() => {
  called.mockReset();
  vi.stubGlobal('fetch', called);
  connection.csrf = 'token';
  connection.signInAgain = null;
  connection.online = () => undefined;
});
afterEach(() => vi.unstubAllGlobals());

const sent = (call = 0) => called.mock.calls[call]![1]!;

describe('requests', () => {
  it('carry the token when they write, and only then', async () => {
    called.mockImplementation(() => Promise.resolve(answer(200, {})));
    await get('/objects');
    await post('/records/customer', { name: 'x' });
    expect((sent(0).headers as Record<string, string>)['X-CSRF-Token']).toBeUndefined();
    expect((sent(1).headers as Record<string, string>)['X-CSRF-Token']).toBe('token');
    expect(sent(1).body).toBe('{"name":"x"}');
  });

  it('put filters into the address as JSON and leave out what is not given', async () => {
    called.mockResolvedValue(answer(200, { records: [] }));
    await get('/records/customer', { query: { filter: ['name', '=', '恒达'], sort: undefined, cursor: null, limit: 5 } });
    const url = new URL(called.mock.calls[0]![0] as string, 'http://x');
    expect(JSON.parse(url.searchParams.get('filter')!)).toEqual(['name', '=', '恒达']);
    expect([...url.searchParams.keys()]).toEqual(['filter', 'limit']);
  });

  it('give the operation that a write made', async () => {
    called.mockResolvedValue(answer(200, { id: '1' }, { 'Operation-Id': 'op' }));
    expect(await request('PATCH', '/x', { body: {} })).toEqual({ data: { id: '1' }, operation: 'op' });
  });

  it('fail with what the server said, field by field', async () => {
    called.mockResolvedValue(answer(422, { type: 'urn:keyuan:problem:invalid', title: 'Invalid', detail: 'd', errors: [{ field: 'name', code: 'required', message: 'Fill in' }] }));
    const error = await get('/x').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ status: 422, code: 'invalid', byField: { name: 'Fill in' } });
  });

  it('fail in their own way where nothing answers', async () => {
    const online = vi.fn();
    connection.online = online;
    called.mockRejectedValue(new TypeError('failed'));
    await expect(get('/x')).rejects.toBeInstanceOf(Unreachable);
    expect(online).toHaveBeenCalledWith(false);
  });

  it('are sent again after signing in again, with the new token', async () => {
    called.mockResolvedValueOnce(answer(401, { type: 'urn:keyuan:problem:unauthenticated' })).mockResolvedValueOnce(answer(200, { done: true }));
    connection.signInAgain = () => {
      connection.csrf = 'new';
      return Promise.resolve();
    };
    expect((await post('/x', { typed: 1 })).data).toEqual({ done: true });
    expect(sent(1).body).toBe('{"typed":1}');
    expect((sent(1).headers as Record<string, string>)['X-CSRF-Token']).toBe('new');
  });

  it('that ask who is signed in take 401 for an answer', async () => {
    connection.signInAgain = () => Promise.reject(new Error('must not be asked'));
    called.mockResolvedValue(answer(401, {}));
    await expect(get('/session', { anonymous: true })).rejects.toMatchObject({ status: 401 });
  });
});

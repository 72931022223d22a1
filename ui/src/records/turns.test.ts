import { describe, expect, it } from 'vitest';
import { inTurn, stepped, versionSince } from './turns';

describe('saves of one record', () => {
  it('go one after the other, also past one that failed', async () => {
    const told: string[] = [];
    let fail: (reason: Error) => void = () => undefined;
    const first = inTurn('a', () => new Promise<void>((_resolve, reject) => (fail = reject)));
    const second = inTurn('a', () => Promise.resolve(told.push('second')));
    const other = inTurn('b', () => Promise.resolve(told.push('other')));
    await other;
    expect(told).toEqual(['other']);
    fail(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    await second;
    expect(told).toEqual(['other', 'second']);
  });

  it('follow our own versions and nobody else\'s', () => {
    stepped('c', 1, 2);
    stepped('c', 2, 4);
    stepped('c', 6, 7);
    expect(versionSince('c', 1)).toBe(4);
    expect(versionSince('c', 5)).toBe(5);
    expect(versionSince('d', 1)).toBe(1);
  });
});

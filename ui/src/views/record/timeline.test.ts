import { describe, expect, it } from 'vitest';
import type { TimelineEntry } from '@/api/contract';
import { byDay } from './timeline';

const change = (version: number, at: string, field: string, kind = 'update') => ({ type: 'change', version, at, kind, changes: [{ field, before: 1, after: 2 }] }) as unknown as TimelineEntry;
const move = (id: string, at: string) => ({ type: 'stage_history', at, record: { id, version: 1 } }) as TimelineEntry;

describe('a timeline', () => {
  it('tells a move into a stage and what it changed as one, and keeps the order', () => {
    const entries = [
      move('b', '2026-01-31T02:05:40Z'),
      change(3, '2026-01-31T02:05:40Z', 'probability'),
      change(2, '2026-01-31T02:05:09Z', 'amount'),
      move('a', '2026-01-30T02:00:00Z'),
      change(1, '2026-01-30T02:00:00Z', 'name', 'create'),
    ];
    const told = byDay(entries, 'UTC').map(([day, list]) => [day, list.map(({ entry, time, along }) => [entry.type, time, along.map(({ field }) => field)])]);
    expect(told).toEqual([
      ['2026-01-31', [['stage_history', '02:05:40', ['probability']], ['change', '02:05:09', []]]],
      ['2026-01-30', [['stage_history', '02:00', []], ['change', '02:00', []]]],
    ]);
  });
});

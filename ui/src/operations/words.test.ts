import { describe, expect, it } from 'vitest';
import { actionLabel, inOrder } from './words';

const change = (object: string, kind: string) => ({ object, kind, count: 1, record: object }) as never;
const isPart = (object: string) => object === 'stage_history';
const objects = (operation: Parameters<typeof inOrder>[0]) => inOrder(operation, isPart).map((one) => one.object);

describe('what an operation did', () => {
  it('begins with what was deleted, not with what depended on it', () => {
    const changes = [change('task', 'update'), change('activity', 'delete'), change('stage_history', 'delete'), change('opportunity', 'delete')];
    expect(objects({ kind: 'delete', changes })).toEqual(['opportunity', 'activity', 'stage_history', 'task']);
    expect(changes[0]).toMatchObject({ object: 'task' });
  });

  it('names a record before its parts, and keeps the order of the rest', () => {
    expect(objects({ kind: 'action:win', changes: [change('stage_history', 'update'), change('opportunity', 'update'), change('customer', 'update')] })).toEqual([
      'opportunity', 'customer', 'stage_history',
    ]); // prettier-ignore
  });
});

describe('the name of an operation', () => {
  const win = { zh: '赢单', en: 'Win' };
  const deal = { actions: [{ key: 'win', label: win }] };

  it('is that of its action, on whichever of the objects it has one', () => {
    expect(actionLabel({ kind: 'action:win' }, [undefined, { actions: [] }, deal])).toEqual(win);
    expect(actionLabel({ kind: 'action:reopen' }, [deal])).toBeUndefined();
    expect(actionLabel({ kind: 'save' }, [deal])).toBeUndefined();
  });
});

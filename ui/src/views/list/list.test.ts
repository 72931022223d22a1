import { describe, expect, it } from 'vitest';
import { moveColumn, moveRow, nextCell } from './cursor';
import { openingView, viewOf, type View } from './use-views';
import { readListSearch, sortKeys, sortText, toggleSort } from './state';

const extent = { rows: 3, columns: 2 };

describe('moving in the grid', () => {
  it('goes by rows and stops at the ends', () => {
    expect(moveRow(null, 1, extent)).toEqual({ row: 0, column: null, editing: false });
    expect(moveRow({ row: 2, column: 1, editing: true }, 1, extent)).toEqual({ row: 2, column: 1, editing: false });
    expect(moveRow(null, 1, { rows: 0, columns: 2 })).toBeNull();
  });

  it('enters a row at its first cell', () => {
    expect(moveColumn({ row: 1, column: null, editing: false }, 1, extent).column).toBe(0);
    expect(moveColumn({ row: 1, column: 1, editing: false }, 1, extent).column).toBe(1);
  });

  it('goes on in the next row after the last cell, and out after the last row', () => {
    expect(nextCell({ row: 0, column: 1, editing: false }, 1, extent)).toEqual({ row: 1, column: 0, editing: false });
    expect(nextCell({ row: 1, column: 0, editing: false }, -1, extent)).toEqual({ row: 0, column: 1, editing: false });
    expect(nextCell({ row: 2, column: 1, editing: false }, 1, extent)).toBeNull();
  });
});

describe('the order of a list', () => {
  it('is read and written', () => {
    expect(sortKeys('-amount,name')).toEqual([
      { field: 'amount', descending: true },
      { field: 'name', descending: false },
    ]);
    expect(sortText(sortKeys('-amount,name'))).toBe('-amount,name');
    expect(sortText([])).toBeUndefined();
  });

  it('turns with each click: up, down, none', () => {
    expect(toggleSort(undefined, 'name', false)).toBe('name');
    expect(toggleSort('name', 'name', false)).toBe('-name');
    expect(toggleSort('-name', 'name', false)).toBeUndefined();
    expect(toggleSort('name', 'amount', false)).toBe('amount');
  });

  it('keeps the other columns with Shift', () => {
    expect(toggleSort('name', 'amount', true)).toBe('name,amount');
    expect(toggleSort('name,amount', 'name', true)).toBe('-name,amount');
    expect(toggleSort('-name,amount', 'name', true)).toBe('amount');
  });
});

describe('the address of a list', () => {
  it('gives what belongs to it and nothing else', () => {
    expect(readListSearch({ q: '', filter: 'x', sort: '-a', mode: 'grid', other: 1 })).toEqual({
      q: undefined, filter: undefined, sort: '-a', view: undefined, peek: undefined, mode: undefined, group: undefined,
    }); // prettier-ignore
    expect(readListSearch({ q: 12, filter: ['a', '=', 1], mode: 'board' })).toMatchObject({ q: '12', filter: ['a', '=', 1], mode: 'board' });
  });
});

describe('the view of a list', () => {
  const open: View = { id: 'open', name: 'Open', opens: true };
  const mine: View = { id: 'mine', name: 'Mine' };
  const saved = (standard: boolean, own: boolean): View => ({ id: 's', name: 'Saved', saved: { version: 1, mine: own, shared: true, standard } });

  it('is at first what the person chose, otherwise what the definition says, otherwise all', () => {
    expect(openingView([mine, saved(false, true)])).toBeUndefined();
    expect(openingView([open, mine, saved(false, true)])?.id).toBe('open');
    expect(openingView([open, mine, saved(true, true)])?.id).toBe('s');
    // what others open theirs with is theirs
    expect(openingView([open, mine, saved(true, false)])?.id).toBe('open');
  });

  it('is what the address says', () => {
    expect(viewOf([open, mine], {})?.id).toBe('open');
    expect(viewOf([open, mine], { view: 'mine' })?.id).toBe('mine');
    expect(viewOf([open, mine], { view: 'all' })).toBeUndefined();
    // a link to certain records is not narrowed
    expect(viewOf([open, mine], { filter: ['customer', '=', '1'] })).toBeUndefined();
    expect(viewOf([open, mine], { view: 'open', filter: ['customer', '=', '1'] })?.id).toBe('open');
  });
});

import { describe, expect, it } from 'vitest';
import { moveColumn, moveRow, nextCell } from './cursor';
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

/** Where one stands in a grid: on a row, or in a cell of it. Pure, so that moving can be tested without a browser. */

export interface Cursor {
  row: number;
  /** Null while the whole row is meant (j and k). */
  column: number | null;
  editing: boolean;
}

export interface Extent {
  rows: number;
  columns: number;
}

const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));

/** One row up or down; editing ends. The column is kept. */
export function moveRow(at: Cursor | null, by: number, { rows }: Extent): Cursor | null {
  if (rows === 0) return null;
  if (!at) return { row: by > 0 ? 0 : rows - 1, column: null, editing: false };
  return { row: clamp(at.row + by, rows), column: at.column, editing: false };
}

/** One cell left or right within the row; from the row itself to its first cell. */
export function moveColumn(at: Cursor, by: number, { columns }: Extent): Cursor {
  if (at.column === null) return { row: at.row, column: by > 0 ? 0 : columns - 1, editing: false };
  return { row: at.row, column: clamp(at.column + by, columns), editing: false };
}

/** The next cell in reading order, across the ends of rows; null past the last one. */
export function nextCell(at: Cursor, by: 1 | -1, { rows, columns }: Extent): Cursor | null {
  if (at.column === null) return moveColumn(at, by, { rows, columns });
  const index = at.row * columns + at.column + by;
  if (index < 0 || index >= rows * columns) return null;
  return { row: Math.floor(index / columns), column: index % columns, editing: false };
}

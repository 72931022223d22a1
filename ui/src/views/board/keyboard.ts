/** Moving a card by keys: Space lifts it, arrows carry it from column to column, Space or Enter puts it down. */
import type { KeyboardCoordinateGetter, KeyboardSensorOptions } from '@dnd-kit/core';

const toColumn: KeyboardCoordinateGetter = (event, { context, currentCoordinates }) => {
  const by = event.code === 'ArrowRight' ? 1 : event.code === 'ArrowLeft' ? -1 : 0;
  const held = context.collisionRect;
  if (!by || !held) return undefined;
  event.preventDefault();
  const columns = [...context.droppableRects.values()].sort((a, b) => a.left - b.left);
  const middle = held.left + held.width / 2;
  const at = columns.findIndex((column) => middle >= column.left && middle <= column.left + column.width);
  const next = columns[Math.max(0, Math.min(columns.length - 1, at + by))];
  return next && { x: next.left + (next.width - held.width) / 2, y: currentCoordinates.y };
};

export const keyboardOptions: KeyboardSensorOptions = {
  coordinateGetter: toColumn,
  keyboardCodes: { start: ['Space'], cancel: ['Escape', 'Tab'], end: ['Space', 'Enter'] },
};

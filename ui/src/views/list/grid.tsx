import { Checkbox } from 'antd';
import { useVirtualizer } from '@tanstack/react-virtual';
import { columnSizingFeature, columnResizingFeature, rowSelectionFeature, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData, Value } from '@/api/contract';
import { composing } from '@/design/ime';
import { size } from '@/design/tokens';
import { fieldType } from '@/fields/registry';
import { editable } from '@/records/definitions';
import { sameValue } from '@/records/values';
import { useKeys } from '@/shell/keys';
import type { Columns } from './columns';
import { moveColumn, moveRow, nextCell, type Cursor } from './cursor';
import styles from './grid.module.css';
import { HeadCell } from './head-cell';
import { GridRow } from './row';

/** The ids of the selected records. */
export type Selection = Record<string, true>;

const features = tableFeatures({ columnSizingFeature, columnResizingFeature, rowSelectionFeature });
type Features = typeof features;
const checkWidth = 40;

interface GridProps {
  definition: ObjectDefinition;
  columns: Columns;
  rows: RecordData[];
  /** How many match in all, where it is known. */
  count: number | null;
  sort: string | undefined;
  onSort: (sort: string | undefined) => void;
  selected: Selection;
  onSelected: (selected: Selection) => void;
  onOpen: (record: RecordData) => void;
  onPeek: (record: RecordData) => void;
  /** The record shown beside the list; going through the rows takes it along. */
  peeked?: string;
  onEditForm: (record: RecordData) => void;
  onSave: (record: RecordData, field: FieldDefinition, value: Value) => void;
  onFilterBy?: (field: FieldDefinition) => void;
  hasMore: boolean;
  onMore: () => void;
  foot?: ReactNode;
  /** A list nobody may change, such as the recycle bin. */
  fixed?: boolean;
  /** Whether records of such a list can be selected all the same. */
  selectable?: boolean;
  rowAction?: (record: RecordData) => ReactNode;
}

/** The grid of a list: only what is in view is drawn, so that any number of rows scrolls. */
export function Grid(props: GridProps) {
  const { definition, columns, rows, count, sort, onSort, selected, onSelected, onOpen, onPeek, onSave, onEditForm, hasMore, onMore, fixed, selectable = !fixed } = props;
  const { t } = useTranslation('list');
  const scroll = useRef<HTMLDivElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<Cursor | null>(null);
  const shown = columns.shown;

  const defs = useMemo<ColumnDef<Features, RecordData>[]>(
    () => shown.map((field) => ({ id: field.key, accessorFn: (record) => record[field.key], size: columns.widths[field.key] ?? fieldType(field.type).width + (field.key === definition.name_field ? 60 : 0), minSize: 64, maxSize: 900 })),
    [shown, columns.widths, definition.name_field],
  );
  const table = useTable({
    features,
    columns: defs,
    data: rows,
    getRowId: (record) => record.id,
    columnResizeMode: 'onEnd',
    state: { rowSelection: selected },
    onRowSelectionChange: (update) => onSelected(typeof update === 'function' ? update(selected) : update),
    onColumnSizingChange: (update) => {
      const next = typeof update === 'function' ? update({}) : update;
      for (const [key, width] of Object.entries(next)) columns.resize(key, Math.round(width));
    },
  });

  const widths = shown.map((field) => columns.widths[field.key] ?? fieldType(field.type).width + (field.key === definition.name_field ? 60 : 0));
  const template = `${checkWidth}px ${widths.map((width) => width + 'px').join(' ')} minmax(0, 1fr)`;
  const total = checkWidth + widths.reduce((sum, width) => sum + width, 0);

  const tableRows = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => size.gridRow,
    overscan: 12,
    getItemKey: (index) => rows[index]?.id ?? index,
    scrollPaddingStart: size.gridHead,
    scrollPaddingEnd: size.gridRow,
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;

  useEffect(() => {
    if (hasMore && last >= rows.length - 30) onMore();
  }, [hasMore, last, rows.length, onMore]);

  const extent = { rows: rows.length, columns: shown.length };
  const go = useCallback(
    (next: Cursor | null) => {
      setAt(next);
      if (!next) return;
      virtual.scrollToIndex(next.row, { align: 'auto' });
      // A cell that holds no input leaves the focus to the grid, which hears the keys for it.
      const field = next.column === null ? undefined : shown[next.column];
      const takesText = field && !fixed && editable(definition, field) && fieldType(field.type).typed && !fieldType(field.type).tall;
      if (!takesText) root.current?.focus({ preventScroll: true });
    },
    [virtual, shown, definition, fixed],
  );

  // A row that is gone takes the cursor with it.
  useEffect(() => {
    if (at && at.row >= rows.length) setAt(rows.length ? { row: rows.length - 1, column: at.column, editing: false } : null);
  }, [at, rows.length]);

  const current = at ? rows[at.row] : undefined;
  const goRow = (by: number) => {
    const next = moveRow(at, by, extent);
    go(next);
    const record = next && rows[next.row];
    if (props.peeked && record && record.id !== props.peeked) onPeek(record);
  };
  const toggle = (record: RecordData) => {
    const next = { ...selected };
    if (next[record.id]) delete next[record.id];
    else next[record.id] = true;
    onSelected(next);
  };

  useKeys({
    j: () => goRow(1),
    k: () => goRow(-1),
    arrowdown: () => goRow(1),
    arrowup: () => goRow(-1),
    enter: () => {
      if (!at || !current) return;
      if (at.column === null) onOpen(current);
      else setAt({ ...at, editing: true });
    },
    ' ': () => current && onPeek(current),
    x: () => current && selectable && toggle(current),
    e: () => current && !fixed && onEditForm(current),
    escape: () => {
      if (at?.column != null) go({ row: at.row, column: null, editing: false });
      else if (Object.keys(selected).length) onSelected({});
      else setAt(null);
    },
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event) || !at || at.editing) return;
    const moves: Record<string, () => Cursor | null> = {
      ArrowDown: () => moveRow(at, 1, extent),
      ArrowUp: () => moveRow(at, -1, extent),
      ArrowRight: () => moveColumn(at, 1, extent),
      ArrowLeft: () => moveColumn(at, -1, extent),
      Home: () => ({ ...at, row: 0 }),
      PageDown: () => moveRow(at, 15, extent),
      PageUp: () => moveRow(at, -15, extent),
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Tab' && at.column !== null) {
      const next = nextCell(at, event.shiftKey ? -1 : 1, extent);
      if (!next) return;
      go(next);
    } else if (event.key in moves) go(moves[event.key]!());
    else if (event.key === 'Enter' && at.column !== null) setAt({ ...at, editing: true });
    else if (event.key === 'Escape' && at.column !== null) go({ row: at.row, column: null, editing: false });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const end = useCallback(
    (cursor: Cursor, value: Value | undefined, then: 'stay' | 'down' | 'next' | 'previous' | 'away') => {
      const record = rows[cursor.row];
      const field = cursor.column === null ? undefined : shown[cursor.column];
      if (record && field && value !== undefined && !sameValue(value, record[field.key])) onSave(record, field, value);
      const still = { ...cursor, editing: false };
      const size = { rows: rows.length, columns: shown.length };
      if (then === 'away') setAt((now) => (now && now.row === cursor.row && now.column === cursor.column ? still : now));
      else if (then === 'down') go(moveRow(still, 1, size));
      else if (then === 'stay') go(still);
      else go(nextCell(still, then === 'next' ? 1 : -1, size) ?? still);
    },
    [rows, shown, onSave, go],
  );

  const all = rows.length > 0 && rows.every((record) => selected[record.id]);
  const some = !all && Object.keys(selected).length > 0;

  return (
    <div ref={scroll} className={styles.scroll}>
      <div
        ref={root}
        role="grid"
        aria-label={t('gridLabel')}
        aria-rowcount={count ?? -1}
        aria-colcount={shown.length + 1}
        aria-multiselectable
        tabIndex={0}
        className={styles.grid}
        style={{ '--grid-template': template, minWidth: total } as React.CSSProperties}
        onKeyDown={onKeyDown}
        data-testid="grid"
      >
        <div role="row" className={styles.head}>
          <div role="columnheader" className={styles.check} aria-label={t('select')}>
            {selectable && (
              <Checkbox
                checked={all}
                indeterminate={some}
                aria-label={t('selectLoaded')}
                tabIndex={-1}
                onChange={() => onSelected(all ? {} : Object.fromEntries(rows.map((record) => [record.id, true as const])))}
              />
            )}
          </div>
          {table.getHeaderGroups()[0]?.headers.map((header, index) => (
            <HeadCell
              key={header.id}
              field={shown[index]!}
              first={index === 0}
              sort={sort}
              onSort={onSort}
              onFilterBy={props.onFilterBy}
              onHide={index === 0 ? undefined : () => columns.set(shown.filter((_, i) => i !== index).map((field) => field.key))}
              onResize={header.getResizeHandler()}
              fixed={fixed}
            />
          ))}
          <div role="presentation" className={styles.filler} />
        </div>
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = tableRows[item.index];
            const record = rows[item.index];
            if (!row || !record) return null;
            const here = at?.row === item.index ? at : null;
            return (
              <GridRow
                key={item.key}
                definition={definition}
                record={record}
                index={item.index}
                top={item.start}
                columns={shown}
                selected={Boolean(selected[record.id])}
                onToggle={row.getToggleSelectedHandler()}
                column={here ? here.column : undefined}
                editing={Boolean(here?.editing)}
                onGo={go}
                onEnd={end}
                onOpen={onOpen}
                onPeek={onPeek}
                fixed={fixed}
                selectable={selectable}
                action={props.rowAction}
              />
            );
          })}
        </div>
        {props.foot}
      </div>
    </div>
  );
}

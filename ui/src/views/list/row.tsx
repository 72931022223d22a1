import { Checkbox } from 'antd';
import { Link } from '@tanstack/react-router';
import { PanelRightOpen } from 'lucide-react';
import { memo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData, Value } from '@/api/contract';
import { useLabel } from '@/design/words';
import { Masked } from '@/fields/shared/display';
import { alignOf, fieldType } from '@/fields/registry';
import { editable } from '@/records/definitions';
import { isEmpty, nameOf } from '@/records/values';
import { Catcher } from './catcher';
import { CellEditor } from './cell-editor';
import type { Cursor } from './cursor';
import styles from './grid.module.css';

type Then = 'stay' | 'down' | 'next' | 'previous' | 'away';

interface RowProps {
  definition: ObjectDefinition;
  record: RecordData;
  index: number;
  top: number;
  columns: FieldDefinition[];
  selected: boolean;
  onToggle: (event: unknown) => void;
  /** The column the cursor is in; null for the whole row; undefined where it is elsewhere. */
  column: number | null | undefined;
  editing: boolean;
  onGo: (cursor: Cursor) => void;
  onEnd: (cursor: Cursor, value: Value | undefined, then: Then) => void;
  onOpen: (record: RecordData) => void;
  onPeek: (record: RecordData) => void;
  fixed?: boolean;
  selectable: boolean;
  action?: (record: RecordData) => ReactNode;
}

interface CellProps {
  definition: ObjectDefinition;
  field: FieldDefinition;
  record: RecordData;
  cursor: Cursor;
  active: boolean;
  editing: boolean;
  onGo: (cursor: Cursor) => void;
  onEnd: (cursor: Cursor, value: Value | undefined, then: Then) => void;
  fixed?: boolean;
  index: number;
}

/** What is followed at the first click: buttons, and links that stay in the app. */
const inside = 'button,a[href^="/"]';
const within = (target: EventTarget, selector: string): boolean => target instanceof Element && target.closest(selector) !== null;

function Cell({ definition, field, record, cursor, active, editing, onGo, onEnd, fixed, index }: CellProps) {
  const label = useLabel();
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const type = fieldType(field.type);
  const may = !fixed && editable(definition, field) && Boolean(type.Input);
  const direct = may && type.typed && !type.tall;
  const value = record[field.key];
  const name = label(field.label);
  const followed = useRef(false);
  return (
    <div
      ref={setElement}
      role="gridcell"
      aria-colindex={index + 2}
      aria-selected={active}
      aria-readonly={!may}
      className={styles.cell}
      data-active={active || undefined}
      data-align={alignOf(field)}
      data-editable={may || undefined}
      data-field={field.key}
      onPointerDown={(event) => {
        followed.current = active;
        if (event.button !== 0 || editing || within(event.target, active ? 'a,button' : inside)) return;
        event.preventDefault();
        onGo({ ...cursor, editing: false });
      }}
      onClickCapture={(event) => {
        // A number that fills its cell would call when somebody only means to edit it: the first click selects.
        if (!followed.current && !event.ctrlKey && !event.metaKey && !within(event.target, inside) && within(event.target, 'a')) event.preventDefault();
      }}
      onDoubleClick={() => may && onGo({ ...cursor, editing: true })}
    >
      {field.access === 'masked' && isEmpty(value) ? <Masked /> : <type.Display value={value} field={field} place="cell" record={record} />}
      {active && direct && (
        <Catcher
          typed={type.typed!}
          field={field}
          value={value}
          label={name}
          editing={editing}
          onEdit={() => onGo({ ...cursor, editing: true })}
          onEnd={(next, then) => onEnd(cursor, next, then)}
        />
      )}
      {active && editing && may && !direct && element && (
        <CellEditor anchor={element} field={field} record={record} label={name} onEnd={(next, then) => onEnd(cursor, next, then)} />
      )}
    </div>
  );
}

function NameCell({ record, field, object, onPeek, children }: { record: RecordData; field: FieldDefinition; object: string; onPeek: (record: RecordData) => void; children?: ReactNode }) {
  const { t } = useTranslation('list');
  const type = fieldType(field.type);
  const empty = isEmpty(record[field.key]);
  return (
    <>
      <Link to="/records/$object/$id" params={{ object, id: record.id }} className={styles.name} tabIndex={-1} title={typeof record[field.key] === 'string' ? (record[field.key] as string) : undefined}>
        {empty ? t('unnamed') : <type.Display value={record[field.key]} field={field} place="words" />}
      </Link>
      {children ?? (
        <button type="button" className={styles.peek} tabIndex={-1} title={t('peek')} aria-label={t('peek')} onClick={() => onPeek(record)}>
          <PanelRightOpen size={14} />
        </button>
      )}
    </>
  );
}

/** One row of the grid. Drawn again only when its record, its place or the cursor in it changes. */
export const GridRow = memo(function GridRow(props: RowProps) {
  const { definition, record, index, top, columns, selected, onToggle, column, editing, onGo, onEnd, onPeek, fixed, selectable, action } = props;
  const { t } = useTranslation('list');
  const row = useRef<HTMLDivElement>(null);
  return (
    <div
      ref={row}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={styles.row}
      data-at={column !== undefined || undefined}
      data-selected={selected || undefined}
      style={{ transform: `translateY(${top}px)` }}
      data-testid="row"
      data-id={record.id}
    >
      <div role="gridcell" aria-colindex={1} className={styles.check}>
        {selectable && (
          <Checkbox
            checked={selected}
            aria-label={t('selectRow', { name: nameOf(definition, record) })}
            tabIndex={-1}
            onClick={onToggle}
          />
        )}
      </div>
      {columns.map((field, i) => {
        const cursor: Cursor = { row: index, column: i, editing: false };
        if (i === 0) {
          return (
            <div
              key={field.key}
              role="gridcell"
              aria-colindex={2}
              className={styles.cell}
              data-first
              data-field={field.key}
              data-active={column === 0 || undefined}
              onPointerDown={(event) => {
                if (event.button !== 0 || editing || (event.target as HTMLElement).closest('a,button,input')) return;
                event.preventDefault();
                onGo(cursor);
              }}
              onDoubleClick={(event) => {
                if (!(event.target as HTMLElement).closest('a,button') && editable(definition, field) && !fixed) onGo({ ...cursor, editing: true });
              }}
            >
              <NameCell record={record} field={field} object={definition.key} onPeek={onPeek}>
                {action?.(record)}
              </NameCell>
              {column === 0 && !fixed && editable(definition, field) && fieldType(field.type).typed && (
                <Catcher
                  typed={fieldType(field.type).typed!}
                  field={field}
                  value={record[field.key]}
                  label={field.key}
                  editing={editing}
                  onEdit={() => onGo({ ...cursor, editing: true })}
                  onEnd={(next, then) => onEnd(cursor, next, then)}
                />
              )}
            </div>
          );
        }
        return (
          <Cell
            key={field.key}
            definition={definition}
            field={field}
            record={record}
            cursor={cursor}
            index={i}
            active={column === i}
            editing={editing && column === i}
            onGo={onGo}
            onEnd={onEnd}
            fixed={fixed}
          />
        );
      })}
      <div role="presentation" className={styles.filler} />
    </div>
  );
});

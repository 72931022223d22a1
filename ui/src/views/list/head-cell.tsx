import { Dropdown } from 'antd';
import { ArrowDown, ArrowUp, ChevronDown, EyeOff, ListFilter } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition } from '@/api/contract';
import { useLabel } from '@/design/words';
import { alignOf } from '@/fields/registry';
import styles from './grid.module.css';
import { sortKeys, toggleSort } from './state';

interface HeadCellProps {
  field: FieldDefinition;
  first: boolean;
  sort: string | undefined;
  onSort: (sort: string | undefined) => void;
  onFilterBy?: (field: FieldDefinition) => void;
  onHide?: () => void;
  onResize: (event: unknown) => void;
  fixed?: boolean;
}

/** The head of a column: a click sorts, with Shift beside other columns; its edge sizes it; its menu does the rest. */
export function HeadCell({ field, first, sort, onSort, onFilterBy, onHide, onResize, fixed }: HeadCellProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const keys = sortKeys(sort);
  const place = keys.findIndex((key) => key.field === field.key);
  const held = keys[place];
  const Arrow = held?.descending ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      className={styles.headCell}
      data-first={first || undefined}
      data-align={alignOf(field)}
      aria-sort={held ? (held.descending ? 'descending' : 'ascending') : undefined}
      data-field={field.key}
    >
      <button
        type="button"
        className={styles.headName}
        disabled={!field.sortable}
        title={label(field.label)}
        tabIndex={-1}
        onClick={(event) => onSort(toggleSort(sort, field.key, event.shiftKey))}
      >
        <span>{label(field.label)}</span>
        {held && <Arrow size={12} aria-hidden />}
        {held && keys.length > 1 && <small>{place + 1}</small>}
      </button>
      {!fixed && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: [
              ...(field.sortable
                ? [
                    { key: 'up', icon: <ArrowUp size={14} />, label: t('ascending'), onClick: () => onSort(field.key) },
                    { key: 'down', icon: <ArrowDown size={14} />, label: t('descending'), onClick: () => onSort('-' + field.key) },
                  ]
                : []),
              ...(onFilterBy && field.operators.length ? [{ key: 'filter', icon: <ListFilter size={14} />, label: t('filterBy'), onClick: () => onFilterBy(field) }] : []),
              ...(onHide ? [{ type: 'divider' as const }, { key: 'hide', icon: <EyeOff size={14} />, label: t('hideColumn'), onClick: onHide }] : []),
            ],
          }}
        >
          <button type="button" className={styles.headMenu} tabIndex={-1} aria-label={t('columnMenu', { column: label(field.label) })}>
            <ChevronDown size={12} />
          </button>
        </Dropdown>
      )}
      <span className={styles.resize} onMouseDown={onResize} onTouchStart={onResize} aria-hidden />
    </div>
  );
}

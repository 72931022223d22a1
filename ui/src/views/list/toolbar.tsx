import { Button, Input, Popover, Segmented, type InputRef } from 'antd';
import { Columns3, Kanban, Plus, Rows3, Search } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition } from '@/api/contract';
import { composing } from '@/design/ime';
import { useNarrow } from '@/design/use';
import { useLabel } from '@/design/words';
import { boardFields } from '../board/model';
import { FilterChips } from '../filters/chips';
import { ColumnChooser } from './column-chooser';
import type { Columns } from './columns';
import styles from './list.module.css';
import type { ListSearch } from './state';
import type { Views } from './use-views';
import { ViewTabs } from './views';

interface ToolbarProps {
  definition: ObjectDefinition;
  state: ListSearch;
  change: (change: Partial<ListSearch>, replace?: boolean) => void;
  columns: Columns;
  views: Views;
  searchRef: RefObject<HTMLInputElement | null>;
  onAdd: () => void;
  selecting: boolean;
  onSelecting: (on: boolean) => void;
}

/** Above a list: its name and views, filters, search, columns. */
export function Toolbar({ definition, state, change, columns, views, searchRef, onAdd, selecting, onSelecting }: ToolbarProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const narrow = useNarrow();
  const filter = state.filter ?? views.current?.filter;
  return (
    <>
      <div className={styles.bar}>
        <h1 className={styles.title}>{label(definition.plural)}</h1>
        <ViewTabs views={views} state={state} columns={columns} />
        {boardFields(definition).length > 0 && (
          <Segmented
            size="small"
            value={state.mode ?? views.current?.mode ?? 'list'}
            onChange={(mode) => change({ mode: mode === 'board' ? 'board' : undefined, peek: undefined }, false)}
            options={[
              { value: 'list', icon: <Rows3 size={14} aria-label={t('asList')} />, title: t('asList') },
              { value: 'board', icon: <Kanban size={14} aria-label={t('asBoard')} />, title: t('asBoard') },
            ]}
          />
        )}
        {definition.can.create && !narrow && (
          <Button type="primary" icon={<Plus size={16} />} onClick={onAdd} data-testid="new">
            {t('new', { object: label(definition.label) })}
          </Button>
        )}
      </div>
      <div className={styles.tools}>
        <div className={styles.grow}>
          <FilterChips definition={definition} filter={filter} onChange={(next) => change({ filter: next, view: next ? views.current?.id : views.whole })} />
        </div>
        <div className={styles.searchRow}>
          <Input
            ref={(input: InputRef | null) => {
              searchRef.current = input?.input ?? null;
            }}
            className={styles.search}
            size="small"
            prefix={<Search size={14} aria-hidden />}
            placeholder={t('searchHere')}
            aria-label={t('searchHere')}
            value={state.q ?? ''}
            allowClear
            onChange={(event) => change({ q: event.target.value || undefined })}
            onKeyDown={(event) => {
              if (composing(event) || event.key !== 'Escape') return;
              change({ q: undefined });
              event.currentTarget.blur();
            }}
            data-testid="list-search"
          />
          {narrow && state.mode !== 'board' && (definition.can.edit || definition.can.delete) && (
            <Button type="text" size="small" aria-pressed={selecting} onClick={() => onSelecting(!selecting)} data-testid="choose">
              {selecting ? t('selectDone') : t('select')}
            </Button>
          )}
          {!narrow && state.mode !== 'board' && (
            <Popover trigger="click" placement="bottomRight" destroyOnHidden content={<ColumnChooser definition={definition} columns={columns} />}>
              <Button type="text" size="small" icon={<Columns3 size={14} />} data-testid="columns">
                {t('columns')}
              </Button>
            </Popover>
          )}
        </div>
      </div>
    </>
  );
}

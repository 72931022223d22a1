import type { Filter, ObjectDefinition } from '@/api/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './list.module.css';
import type { ListSearch } from './state';

export interface View {
  id: string;
  name: string;
  filter?: Filter;
  sort?: string;
  columns?: string[];
}

export interface Views {
  all: View[];
  current: View | undefined;
  choose: (id: string | undefined) => void;
}

/** The ready views of an object: everything, and one's own where records have owners. */
export function useViews(definition: ObjectDefinition, state: ListSearch, change: (change: Partial<ListSearch>, replace?: boolean) => void): Views {
  const { t } = useTranslation('list');
  const all = useMemo<View[]>(() => (definition.owned ? [{ id: 'mine', name: t('mine'), filter: ['owner', '=', '@me'] }] : []), [definition.owned, t]);
  return useMemo(
    () => ({
      all,
      current: all.find((view) => view.id === state.view),
      choose: (id) => change({ view: id, filter: undefined, sort: undefined }, false),
    }),
    [all, state.view, change],
  );
}

/** The views of a list as tabs. */
export function ViewTabs({ views }: { definition: ObjectDefinition; views: Views }) {
  const { t } = useTranslation('list');
  return (
    <div role="tablist" className={styles.tabs} aria-label={t('views')}>
      <button type="button" role="tab" className={styles.tab} aria-selected={!views.current} onClick={() => views.choose(undefined)}>
        {t('all')}
      </button>
      {views.all.map((view) => (
        <button key={view.id} type="button" role="tab" className={styles.tab} aria-selected={views.current?.id === view.id} onClick={() => views.choose(view.id)}>
          {view.name}
        </button>
      ))}
    </div>
  );
}

import { Button, Checkbox, Dropdown, Input, Popover, type InputRef } from 'antd';
import { ChevronDown, Save, Users } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFading } from '@/design/fading';
import { composing } from '@/design/ime';
import { useToast } from '@/design/toast';
import { useNarrow } from '@/design/use';
import { useProblemText } from '@/records/problems';
import styles from './list.module.css';
import type { Columns } from './columns';
import type { ListSearch } from './state';
import type { View, Views } from './use-views';

interface NameFormProps {
  initial?: string;
  shared?: boolean;
  onSave: (name: string, shared: boolean) => void;
  askShared?: boolean;
}

/** Asks for the name of a view and who sees it. */
function NameForm({ initial = '', shared: given = false, onSave, askShared }: NameFormProps) {
  const { t } = useTranslation('list');
  const [name, setName] = useState(initial);
  const [shared, setShared] = useState(given);
  const input = useRef<InputRef>(null);
  useEffect(() => input.current?.focus(), []);
  const save = () => name.trim() && onSave(name.trim(), shared);
  return (
    <div className={styles.viewForm}>
      <Input
        ref={input}
        value={name}
        maxLength={60}
        placeholder={t('view.name')}
        aria-label={t('view.name')}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !composing(event)) save();
        }}
      />
      {askShared && (
        <Checkbox checked={shared} onChange={(event) => setShared(event.target.checked)}>
          {t('view.shared')}
        </Checkbox>
      )}
      <Button type="primary" disabled={!name.trim()} onClick={save}>
        {t('view.save')}
      </Button>
    </div>
  );
}

interface ViewTabsProps {
  views: Views;
  state: ListSearch;
  columns: Columns;
}

/** The views of a list as tabs; what was changed of one can be saved to it or beside it. */
export function ViewTabs({ views, state, columns }: ViewTabsProps) {
  const { t } = useTranslation('list');
  const toast = useToast();
  const explain = useProblemText();
  const narrow = useNarrow();
  const [naming, setNaming] = useState(false);
  const [renaming, setRenaming] = useState<string | null>(null);
  const tabs = useFading<HTMLDivElement>(views.current?.id);
  const keys = columns.shown.map((field) => field.key);
  const changed = Boolean(state.filter ?? state.sort) || columns.changed || (state.mode ?? 'list') !== (views.current?.mode ?? 'list');

  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      toast.show({ text: explain(error), tone: 'bad' });
    }
  };

  const menu = (view: View) => ({
    items: [
      { key: 'rename', label: t('view.rename'), onClick: () => setRenaming(view.id) },
      {
        key: 'share',
        label: view.saved!.shared ? t('view.unshare') : t('view.share'),
        onClick: () => void attempt(() => views.change(view, { visibility: view.saved!.shared ? 'private' : 'shared' })),
      },
      {
        key: 'default',
        label: view.saved!.standard ? t('view.notDefault') : t('view.default'),
        onClick: () => void attempt(() => views.change(view, { default: !view.saved!.standard })),
      },
      { type: 'divider' as const },
      { key: 'delete', danger: true, label: t('view.delete'), onClick: () => void attempt(() => views.remove(view)) },
    ],
  });

  return (
    <div className={styles.tabRow}>
      <div ref={tabs} role="tablist" className={styles.tabs} aria-label={t('views')}>
        <button type="button" role="tab" className={styles.tab} aria-selected={!views.current} onClick={() => views.choose(views.whole)}>
          {t('all')}
        </button>
        {views.all.map((view) => (
          <Popover
            key={view.id}
            open={renaming === view.id}
            onOpenChange={(open) => !open && setRenaming(null)}
            trigger="click"
            destroyOnHidden
            content={
              <NameForm
                initial={view.name}
                onSave={(name) => {
                  setRenaming(null);
                  void attempt(() => views.change(view, { name }));
                }}
              />
            }
          >
            <button type="button" role="tab" className={styles.tab} aria-selected={views.current?.id === view.id} onClick={() => views.choose(view.id)}>
              {view.saved?.shared && <Users size={12} aria-label={t('view.isShared')} />}
              {view.name}
            </button>
          </Popover>
        ))}
      </div>
      {views.current?.saved?.mine && (
        <Dropdown trigger={['click']} menu={menu(views.current)}>
          <Button type="text" size="small" icon={<ChevronDown size={14} />} aria-label={t('view.menu', { name: views.current.name })} />
        </Dropdown>
      )}
      {changed && views.maySave && (
        <>
          {views.current?.saved?.mine && (
            <Button type="text" size="small" onClick={() => void attempt(() => views.update(views.current!, keys).then(columns.reset))}>
              {t('view.update')}
            </Button>
          )}
          <Popover
            trigger="click"
            placement={narrow ? 'bottom' : 'bottomLeft'}
            open={naming}
            onOpenChange={setNaming}
            destroyOnHidden
            content={
              <NameForm
                askShared
                onSave={(name, shared) => {
                  setNaming(false);
                  void attempt(() => views.save({ name, shared }, keys).then(columns.reset));
                }}
              />
            }
          >
            <Button type="text" size="small" icon={<Save size={14} />} aria-label={t('view.saveAs')} title={t('view.saveAs')} data-testid="save-view">
              {narrow ? null : t('view.saveAs')}
            </Button>
          </Popover>
        </>
      )}
    </div>
  );
}

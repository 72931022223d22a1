import { Button, Modal } from 'antd';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Languages, LogOut, Moon, Plus, Search, Settings, Sun, type LucideIcon } from 'lucide-react';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { search } from '@/api/endpoints';
import { composing } from '@/design/ime';
import { iconOf } from '@/design/icons';
import { useTheme } from '@/design/theme';
import { useNarrow, useSettled } from '@/design/use';
import { useLabel } from '@/design/words';
import { setLanguage } from '@/i18n';
import { useObjects } from '@/records/definitions';
import { keys } from '@/records/keys';
import { areas, settingsObjects } from './areas';
import styles from './palette.module.css';
import { useSignOut } from './top-bar';

interface Entry {
  key: string;
  group: 'records' | 'create' | 'goto' | 'actions';
  icon: LucideIcon;
  name: string;
  hint?: string | null;
  /** Further words under which it is found. */
  words?: string;
  run: () => void;
}

function useCommands(): Entry[] {
  const { t, i18n } = useTranslation('shell');
  const label = useLabel();
  const navigate = useNavigate();
  const objects = useObjects();
  const { mode, setAppearance } = useTheme();
  const signOut = useSignOut();
  return useMemo(() => {
    const worked = areas(objects).flatMap((area) => area.objects);
    const both = (object: (typeof objects)[number]) => `${object.key} ${object.label.zh} ${object.label.en} ${object.plural.en}`;
    const entries: Entry[] = [];
    for (const object of worked) {
      if (!object.can.create) continue;
      entries.push({
        key: `new-${object.key}`,
        group: 'create',
        icon: Plus,
        name: t('createOne', { object: label(object.label) }),
        words: both(object),
        run: () => void navigate({ to: '/records/$object/new', params: { object: object.key } }),
      });
    }
    for (const object of [...worked, ...settingsObjects(objects)]) {
      entries.push({
        key: `go-${object.key}`,
        group: 'goto',
        icon: iconOf(object.icon),
        name: label(object.plural),
        words: both(object),
        run: () => void navigate({ to: '/records/$object', params: { object: object.key } }),
      });
    }
    entries.push(
      { key: 'settings', group: 'goto', icon: Settings, name: t('settings'), words: 'settings', run: () => void navigate({ to: '/settings' }) },
      {
        key: 'theme',
        group: 'actions',
        icon: mode === 'dark' ? Sun : Moon,
        name: mode === 'dark' ? t('toLight') : t('toDark'),
        words: 'theme dark light',
        run: () => setAppearance(mode === 'dark' ? 'light' : 'dark'),
      },
      {
        key: 'language',
        group: 'actions',
        icon: Languages,
        name: t('otherLanguage'),
        words: 'language english chinese',
        run: () => void setLanguage(i18n.language === 'zh' ? 'en' : 'zh'),
      },
      { key: 'out', group: 'actions', icon: LogOut, name: t('signOut'), words: 'logout sign out', run: () => void signOut() },
    );
    return entries;
  }, [objects, label, t, navigate, mode, setAppearance, i18n.language, signOut]);
}

/** One box for everything: records, places, things to make and do. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell');
  const label = useLabel();
  const navigate = useNavigate();
  const objects = useObjects();
  const commands = useCommands();
  const [text, setText] = useState('');
  const narrow = useNarrow();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const words = useSettled(text.trim(), 80);

  const { data, isFetching } = useQuery({
    queryKey: keys.search(words),
    queryFn: ({ signal }) => search(words, undefined, signal, 6),
    enabled: words.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

  const entries = useMemo(() => {
    const typed = text.trim().toLowerCase();
    const found: Entry[] = typed
      ? (data?.results ?? []).map((hit) => {
          const object = objects.find((o) => o.key === hit.object);
          return {
            key: `${hit.object}-${hit.id}`,
            group: 'records' as const,
            icon: iconOf(object?.icon),
            name: hit.name ?? '',
            hint: [object && label(object.label), hit.owner?.name].filter(Boolean).join(' · '),
            run: () => void navigate({ to: '/records/$object/$id', params: { object: hit.object, id: hit.id } }),
          };
        })
      : [];
    const fitting = commands.filter((entry) => !typed || `${entry.name} ${entry.words ?? ''}`.toLowerCase().includes(typed));
    return [...found, ...(typed ? fitting.slice(0, 12) : fitting)];
  }, [text, data, commands, objects, label, navigate]);

  const current = Math.min(at, Math.max(0, entries.length - 1));
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const move = (by: number) => {
    const next = (current + by + entries.length) % Math.max(1, entries.length);
    setAt(next);
    list.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter, arrows and digits choose among the input method's candidates first.
    if (composing(event)) return;
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter') choose(entries[current]);
    else return;
    event.preventDefault();
  };

  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={640} style={{ top: 96 }} styles={{ container: { padding: 0 } }} transitionName="" maskTransitionName="">
      <div className={styles.palette} onKeyDown={onKeyDown} data-testid="palette">
        <label className={styles.input}>
          <Search size={16} aria-hidden />
          <input
            autoFocus
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            placeholder={t('palette')}
            aria-label={t('palette')}
            role="combobox"
            aria-expanded
            aria-controls="palette-list"
            aria-activedescendant={entries[current] ? `palette-${current}` : undefined}
            autoComplete="off"
            spellCheck={false}
          />
          {narrow ? (
            <Button type="text" size="small" onClick={onClose}>
              {t('close')}
            </Button>
          ) : (
            <kbd>Esc</kbd>
          )}
        </label>
        <div ref={list} id="palette-list" role="listbox" className={styles.list} aria-busy={isFetching}>
          {entries.map((entry, index) => {
            const Icon = entry.icon;
            const opens = index === 0 || entries[index - 1]!.group !== entry.group;
            return (
              <div key={entry.key}>
                {opens && <div className={styles.group}>{t(`groups.${entry.group}`)}</div>}
                <div
                  id={`palette-${index}`}
                  data-index={index}
                  role="option"
                  aria-selected={index === current}
                  className={styles.entry}
                  onPointerMove={() => setAt(index)}
                  onClick={() => choose(entry)}
                >
                  <Icon size={16} strokeWidth={1.75} aria-hidden />
                  <span className={styles.name}>{entry.name}</span>
                  {entry.hint && <span className={styles.hint}>{entry.hint}</span>}
                </div>
              </div>
            );
          })}
          {entries.length === 0 && <div className={styles.none}>{isFetching || words !== text.trim() ? t('searching') : t('nothing', { text })}</div>}
        </div>
      </div>
    </Modal>
  );
}

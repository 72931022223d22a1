import { Button, Dropdown, type MenuProps } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Keyboard, LogOut, KeyRound, Plus, Search, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { session as api } from '@/api/endpoints';
import { iconOf } from '@/design/icons';
import { useNarrow } from '@/design/use';
import { useLabel } from '@/design/words';
import { Avatar } from '@/fields/shared/display';
import { useObjects } from '@/records/definitions';
import { useSession } from '@/session/context';
import { areas } from './areas';
import { useShell } from './context';
import { LanguageSwitch, ThemeSwitch } from './switches';
import styles from './top-bar.module.css';

export const modKey = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';

/** The entries of the create menu: every object in which the person may make records. */
export function useCreateItems(): MenuProps['items'] {
  const label = useLabel();
  const navigate = useNavigate();
  return areas(useObjects())
    .flatMap((area) => area.objects)
    .filter((object) => object.can.create)
    .map((object) => {
      const Icon = iconOf(object.icon);
      return {
        key: object.key,
        icon: <Icon size={14} />,
        label: label(object.label),
        onClick: () => void navigate({ to: '/records/$object/new', params: { object: object.key } }),
      };
    });
}

/** Ends the session and leaves nothing of it in memory. */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await api.signOut().catch(() => undefined);
    await navigate({ to: '/sign-in' });
    client.clear();
  };
}

function MeMenu() {
  const { t } = useTranslation(['shell', 'operations']);
  const { user, organisation } = useSession();
  const { openKeys } = useShell();
  const navigate = useNavigate();
  const signOut = useSignOut();
  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{
        items: [
          {
            key: 'who',
            type: 'group',
            label: (
              <span className={styles.who}>
                <strong>{user.name}</strong>
                <span>{user.email}</span>
                <span>{organisation.name}</span>
              </span>
            ),
          },
          { type: 'divider' },
          { key: 'password', icon: <KeyRound size={14} />, label: t('changePassword'), onClick: () => void navigate({ to: '/settings/password' }) },
          { key: 'operations', icon: <Undo2 size={14} />, label: t('operations:title'), onClick: () => void navigate({ to: '/settings/operations' }) },
          { key: 'keys', icon: <Keyboard size={14} />, label: t('keys.title'), onClick: openKeys },
          { type: 'divider' },
          { key: 'out', icon: <LogOut size={14} />, label: t('signOut'), onClick: () => void signOut() },
        ],
      }}
    >
      <button type="button" className={styles.me} aria-label={t('me', { name: user.name })}>
        <Avatar name={user.name} large />
      </button>
    </Dropdown>
  );
}

/** The bar above every page: search, create, language, theme, me. */
export function TopBar() {
  const { t } = useTranslation('shell');
  const { organisation } = useSession();
  const { openPalette } = useShell();
  const narrow = useNarrow();
  const create = useCreateItems();
  return (
    <header className={styles.bar}>
      {narrow ? (
        <span className={styles.organisation}>{organisation.name}</span>
      ) : (
        <button type="button" className={styles.search} onClick={openPalette} data-testid="search">
          <Search size={14} aria-hidden />
          <span>{t('search')}</span>
          <kbd>{modKey} K</kbd>
        </button>
      )}
      <span className={styles.space} />
      {!narrow && (
        <Dropdown trigger={['click']} menu={{ items: create, style: { maxHeight: 480, overflow: 'auto' } }} placement="bottomRight">
          <Button icon={<Plus size={16} />} data-testid="create">
            {t('create')}
          </Button>
        </Dropdown>
      )}
      <LanguageSwitch />
      <ThemeSwitch />
      <MeMenu />
    </header>
  );
}

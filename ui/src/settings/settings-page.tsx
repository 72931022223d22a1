import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Boxes, KeyRound, Undo2, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Boundary } from '@/design/boundary';
import { useFading } from '@/design/fading';
import { iconOf } from '@/design/icons';
import { useTitle } from '@/design/use';
import { useLabel } from '@/design/words';
import { useObjects } from '@/records/definitions';
import { settingsObjects } from '@/shell/areas';
import styles from './settings.module.css';
import { useMayDefine } from './rights';

/** The frame of the settings: a menu of what the person may set, and the page chosen. */
export function SettingsPage() {
  const { t } = useTranslation(['settings', 'operations']);
  const label = useLabel();
  const location = useLocation();
  const mayDefine = useMayDefine();
  const objects = settingsObjects(useObjects());
  const menu = useFading<HTMLElement>(location.pathname, '[data-active]');
  useTitle(t('title'));
  const item = (to: string, Icon: LucideIcon, name: string) => (
    <Link key={to} to={to} className={styles.item} activeProps={{ 'data-active': true }}>
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      <span>{name}</span>
    </Link>
  );
  return (
    <div className={styles.page}>
      <nav ref={menu} className={styles.menu} aria-label={t('title')}>
        <h1 className={styles.title}>{t('title')}</h1>
        {mayDefine && item('/settings/objects', Boxes, t('objects'))}
        {objects.map((object) => item(`/records/${object.key}`, iconOf(object.icon), label(object.plural)))}
        {item('/settings/operations', Undo2, t('operations:title'))}
        {item('/settings/password', KeyRound, t('password'))}
      </nav>
      <div className={styles.content}>
        <Boundary mark={location.pathname}>
          <Outlet />
        </Boundary>
      </div>
    </div>
  );
}

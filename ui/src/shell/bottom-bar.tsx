import { Drawer, Dropdown } from 'antd';
import { Link, useLocation } from '@tanstack/react-router';
import { Ellipsis, Plus, Search, Settings, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { iconOf } from '@/design/icons';
import { useLabel } from '@/design/words';
import { useObjects } from '@/records/definitions';
import { areas } from './areas';
import styles from './bottom-bar.module.css';
import { useShell } from './context';
import { AreaLinks } from './navigation';
import navigationStyles from './navigation.module.css';
import { useCreateItems } from './top-bar';

/** At a phone's width: the two objects used most, create, search, and everything else in a sheet. */
export function BottomBar() {
  const { t } = useTranslation('shell');
  const label = useLabel();
  const location = useLocation();
  const { openPalette } = useShell();
  const groups = areas(useObjects());
  const create = useCreateItems();
  const [open, setOpen] = useState(false);
  const first = groups.flatMap((area) => area.objects);
  const shown = ['customer', 'opportunity'].flatMap((key) => first.find((object) => object.key === key) ?? []);
  const links = shown.length ? shown : first.slice(0, 2);

  useEffect(() => setOpen(false), [location.pathname]);

  const link = (object: (typeof first)[number]) => {
    const Icon = iconOf(object.icon);
    return (
      <Link key={object.key} to="/records/$object" params={{ object: object.key }} className={styles.item} activeProps={{ 'data-active': true }}>
        <Icon size={20} strokeWidth={1.75} aria-hidden />
        <span>{label(object.plural)}</span>
      </Link>
    );
  };

  return (
    <nav className={styles.bar} aria-label={t('navigation')}>
      {links.map(link)}
      <Dropdown trigger={['click']} placement="top" menu={{ items: create, style: { maxHeight: 360, overflow: 'auto' } }}>
        <button type="button" className={styles.create} aria-label={t('create')}>
          <Plus size={22} />
        </button>
      </Dropdown>
      <button type="button" className={styles.item} onClick={openPalette}>
        <Search size={20} strokeWidth={1.75} aria-hidden />
        <span>{t('searchShort')}</span>
      </button>
      <button type="button" className={styles.item} onClick={() => setOpen(true)}>
        <Ellipsis size={20} strokeWidth={1.75} aria-hidden />
        <span>{t('more')}</span>
      </button>
      <Drawer open={open} onClose={() => setOpen(false)} placement="bottom" size="70%" title={t('navigation')} destroyOnHidden>
        <div className={styles.sheet}>
          {groups.map((area) => (
            <AreaLinks key={area.key} area={area} folded={false} />
          ))}
          <section className={navigationStyles.area}>
            <h2 className={navigationStyles.title}>{t('settings')}</h2>
            <Link to="/bin" className={navigationStyles.item}>
              <Trash2 size={16} aria-hidden /> {t('bin')}
            </Link>
            <Link to="/settings" className={navigationStyles.item}>
              <Settings size={16} aria-hidden /> {t('settings')}
            </Link>
          </section>
        </div>
      </Drawer>
    </nav>
  );
}

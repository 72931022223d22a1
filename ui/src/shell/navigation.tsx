import { Link } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { PanelLeftClose, PanelLeftOpen, Settings, Trash2, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ObjectSummary } from '@/api/contract';
import { iconOf } from '@/design/icons';
import { useLabel } from '@/design/words';
import { definitionQuery, useObjects } from '@/records/definitions';
import { useSession } from '@/session/context';
import { areas, type Area } from './areas';
import styles from './navigation.module.css';

/** The word for an area; an administrator's own area is its own word. */
export function useAreaName(): (area: string) => string {
  const { t, i18n } = useTranslation('shell');
  return (area) => (i18n.exists(`shell:areas.${area}`) ? t(`areas.${area}` as 'areas.customers') : area);
}

interface ItemProps {
  to: string;
  icon: LucideIcon;
  name: string;
  folded: boolean;
  onHover?: () => void;
}

function Item({ to, icon: Icon, name, folded, onHover }: ItemProps) {
  return (
    <Link
      to={to}
      className={styles.item}
      activeProps={{ 'data-active': true, 'aria-current': 'page' } as object}
      title={folded ? name : undefined}
      aria-label={name}
      onPointerEnter={onHover}
    >
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      <span className={styles.name}>{name}</span>
    </Link>
  );
}

/** The links of one area. */
export function AreaLinks({ area, folded }: { area: Area; folded: boolean }) {
  const label = useLabel();
  const areaName = useAreaName();
  const client = useQueryClient();
  const prefetch = (object: ObjectSummary) => void client.prefetchQuery(definitionQuery(object.key));
  return (
    <section className={styles.area}>
      <h2 className={styles.title}>{folded ? '' : areaName(area.key)}</h2>
      {area.objects.map((object) => (
        <Item
          key={object.key}
          to={`/records/${object.key}`}
          icon={iconOf(object.icon)}
          name={label(object.plural)}
          folded={folded}
          onHover={() => prefetch(object)}
        />
      ))}
    </section>
  );
}

/** The side navigation: 216 pixels, 56 when folded. */
export function Navigation({ folded, onFold }: { folded: boolean; onFold: (folded: boolean) => void }) {
  const { t } = useTranslation('shell');
  const { organisation } = useSession();
  const groups = areas(useObjects());
  return (
    <nav className={styles.navigation} data-folded={folded || undefined} aria-label={t('navigation')}>
      <Link to="/" className={styles.organisation} title={organisation.name}>
        <img src="/icon.svg" width={24} height={24} alt="" />
        <span className={styles.name}>{organisation.name}</span>
      </Link>
      <div className={styles.areas}>
        {groups.map((area) => (
          <AreaLinks key={area.key} area={area} folded={folded} />
        ))}
      </div>
      <div className={styles.foot}>
        <Item to="/bin" icon={Trash2} name={t('bin')} folded={folded} />
        <Item to="/settings" icon={Settings} name={t('settings')} folded={folded} />
        <button
          type="button"
          className={styles.item}
          onClick={() => onFold(!folded)}
          aria-label={folded ? t('unfold') : t('fold')}
          title={folded ? t('unfold') : t('fold')}
        >
          {folded ? <PanelLeftOpen size={16} strokeWidth={1.75} /> : <PanelLeftClose size={16} strokeWidth={1.75} />}
          <span className={styles.name}>{t('fold')}</span>
        </button>
      </div>
    </nav>
  );
}

import { useTranslation } from 'react-i18next';
import { formatInteger } from '@/design/format';
import styles from './list.module.css';

interface FootProps {
  total: number | null;
  loaded: number;
  loading: boolean;
  stale: boolean;
}

/** The foot of a list: how many there are, once that is known. */
export function ListFoot({ total, loaded, loading, stale }: FootProps) {
  const { t } = useTranslation('list');
  return (
    <div className={styles.foot} data-testid="foot">
      <span>{total === null ? '\u00a0' : t('total', { count: total, formatted: formatInteger(total) })}</span>
      {(loading || stale) && <span>{t('loading')}</span>}
      {total !== null && loaded < total && !loading && <span>{t('loaded', { formatted: formatInteger(loaded) })}</span>}
    </div>
  );
}

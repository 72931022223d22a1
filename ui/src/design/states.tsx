import { Button, Skeleton } from 'antd';
import { Link } from '@tanstack/react-router';
import { CloudOff, FileQuestion, Inbox, Lock, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, Unreachable } from '@/api/client';
import { useProblemText } from '@/records/problems';
import styles from './states.module.css';
import { useDelayed } from './use';

interface NoticeProps {
  icon?: LucideIcon;
  title: ReactNode;
  text?: ReactNode;
  children?: ReactNode;
}

/** What stands where there is nothing to show: a mark, what is the matter, what can be done. */
export function Notice({ icon: Icon = Inbox, title, text, children }: NoticeProps) {
  return (
    <div className={styles.notice}>
      <Icon size={28} strokeWidth={1.5} aria-hidden className={styles.mark} />
      <h2 className={styles.title}>{title}</h2>
      {text && <p className={styles.text}>{text}</p>}
      {children && <div className={styles.actions}>{children}</div>}
    </div>
  );
}

/** A failure: what happened, what to do, and the server's number for it. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation('errors');
  const explain = useProblemText();
  const again = retry && (
    <Button type="primary" onClick={retry}>
      {t('retry')}
    </Button>
  );
  if (error instanceof Unreachable) {
    return (
      <Notice icon={CloudOff} title={t('unreachable')} text={t('unreachableText')}>
        {again}
      </Notice>
    );
  }
  if (error instanceof ApiProblem && error.status === 403) {
    return <Notice icon={Lock} title={t('forbidden')} text={t('forbiddenText')} />;
  }
  if (error instanceof ApiProblem && error.status === 404) {
    return (
      <Notice icon={FileQuestion} title={t('notFound')} text={t('notFoundText')}>
        <Link to="/">
          <Button type="primary">{t('toStart')}</Button>
        </Link>
        <Link to="/bin">
          <Button>{t('toBin')}</Button>
        </Link>
      </Notice>
    );
  }
  const reference = error instanceof ApiProblem ? (error.document.id ?? error.document.instance) : undefined;
  return (
    <Notice
      icon={TriangleAlert}
      title={t('failed')}
      text={
        <>
          {explain(error)}
          {typeof reference === 'string' && <code className={styles.reference}>{reference}</code>}
        </>
      }
    >
      {again}
    </Notice>
  );
}

/** A skeleton of lines, shown only where waiting takes longer than 150 ms. */
export function Waiting({ lines = 6, wide }: { lines?: number; wide?: boolean }) {
  const due = useDelayed(true);
  if (!due) return <div className={styles.waiting} aria-busy />;
  return (
    <div className={styles.waiting} aria-busy data-wide={wide || undefined}>
      <Skeleton active title={false} paragraph={{ rows: lines, width: '100%' }} />
    </div>
  );
}

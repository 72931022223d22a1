import { Button, Tabs } from 'antd';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, Maximize2, X } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordData } from '@/api/contract';
import { Failure, Waiting } from '@/design/states';
import { DomainHead } from '@/domains/head';
import { domainHead } from '@/domains/registry';
import { useMaybeDefinition } from '@/records/definitions';
import { inEditable } from '@/design/ime';
import { recordQuery } from '@/records/hooks';
import { usePrepared } from '@/records/prepared';
import { nameOf } from '@/records/values';
import { covered } from '@/shell/keys';
import { Details } from './details';
import styles from './peek.module.css';
import { Related } from './related';
import { Timeline } from './timeline';

interface PeekProps {
  object: string;
  id: string;
  rows: RecordData[];
  onGo: (id: string) => void;
  onClose: () => void;
}

/** A record beside its list: the page in one column. */
export function Peek({ object, id, rows, onGo, onClose }: PeekProps) {
  const { t } = useTranslation('record');
  const { t: common } = useTranslation();
  const definition = useMaybeDefinition(object);
  const { data: record, error, refetch } = useQuery({ ...recordQuery(object, id), placeholderData: (previous) => previous });
  const ready = usePrepared(definition, record);
  const at = rows.findIndex((row) => row.id === id);
  const previous = rows[at - 1]?.id;
  const next = at < 0 ? undefined : rows[at + 1]?.id;
  const name = record && definition ? nameOf(definition, record) || t('unnamed') : '\u00a0';

  useEffect(() => {
    // Esc closes it, but not while something in it or over it is edited: that is given up first.
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || covered()) return;
      if (inEditable(event.target) || document.activeElement?.closest('.ant-select')) return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
    };
    document.addEventListener('keydown', listen, true);
    return () => document.removeEventListener('keydown', listen, true);
  }, [onClose]);

  return (
    <aside className={styles.peek} aria-label={name} data-testid="peek">
      <header className={styles.head}>
        <h2 className={styles.name} title={name}>
          {name}
        </h2>
        <Button type="text" size="small" icon={<ChevronUp size={16} />} disabled={!previous} onClick={() => previous && onGo(previous)} aria-label={t('previous')} />
        <Button type="text" size="small" icon={<ChevronDown size={16} />} disabled={!next} onClick={() => next && onGo(next)} aria-label={t('next')} />
        <Link to="/records/$object/$id" params={{ object, id }} aria-label={t('openPage')} title={t('openPage')}>
          <Button type="text" size="small" icon={<Maximize2 size={14} />} tabIndex={-1} />
        </Link>
        <Button type="text" size="small" icon={<X size={16} />} onClick={onClose} aria-label={common('close')} />
      </header>
      <div className={styles.body}>
        {error && !record ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : record && definition && ready ? (
          <>
            {domainHead(object) && (
              <div className={styles.domain}>
                <DomainHead definition={definition} record={record} />
              </div>
            )}
            <Tabs
              className={styles.tabs}
              destroyOnHidden
              items={[
                { key: 'details', label: t('details'), children: <Details definition={definition} record={record} /> },
                { key: 'timeline', label: t('timeline'), children: <Timeline definition={definition} record={record} /> },
                { key: 'related', label: t('related'), children: <Related definition={definition} record={record} /> },
              ]}
            />
          </>
        ) : (
          <Waiting />
        )}
      </div>
    </aside>
  );
}

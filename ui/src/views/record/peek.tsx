import { Button, Drawer, Tabs } from 'antd';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, Maximize2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RecordData } from '@/api/contract';
import { Failure, Waiting } from '@/design/states';
import { DomainHead } from '@/domains/head';
import { domainHead } from '@/domains/registry';
import { useMaybeDefinition } from '@/records/definitions';
import { nameOf } from '@/records/values';
import { recordQuery } from '@/records/hooks';
import { Details } from './details';
import { Related } from './related';
import styles from './peek.module.css';
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
  const definition = useMaybeDefinition(object);
  const { data: record, error, refetch } = useQuery(recordQuery(object, id));
  const at = rows.findIndex((row) => row.id === id);
  const previous = rows[at - 1]?.id;
  const next = at < 0 ? undefined : rows[at + 1]?.id;
  return (
    <Drawer
      open
      onClose={onClose}
      size={480}
      mask={false}
      title={record && definition ? nameOf(definition, record) : '\u00a0'}
      extra={
        <span className={styles.extra}>
          <Button type="text" icon={<ChevronUp size={16} />} disabled={!previous} onClick={() => previous && onGo(previous)} aria-label={t('previous')} />
          <Button type="text" icon={<ChevronDown size={16} />} disabled={!next} onClick={() => next && onGo(next)} aria-label={t('next')} />
          <Link to="/records/$object/$id" params={{ object, id }} aria-label={t('openPage')} title={t('openPage')}>
            <Button type="text" icon={<Maximize2 size={14} />} tabIndex={-1} />
          </Link>
        </span>
      }
      styles={{ body: { padding: 0 } }}
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : record && definition ? (
        <div data-testid="peek">
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
        </div>
      ) : (
        <Waiting />
      )}
    </Drawer>
  );
}

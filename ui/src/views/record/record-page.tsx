import { Button, Tabs } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router';
import { ListPlus } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, Notice, Waiting } from '@/design/states';
import { size } from '@/design/tokens';
import { useMedia, useNarrow, useTitle } from '@/design/use';
import { useLabel } from '@/design/words';
import { useDelete } from '@/records/changes';
import { isEmpty, nameOf } from '@/records/values';
import { ofRecordType, shownSections, useDefinition } from '@/records/definitions';
import { recordQuery } from '@/records/hooks';
import { usePrepared } from '@/records/prepared';
import { useKeys } from '@/shell/keys';
import { neighbours } from '../list/neighbours';
import { Details } from './details';
import { FieldRow } from './field-row';
import { History } from './history';
import { RecordHead } from './head';
import { Related } from './related';
import styles from './record.module.css';
import { Timeline } from './timeline';

const route = getRouteApi('/app/records/$object/$id');

/** The page of one record. */
export function RecordPage() {
  const { object, id } = route.useParams();
  const definition = useDefinition(object);
  const { data: record, error, refetch } = useQuery(recordQuery(object, id));
  const ready = usePrepared(definition, record);
  const { t } = useTranslation('record');
  const label = useLabel();
  const narrow = useNarrow();
  const wide = useMedia(`(min-width: ${size.medium + size.navigation}px)`);
  const navigate = useNavigate();
  const router = useRouter();
  const remove = useDelete(object);
  const page = useRef<HTMLDivElement>(null);
  const [tab, setTab] = useState(narrow ? 'details' : 'timeline');
  const { previous, next } = neighbours(object, id);
  useTitle(record ? nameOf(definition, record) : undefined);

  const go = (to: string | undefined) => to && void navigate({ to: '/records/$object/$id', params: { object, id: to }, replace: true });
  const edit = () => void navigate({ to: '/records/$object/$id/edit', params: { object, id } });
  useKeys({
    j: () => go(next),
    k: () => go(previous),
    e: () => definition.can.edit && edit(),
    escape: () => {
      if (router.history.canGoBack()) router.history.back();
      else void navigate({ to: '/records/$object', params: { object } });
    },
  });

  if (error && !record) return <Failure error={error} retry={() => void refetch()} />;
  if (!record || !ready) return <Waiting lines={10} wide />;

  // Lines are a table, which has no room in the narrow column of fields: it takes all the rest of the page.
  const lines = narrow ? [] : shownSections(ofRecordType(definition, record.record_type, record)).flatMap((section) => section.fields.filter((field) => field.type === 'lines'));
  const noLines = (open: () => void) => (
    <Notice icon={ListPlus} title={t('noLines')}>
      <Button type="primary" onClick={open} data-testid="first-line">
        {t('addLines')}
      </Button>
    </Notice>
  );
  const details = <Details definition={definition} record={record} without={new Set(lines.map((field) => field.key))} />;
  const related = <Related definition={definition} record={record} />;
  const talking = [
    { key: 'timeline', label: t('timeline'), children: <Timeline definition={definition} record={record} /> },
    ...lines.map((field) => ({
      key: `lines-${field.key}`,
      label: (
        <span data-testid={`tab-${field.key}`}>
          {label(field.label)} {!isEmpty(record[field.key]) && <small>{(record[field.key] as unknown[]).length}</small>}
        </span>
      ),
      children: (
        <div className={styles.pane} data-alone>
          <FieldRow definition={definition} field={field} record={record} empty={noLines} />
        </div>
      ),
    })),
    { key: 'history', label: t('history'), children: <History definition={definition} record={record} /> },
  ];
  const items = [
    ...(narrow ? [{ key: 'details', label: t('details'), children: details }] : []),
    ...talking,
    ...(wide ? [] : [{ key: 'related', label: t('related'), children: related }]),
  ];

  const shown = items.some((item) => item.key === tab) ? tab : items[0]!.key;
  const beside = wide && !lines.some((field) => shown === `lines-${field.key}`);

  return (
    <div ref={page} className={styles.page} data-testid="record" key={id}>
      <RecordHead
        definition={definition}
        record={record}
        onEdit={edit}
        onPrevious={previous ? () => go(previous) : undefined}
        onNext={next ? () => go(next) : undefined}
        onDelete={() => remove.mutate([id], { onSuccess: () => void navigate({ to: '/records/$object', params: { object } }) })}
      />
      <div className={styles.columns}>
        {!narrow && <aside className={styles.fields}>{details}</aside>}
        <div className={styles.middle}>
          <Tabs activeKey={shown} onChange={setTab} items={items} className={styles.tabs} destroyOnHidden />
        </div>
        {beside && <aside className={styles.related}>{related}</aside>}
      </div>
    </div>
  );
}

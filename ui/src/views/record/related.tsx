import { Button } from 'antd';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, Filter, ObjectDefinition, Operator, RecordData, RecordPage } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { formatInteger, formatMoney } from '@/design/format';
import { ObjectIcon } from '@/design/object-icon';
import { Notice } from '@/design/states';
import { useLabel, useSetting } from '@/design/words';
import { domainDue } from '@/domains/registry';
import { FieldValue } from '@/fields/value';
import { definitionQuery, useObjects } from '@/records/definitions';
import { isEmpty, nameOf } from '@/records/values';
import { keys } from '@/records/keys';
import { areaOf } from '@/shell/areas';
import styles from './related.module.css';
import { keyFacts } from './head';

interface Relation {
  definition: ObjectDefinition;
  field: FieldDefinition;
  /** Whether other fields of the same object point here too. */
  several: boolean;
}

/** Objects shown elsewhere on the page: what the timeline tells. */
const told = new Set(['activity']);

/** The objects with a reference to this one, found in the definitions the person may see. */
function useRelations(object: string): Relation[] {
  const objects = useObjects().filter((other) => other.can.read && areaOf(other) !== 'settings' && !told.has(other.key) && (other.parent === '' || other.owned));
  const definitions = useQueries({ queries: objects.map((other) => definitionQuery(other.key)), combine: (results) => results.map((result) => result.data) });
  return useMemo(
    () =>
      definitions.flatMap((definition) =>
        definition
          ? definition.fields
              .filter((field) => (field.type === 'reference' || field.type === 'references') && field.options.target === object && field.state === 'ready' && field.operators.length > 0)
              .map((field, _at, all) => ({ definition, field, several: all.length > 1 }))
          : [],
      )
        // Those of its own kind, such as the daughters of a company, are asked for least.
        .sort((a, b) => Number(a.definition.key === object) - Number(b.definition.key === object)),
    [definitions, object],
  );
}

const shownAtFirst = 5;

const past = (moment: unknown): boolean => typeof moment === 'string' && Date.parse(moment) < Date.now();

/** When records of an object are due, as far as the person may read that. */
function dueOf(definition: ObjectDefinition) {
  const due = domainDue(definition.key);
  const readable = (key: string) => definition.fields.find((field) => field.key === key && field.access !== 'masked');
  const field = due && readable(due.field);
  return field?.sortable && readable(due!.status) ? { ...due!, field } : undefined;
}

/** The first records of a list: where they are due at a time, open ones by that time before those that are done. */
async function firstOf(definition: ObjectDefinition, filter: Filter, fields: string[], signal: AbortSignal): Promise<Pick<RecordPage, 'records' | 'count'>> {
  const due = dueOf(definition);
  if (!due) return api.list(definition.key, { filter, fields, limit: shownAtFirst, count: 'exact' }, signal);
  const ask = (operator: Operator, sort: string) =>
    api.list(definition.key, { filter: ['and', filter, [due.status, operator, due.open]], sort, fields, limit: shownAtFirst, count: 'exact' }, signal);
  const [open, closed] = await Promise.all([ask('in', due.field.key), ask('not_in', `-${due.field.key}`)]);
  return { records: [...open.records, ...closed.records].slice(0, shownAtFirst), count: (open.count ?? 0) + (closed.count ?? 0) };
}

function RelatedCard({ relation: { definition, field, several }, record, name }: { relation: Relation; record: RecordData; name: string }) {
  const { t } = useTranslation('record');
  const label = useLabel();
  const navigate = useNavigate();
  const { currency } = useSetting();
  const filter: Filter = field.type === 'references' ? [field.key, 'contains', record.id] : [field.key, '=', record.id];
  const facts = definition.list_fields.filter((key) => key !== definition.name_field && key !== field.key);
  const due = dueOf(definition);
  const money = definition.fields.find((one) => one.type === 'money' && one.measures.includes('sum') && definition.list_fields.includes(one.key));
  const { data } = useQuery({
    queryKey: ['records', definition.key, 'related', filter],
    queryFn: ({ signal }) => firstOf(definition, filter, [...new Set([definition.name_field, ...facts, ...(due ? [due.field.key, due.status] : [])])], signal),
    staleTime: 15_000,
  });
  const sumBody = { measures: [['sum', money?.key]], filter };
  const { data: sums } = useQuery({
    queryKey: keys.aggregate(definition.key, sumBody),
    queryFn: () => api.aggregate(definition.key, sumBody),
    enabled: Boolean(money && data?.records.length),
    staleTime: 15_000,
  });
  const count = data?.count ?? null;
  const sum = money && sums?.rows[0]?.[`sum_${money.key}`];
  // The field itself may say what they are called from here. Otherwise a field named otherwise than what it points to says how the two are related. Among records of one kind it says so
  // from their side ("reports to"), not from this one's, and only serves to tell lists apart.
  const target = field.options.target;
  const { reverse } = field.options;
  const named = !reverse && field.key !== target && (definition.key !== target || several);
  const add = () =>
    void navigate({
      to: '/records/$object/new',
      params: { object: definition.key },
      search: { values: { [field.key]: field.type === 'references' ? [{ id: record.id, name }] : { id: record.id, name } } },
    });
  const factsOf = (child: RecordData) => {
    const shown = keyFacts(definition, child, 4)
      // A bare "no" says nothing where no label stands beside it.
      .filter((fact) => fact.key !== field.key && fact.key !== due?.field.key && child[fact.key] !== false)
      .slice(0, 2);
    return due && !isEmpty(child[due.field.key]) ? [due.field, ...shown] : shown;
  };
  // Where records may be related in more than one way, the rarer ones only show when there are any.
  if (field.type === 'references' && !count) return null;
  return (
    <section className={styles.card} data-testid={`related-${definition.key}.${field.key}`}>
      <header className={styles.head}>
        <ObjectIcon name={definition.icon} size={14} />
        <Link to="/records/$object" params={{ object: definition.key }} search={{ filter }} className={styles.title}>
          {label(reverse ?? definition.plural)}
          {named && <small>{label(field.label)}</small>}
        </Link>
        {count !== null && <span className={styles.count}>{formatInteger(count)}</span>}
        <span className={styles.space} />
        {(typeof sum === 'string' || typeof sum === 'number') && <span className={styles.sum}>{formatMoney({ amount: String(sum), currency })}</span>}
        {definition.can.create && field.access === 'edit' && !field.read_only && (
          <Button type="text" size="small" icon={<Plus size={14} />} onClick={add} aria-label={t('addRelated', { object: label(definition.label) })} title={t('addRelated', { object: label(definition.label) })} />
        )}
      </header>
      {data?.records.map((child) => (
        <Link key={child.id} to="/records/$object/$id" params={{ object: definition.key, id: child.id }} className={styles.item}>
          <span className={styles.name}>{nameOf(definition, child) || t('unnamed')}</span>
          <span className={styles.facts}>
            {factsOf(child).map((fact) => {
              const late = fact === due?.field && due.open.includes(child[due.status] as string) && past(child[fact.key]);
              return (
                <span key={fact.key} className={styles.fact} data-late={late || undefined}>
                  {child[fact.key] === true ? label(fact.label) : <FieldValue value={child[fact.key]} field={fact} place="words" record={child} />}
                </span>
              );
            })}
          </span>
        </Link>
      ))}
      {data?.records.length === 0 && <p className={styles.none}>{t('noneYet')}</p>}
      {count !== null && count > shownAtFirst && (
        <Link to="/records/$object" params={{ object: definition.key }} search={{ filter }} className={styles.all}>
          {t('showAll', { formatted: formatInteger(count) })}
        </Link>
      )}
    </section>
  );
}

/** The records that point to this one, by object: how many, how much, the latest, and a way to add. */
export function Related({ definition, record }: { definition: ObjectDefinition; record: RecordData }) {
  const { t } = useTranslation('record');
  const relations = useRelations(definition.key);
  const name = nameOf(definition, record);
  if (relations.length === 0) return <Notice title={t('noRelations')} />;
  return (
    <div className={styles.cards}>
      {relations.map((relation) => (
        <RelatedCard key={`${relation.definition.key}.${relation.field.key}`} relation={relation} record={record} name={name} />
      ))}
    </div>
  );
}

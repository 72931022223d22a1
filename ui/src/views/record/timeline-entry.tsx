import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarClock, GitCommitHorizontal, Settings2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Change, ObjectDefinition, RecordData, Reference, TimelineEntry } from '@/api/contract';
import { formatMoment } from '@/design/format';
import { useLabel, useLanguage, useSetting } from '@/design/words';
import { stageName, stagesQuery } from '@/domains/sales/stages';
import { domainFacts } from '@/domains/registry';
import { Avatar } from '@/fields/shared/display';
import { FieldValue } from '@/fields/value';
import { fieldsByKey, useMaybeDefinition } from '@/records/definitions';
import { isEmpty, isReference } from '@/records/values';
import styles from './timeline.module.css';

interface LineProps {
  who: Reference | null;
  what: ReactNode;
  at: string;
  time: string;
  children?: ReactNode;
  kind: string;
  mark?: ReactNode;
}

/** The line of an entry: who did what when; what was said or changed stands below. */
function Line({ who, what, at, time, children, kind, mark }: LineProps) {
  const { zone } = useSetting();
  return (
    <article className={styles.entry} data-kind={kind} data-testid="timeline-entry">
      <span className={styles.mark}>{mark ?? (who?.name && <Avatar name={who.name} />)}</span>
      <div className={styles.what}>
        <div className={styles.line}>
          {who?.name && <strong>{who.name}</strong>}
          <span>{what}</span>
          <time dateTime={at} title={formatMoment(at, zone)}>
            {time}
          </time>
        </div>
        {children}
      </div>
    </article>
  );
}

/** What a timeline tells of a change: not what the app worked out by itself, nor the stage, which has an entry of its own. */
const worthTelling = (changes: Change[], definition: ObjectDefinition): Change[] => {
  const fields = fieldsByKey(definition);
  const elsewhere = domainFacts(definition.key);
  return changes.filter(({ field }) => !elsewhere.has(field) && fields.get(field)?.read_only === false);
};

/** Fields that changed, each from what to what. Values too long for a line only say that they changed. */
export function Changes({ changes, definition }: { changes: Change[]; definition: ObjectDefinition }) {
  const label = useLabel();
  const fields = fieldsByKey(definition);
  const told = changes.filter((change) => fields.has(change.field));
  if (told.length === 0) return null;
  return (
    <ul className={styles.changes}>
      {told.map((change) => {
        const field = fields.get(change.field)!;
        return (
          <li key={change.field}>
            <span>{label(field.label)}</span>
            <FieldValue field={field} value={change.before} place="words" />
            <span aria-hidden>→</span>
            <FieldValue field={field} value={change.after} place="words" />
          </li>
        );
      })}
    </ul>
  );
}

function ActivityEntry({ at, time, record }: { at: string; time: string; record: RecordData }) {
  const { t } = useTranslation('record');
  const label = useLabel();
  const activity = useMaybeDefinition('activity');
  const fields = activity && fieldsByKey(activity);
  const who = isReference(record.owner) ? record.owner : isReference(record.created_by) ? record.created_by : null;
  const shown = (key: string) => {
    const field = fields?.get(key);
    return field && !isEmpty(record[key]) ? <FieldValue field={field} value={record[key]} place="page" record={record} /> : null;
  };
  const when = shown('next_at');
  const step = shown('next_step');
  return (
    <Line
      who={who}
      at={at}
      time={time}
      kind="activity"
      what={
        <span className={styles.method}>
          {shown('method')} {shown('outcome')}
          {isReference(record.contact) && record.contact.name && (
            <Link to="/records/$object/$id" params={{ object: 'contact', id: record.contact.id }} className={styles.other}>
              {record.contact.name}
            </Link>
          )}
        </span>
      }
    >
      <div className={styles.said}>
        <Link to="/records/$object/$id" params={{ object: 'activity', id: record.id }} className={styles.text}>
          {typeof record.content === 'string' ? record.content : String((record.name as string | null) ?? t('unnamed'))}
        </Link>
        {shown('images')}
        {shown('files')}
        {(when ?? step) && (
          <span className={styles.next} data-testid="next-step">
            <CalendarClock size={14} aria-hidden />
            {label(fields?.get(when ? 'next_at' : 'next_step')?.label)}
            {when && <span className={styles.when}>{when}</span>}
            {step}
          </span>
        )}
      </div>
    </Line>
  );
}

function StageEntry({ at, time, record, children }: { at: string; time: string; record: RecordData; children: ReactNode }) {
  const { t } = useTranslation('record');
  const language = useLanguage();
  const { data: stages } = useQuery(stagesQuery);
  const name = (value: unknown) => {
    if (!isReference(value)) return null;
    const known = stages?.find((stage) => stage.id === value.id);
    return known ? stageName(known, language) : value.name;
  };
  const from = name(record.from_stage);
  const to = name(record.stage) ?? (typeof record.name === 'string' ? record.name : '');
  return (
    <Line
      who={isReference(record.created_by) ? record.created_by : null}
      at={at}
      time={time}
      kind="stage"
      mark={<GitCommitHorizontal size={16} aria-hidden />}
      what={from ? t('movedFrom', { from, to }) : t('enteredStage', { to })}
    >
      {children}
    </Line>
  );
}

interface EntryProps {
  entry: TimelineEntry;
  /** Its time of the day as it stands beside the others. */
  time: string;
  /** What it changed of the record beside what it tells by itself. */
  along: Change[];
  definition: ObjectDefinition;
}

/** One entry of a timeline. */
export function Entry({ entry, time, along, definition }: EntryProps) {
  const { t } = useTranslation('record');
  if (entry.type === 'activity') return <ActivityEntry at={entry.at} time={time} record={entry.record} />;
  if (entry.type === 'stage_history') {
    return (
      <StageEntry at={entry.at} time={time} record={entry.record}>
        <Changes changes={worthTelling(along, definition)} definition={definition} />
      </StageEntry>
    );
  }
  if (entry.type !== 'change') return null;
  const changes = worthTelling(entry.changes, definition);
  if (entry.kind === 'update' && changes.length === 0) return null;
  return (
    <Line who={entry.by ?? { id: '', name: t('bySystem') }} at={entry.at} time={time} kind={entry.kind} mark={entry.by ? undefined : <Settings2 size={16} aria-hidden />} what={t(`kinds.${entry.kind}`)}>
      <Changes changes={changes} definition={definition} />
    </Line>
  );
}

import { Tooltip } from 'antd';
import { CircleHelp } from 'lucide-react';
import { memo, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { FieldDefinition, ObjectDefinition, RecordData, Value } from '@/api/contract';
import { composing } from '@/design/ime';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { takenFields } from '@/domains/registry';
import { Masked } from '@/fields/shared/display';
import { fieldType } from '@/fields/registry';
import { useSave } from '@/records/changes';
import { editable } from '@/records/definitions';
import { useProblemText } from '@/records/problems';
import { narrowed, useTaken } from '@/records/taken';
import { isEmpty, sameValue } from '@/records/values';
import styles from './field-row.module.css';

interface FieldRowProps {
  definition: ObjectDefinition;
  field: FieldDefinition;
  record: RecordData;
  /** What stands where there is no value and the field may be filled in, instead of a dash. */
  empty?: (open: () => void) => ReactNode;
}

/** A field of a record, edited where it stands: click or Enter opens it, leaving it saves, Esc gives up. */
export const FieldRow = memo(function FieldRow({ definition, field, record, empty }: FieldRowProps) {
  const { t } = useTranslation('record');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const id = useId();
  const type = fieldType(field.type);
  const save = useSave(definition.key);
  const value = record[field.key] ?? null;
  const may = editable(definition, field) && Boolean(type.Input);
  const [draft, setDraft] = useState<{ value: Value; version: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef<Value>(null);
  const changed = useRef(false);
  const shown = useRef<HTMLDivElement>(null);
  const name = label(field.label);
  const taken = useTaken(definition, record, record.id, draft !== null && Boolean(takenFields(definition.key)?.fields.includes(field.key)));

  const open = () => {
    if (!may || draft) return;
    changed.current = false;
    latest.current = value;
    setProblem(null);
    setDraft({ value, version: record.version });
  };

  const close = (refocus: boolean) => {
    setDraft(null);
    setProblem(null);
    if (refocus) requestAnimationFrame(() => shown.current?.focus());
  };

  const commit = (refocus: boolean) => {
    if (!draft) return;
    if (!changed.current || sameValue(latest.current, value)) return close(refocus);
    if (field.required && isEmpty(latest.current)) return setProblem(t('mustFill'));
    const values = { [field.key]: latest.current };
    const version = draft.version;
    close(refocus);
    save.mutateAsync({ id: record.id, values, version }).catch((error: unknown) => {
      const said = error instanceof ApiProblem ? Object.values(error.byField)[0] : undefined;
      if (said) {
        // What was typed is not lost: the field opens again with the server's word beside it.
        setDraft({ value: values[field.key], version });
        latest.current = values[field.key];
        setProblem(said);
      } else toast.show({ text: `${name}: ${explain(error)}`, tone: 'bad' });
    });
  };

  // A choice commits after the input's own state has settled, and by then with the value just chosen.
  const commitRef = useRef(() => undefined as void);
  useEffect(() => {
    commitRef.current = () => commit(true);
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event)) return;
    if (event.key === 'Escape') close(true);
    else if (event.key === 'Enter' && !event.shiftKey && (!type.tall || event.ctrlKey || event.metaKey) && !type.picks) commit(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const onBlur = (event: React.FocusEvent<HTMLDivElement>) => {
    // Popups of dates and choices live elsewhere in the document and belong to the edit.
    const to = event.relatedTarget;
    if (event.currentTarget.contains(to)) return;
    if (to instanceof HTMLElement && to.closest('.ant-select-dropdown,.ant-picker-dropdown,.ant-modal-root')) return;
    if (document.querySelector('.ant-select-dropdown:not(.ant-select-dropdown-hidden), .ant-picker-dropdown:not(.ant-picker-dropdown-hidden)')) return;
    commit(false);
  };

  const Input = type.Input;
  return (
    <div className={styles.row} data-block={(type.wide && type.tall && (draft !== null || !isEmpty(value))) || undefined} data-field={field.key} data-testid={`field-${field.key}`}>
      <span id={id} className={styles.label}>
        {name}
        {field.help && (
          <Tooltip title={label(field.help)}>
            <CircleHelp size={12} aria-label={label(field.help)} />
          </Tooltip>
        )}
      </span>
      {draft && Input ? (
        <div className={styles.edit} onKeyDown={onKeyDown} onBlur={onBlur}>
          <Input
            field={narrowed(field, taken)}
            value={draft.value}
            onChange={(next) => {
              latest.current = next;
              changed.current = true;
              setDraft({ ...draft, value: next });
              if (type.picks) window.setTimeout(() => commitRef.current(), 0);
            }}
            onDone={() => window.setTimeout(() => commitRef.current(), 0)}
            inPlace
            invalid={Boolean(problem)}
            record={record}
            label={name}
          />
          {problem && (
            <p role="alert" className={styles.problem}>
              {problem}
            </p>
          )}
          {type.tall && <p className={styles.hint}>{t('tallHint')}</p>}
        </div>
      ) : empty && may && isEmpty(value) && field.access !== 'masked' ? (
        empty(open)
      ) : (
        <div
          ref={shown}
          className={styles.value}
          data-editable={may || undefined}
          role={may ? 'button' : undefined}
          tabIndex={may ? 0 : undefined}
          aria-labelledby={id}
          aria-description={may ? t('clickToEdit') : undefined}
          onClick={(event) => {
            if ((event.target as HTMLElement).closest('a') || window.getSelection()?.toString()) return;
            open();
          }}
          onKeyDown={(event) => {
            if ((event.key === 'Enter' || event.key === 'F2') && event.target === event.currentTarget && !composing(event)) {
              event.preventDefault();
              open();
            }
          }}
        >
          {field.access === 'masked' && isEmpty(value) ? <Masked /> : <type.Display value={value} field={field} place="page" record={record} />}
        </div>
      )}
    </div>
  );
});

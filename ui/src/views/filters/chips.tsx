import { Button, Input, Popover, Select } from 'antd';
import { ListFilter, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, Filter, ObjectDefinition, Operator, Value } from '@/api/contract';
import { useLabel } from '@/design/words';
import { useSelfValues, targetOf } from '@/fields/shared/reference';
import { FieldValue } from '@/fields/value';
import { fieldsByKey } from '@/records/definitions';
import { useRecordName } from '@/records/hooks';
import styles from './filters.module.css';
import { carryValue, complete, filterable, filterOf, firstOperator, partsOf, type Condition, type Part } from './model';
import { FilterValue } from './value';

/** Null is two questions to a person: empty and not empty. */
const operatorKey = ({ operator, value }: Condition): string => (operator === 'is_null' && value === false ? 'is_not_null' : operator);

function operatorOptions(field: FieldDefinition): string[] {
  return field.operators.flatMap((operator) => (operator === 'is_null' ? ['is_null', 'is_not_null'] : [operator as string]));
}

function RecordWord({ target, id }: { target: string; id: string }) {
  const self = useSelfValues(target).find((value) => value.id === id);
  const name = useRecordName(self ? undefined : target, id);
  return <>{self?.name ?? name ?? '…'}</>;
}

/** A condition's value in words. */
function ValueWords({ field, condition: { operator, value } }: { field: FieldDefinition; condition: Condition }) {
  const { t } = useTranslation('filters');
  if (operator === 'is_null') return null;
  if (operator === 'within') return <>{t(`periods.${value as 'today'}`, { defaultValue: String(value) })}</>;
  // Words on a colour of their own stand apart without a mark between them.
  const apart = field.type === 'choice' || field.type === 'choices';
  const between = operator === 'between' ? ' – ' : t('also');
  const one = (item: Value, index: number) => {
    if (typeof item === 'string' && (field.options.target || field.type === 'user' || field.type === 'department')) {
      return <RecordWord key={index} target={targetOf(field)} id={item} />;
    }
    const shown = field.type === 'choices' ? [item] : item;
    return <FieldValue key={index} field={field} value={shown} place="words" />;
  };
  const items = Array.isArray(value) ? value : [value];
  return (
    <span className={styles.words} data-apart={apart || undefined}>
      {items.slice(0, 3).map((item, index) => [index > 0 && !apart && between, one(item, index)])}
      {items.length > 3 && ` +${items.length - 3}`}
    </span>
  );
}

interface EditorProps {
  field: FieldDefinition;
  condition: Condition;
  onChange: (condition: Condition) => void;
}

function ConditionEditor({ field, condition, onChange }: EditorProps) {
  const { t } = useTranslation('filters');
  return (
    <div className={styles.editor}>
      <Select
        className={styles.full}
        value={operatorKey(condition)}
        options={operatorOptions(field).map((key) => ({ value: key, label: t(`operators.${key}` as 'operators.=') }))}
        onChange={(key) => {
          if (key === 'is_null' || key === 'is_not_null') onChange({ ...condition, operator: 'is_null', value: key === 'is_null' });
          else onChange({ ...condition, operator: key as Operator, value: condition.operator === 'is_null' ? null : carryValue(condition.value, condition.operator, key as Operator) });
        }}
        aria-label={t('operator')}
      />
      <FilterValue field={field} operator={condition.operator} value={condition.value} onChange={(value) => onChange({ ...condition, value })} />
    </div>
  );
}

function FieldChoice({ definition, onPick }: { definition: ObjectDefinition; onPick: (field: FieldDefinition) => void }) {
  const { t } = useTranslation('filters');
  const label = useLabel();
  const [text, setText] = useState('');
  const fields = filterable(definition.fields).filter((field) => `${field.label.zh} ${field.label.en} ${field.key}`.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <div className={styles.fields}>
      <Input autoFocus value={text} onChange={(event) => setText(event.target.value)} placeholder={t('findField')} allowClear />
      <div className={styles.fieldList} role="listbox" aria-label={t('field')}>
        {fields.map((field) => (
          <button key={field.key} type="button" role="option" aria-selected={false} className={styles.fieldItem} onClick={() => onPick(field)}>
            {label(field.label)}
          </button>
        ))}
        {fields.length === 0 && <span className={styles.none}>{t('noField')}</span>}
      </div>
    </div>
  );
}

interface ChipsProps {
  definition: ObjectDefinition;
  filter: Filter | undefined;
  onChange: (filter: Filter | undefined) => void;
}

/** The conditions of a list as chips; each opens to be changed, and one adds more. */
export function FilterChips({ definition, filter, onChange }: ChipsProps) {
  const { t } = useTranslation('filters');
  const label = useLabel();
  const fields = useMemo(() => fieldsByKey(definition), [definition]);
  // A condition without its value yet is only known here.
  const [draft, setDraft] = useState<Condition | null>(null);
  const [open, setOpen] = useState<number | 'add' | 'draft' | null>(null);
  const parts = partsOf(filter);

  const replace = (index: number, part: Part | null) => {
    const next = parts.flatMap((old, i) => (i === index ? (part ? [part] : []) : [old]));
    onChange(filterOf(next));
  };
  const change = (index: number, condition: Condition) => {
    if (complete(condition)) {
      setDraft(null);
      replace(index, { condition });
    } else setDraft(condition);
  };

  const chip = (key: string | number, condition: Condition, set: (condition: Condition) => void, drop: () => void, isOpen: boolean, onOpen: (open: boolean) => void) => {
    const field = fields.get(condition.field);
    const words = (
      <>
        <span className={styles.fieldName}>{field ? label(field.label) : condition.field}</span>
        <span className={styles.operator}>{t(`operators.${operatorKey(condition)}` as 'operators.=')}</span>
        {field && complete(condition) && <ValueWords field={field} condition={condition} />}
      </>
    );
    return (
      <span key={key} className={styles.chip}>
        {field ? (
          <Popover
            trigger="click"
            placement="bottomLeft"
            open={isOpen}
            onOpenChange={onOpen}
            content={<ConditionEditor field={field} condition={condition} onChange={set} />}
            destroyOnHidden
          >
            <button type="button" className={styles.chipBody}>
              {words}
            </button>
          </Popover>
        ) : (
          <span className={styles.chipBody}>{words}</span>
        )}
        <button type="button" className={styles.chipDrop} aria-label={t('remove')} onClick={drop}>
          <X size={12} />
        </button>
      </span>
    );
  };

  return (
    <div className={styles.chips}>
      {parts.map((part, index) =>
        'other' in part ? (
          <span key={index} className={styles.chip}>
            <span className={styles.chipBody} title={JSON.stringify(part.other)}>
              {t('advanced')}
            </span>
            <button type="button" className={styles.chipDrop} aria-label={t('remove')} onClick={() => replace(index, null)}>
              <X size={12} />
            </button>
          </span>
        ) : (
          chip(
            index,
            draft && open === index ? draft : part.condition,
            (condition) => change(index, condition),
            () => replace(index, null),
            open === index,
            (next) => {
              setDraft(null);
              setOpen(next ? index : null);
            },
          )
        ),
      )}
      {draft &&
        open === 'draft' &&
        chip(
          'draft',
          draft,
          (condition) => {
            if (!complete(condition)) return setDraft(condition);
            setDraft(null);
            setOpen(parts.length);
            onChange(filterOf([...parts, { condition }]));
          },
          () => setDraft(null),
          true,
          (next) => {
            if (!next) {
              setDraft(null);
              setOpen(null);
            }
          },
        )}
      <Popover
        trigger="click"
        placement="bottomLeft"
        open={open === 'add'}
        onOpenChange={(next) => setOpen(next ? 'add' : null)}
        destroyOnHidden
        content={
          <FieldChoice
            definition={definition}
            onPick={(field) => {
              setDraft({ field: field.key, operator: firstOperator(field), value: firstOperator(field) === 'is_null' ? true : null });
              setOpen('draft');
            }}
          />
        }
      >
        <Button type="text" size="small" icon={<ListFilter size={14} />} data-testid="add-filter">
          {t('filter')}
        </Button>
      </Popover>
      {parts.length > 1 && (
        <Button type="text" size="small" onClick={() => onChange(undefined)}>
          {t('clear')}
        </Button>
      )}
    </div>
  );
}

import { Button, Dropdown, Modal, Select, Tag } from 'antd';
import { Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { FieldDefinition, Label, ObjectDefinition, RecordType } from '@/api/contract';
import { definitions as api } from '@/api/endpoints';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { fieldsByKey } from '@/records/definitions';
import { useProblemText } from '@/records/problems';
import { LabelInput, whole } from './labels';
import styles from './settings.module.css';

/** A type as it is written; the server gives a new one its value. */
type Written = Omit<RecordType, 'value'> & { value?: string };

const empty: Written = { label: { zh: '', en: '' }, without: [], required: [] };

interface RecordTypesProps {
  definition: ObjectDefinition;
  onDone: () => Promise<void>;
}

/** The kinds that records of an object are of: which fields each leaves out and which it requires. */
export function RecordTypes({ definition, onDone }: RecordTypesProps) {
  const { t } = useTranslation('settings');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const [editing, setEditing] = useState<Written | null>(null);
  const types = definition.record_types;
  const fields = fieldsByKey(definition);

  /** All types, those that are out of use last, because the first is what new records are. */
  const inOrder = (next: Written[]) => [...next.filter((type) => !type.retired), ...next.filter((type) => type.retired)];
  const write = async (next: Written[]) => {
    await api.changeObject(definition.key, { record_types: next });
    await onDone();
  };
  const retire = async (type: RecordType) => {
    try {
      await write(inOrder(types.map((one) => (one.value === type.value ? { ...one, retired: !type.retired } : one))));
      toast.show({ text: t(type.retired ? 'typeBack' : 'typeRetired', { name: label(type.label) }) });
    } catch (error) {
      toast.show({ text: error instanceof ApiProblem ? (Object.values(error.byField)[0] ?? explain(error)) : explain(error), tone: 'bad' });
    }
  };
  const names = (keys: string[]) =>
    keys.length === 0 ? (
      <span className={styles.none}>–</span>
    ) : (
      <span className={styles.properties}>
        {keys.map((key) => (
          <Tag key={key} variant="filled">
            {label(fields.get(key)?.label) || key}
          </Tag>
        ))}
      </span>
    );
  const inUse = types.filter((type) => !type.retired).length;

  return (
    <section className={styles.part} data-testid="record-types">
      <div className={styles.bar}>
        <h2>{t('recordTypes')}</h2>
        <Button icon={<Plus size={16} />} onClick={() => setEditing(empty)} data-testid="add-record-type">
          {t('addRecordType')}
        </Button>
      </div>
      <p className={styles.hint}>{t('recordTypesHint')}</p>
      {types.length > 0 && (
        <ul className={styles.cards}>
          {types.map((type) => (
            <li key={type.value} className={styles.typeCard} data-testid={`record-type-${type.value}`} data-retired={type.retired || undefined}>
              <div className={styles.typeHead}>
                <strong>{label(type.label)}</strong>
                {type.retired && <Tag variant="filled">{t('states.retired')}</Tag>}
              </div>
              <dl className={styles.facts}>
                <dt>{t('typeWithout')}</dt>
                <dd>{names(type.without)}</dd>
                <dt>{t('typeRequired')}</dt>
                <dd>{names(type.required)}</dd>
              </dl>
              <Dropdown
                trigger={['click']}
                menu={{
                  items: [
                    { key: 'edit', label: t('editType'), onClick: () => setEditing(type) },
                    {
                      key: 'retire',
                      danger: !type.retired,
                      // with none in use a new record could be of no kind
                      disabled: !type.retired && inUse === 1,
                      label: t(type.retired ? 'bringBack' : 'retire'),
                      onClick: () => void retire(type),
                    },
                  ],
                }}
              >
                <Button type="text" size="small" icon={<Ellipsis size={16} />} aria-label={t('actionsOf', { field: label(type.label) })} />
              </Dropdown>
            </li>
          ))}
        </ul>
      )}
      {editing && (
        <TypeDialog
          definition={definition}
          type={editing}
          onClose={() => setEditing(null)}
          onSave={async (changed) => {
            const next = inOrder(changed.value ? types.map((one) => (one.value === changed.value ? { ...one, ...changed } : one)) : [...types, changed]);
            const at = next.findIndex((one) => one.value === changed.value);
            try {
              await write(next);
            } catch (error) {
              throw error instanceof ApiProblem ? new Refused(error, `record_types.${at}.`) : error;
            }
            toast.show({ text: t(changed.value ? 'typeChanged' : 'typeAdded', { name: label(changed.label) }) });
          }}
        />
      )}
    </section>
  );
}

/** What was refused, by the attribute of the type in question; `rest` is about others. */
class Refused extends Error {
  readonly byField: Record<string, string> = {};
  readonly rest: string | undefined;

  constructor(problem: ApiProblem, prefix: string) {
    super(problem.message);
    for (const [path, message] of Object.entries(problem.byField)) {
      if (path.startsWith(prefix)) this.byField[path.slice(prefix.length)] = message;
      else this.rest ??= message;
    }
    if (!problem.document.errors?.length) this.rest = problem.message;
  }
}

interface TypeDialogProps {
  definition: ObjectDefinition;
  type: Written;
  onSave: (type: Written) => Promise<void>;
  onClose: () => void;
}

function TypeDialog({ definition, type, onSave, onClose }: TypeDialogProps) {
  const { t } = useTranslation('settings');
  const label = useLabel();
  const explain = useProblemText();
  const [name, setName] = useState<Label>(type.label);
  const [without, setWithout] = useState(type.without);
  const [required, setRequired] = useState(type.required);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const save = async () => {
    const named = whole(name);
    if (!named) return setErrors({ label: t('nameNeeded') });
    setBusy(true);
    setErrors({});
    try {
      await onSave({ ...type, label: named, without, required });
      onClose();
    } catch (error) {
      if (error instanceof Refused) setErrors({ ...error.byField, ...(error.rest ? { rest: error.rest } : {}) });
      else setErrors({ rest: explain(error) });
    } finally {
      setBusy(false);
    }
  };

  const options = (may: (field: FieldDefinition) => boolean, elsewhere: string[]) =>
    definition.fields
      .filter((field) => !field.system && !elsewhere.includes(field.key) && may(field))
      .map((field) => ({ value: field.key, label: label(field.label) }));
  const choose = (key: 'without' | 'required', title: string, value: string[], set: (next: string[]) => void, offered: { value: string; label: string }[]) => (
    <label className={styles.field}>
      <span>{title}</span>
      <Select
        mode="multiple"
        value={value}
        onChange={set}
        options={offered}
        showSearch={{ optionFilterProp: 'label' }}
        placeholder={t('noFields')}
        status={errors[key] ? 'error' : undefined}
        data-testid={`type-${key}`}
      />
      {errors[key] && (
        <span role="alert" className={styles.problem}>
          {errors[key]}
        </span>
      )}
    </label>
  );

  return (
    <Modal open title={t(type.value ? 'editRecordType' : 'addRecordType')} okText={t(type.value ? 'save' : 'add')} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={560}>
      <div className={styles.form}>
        <LabelInput title={t('name')} value={name} onChange={setName} error={errors.label} autoFocus />
        {choose('without', t('typeWithoutLong'), without, setWithout, options((field) => !field.required && field.key !== definition.name_field, required))}
        {choose('required', t('typeRequiredLong'), required, setRequired, options((field) => !field.required && !field.read_only && field.type !== 'lines', without))}
        {errors.rest && (
          <p role="alert" className={styles.problem}>
            {errors.rest}
          </p>
        )}
      </div>
    </Modal>
  );
}

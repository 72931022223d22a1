import { Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { ObjectDefinition, Value } from '@/api/contract';
import { useLabel } from '@/design/words';
import { fieldType } from '@/fields/registry';
import { FieldInput } from '@/fields/value';
import { useBulkEdit } from '@/records/changes';
import { editable } from '@/records/definitions';
import { useProblemText } from '@/records/problems';
import styles from './bulk-edit.module.css';

interface BulkEditProps {
  definition: ObjectDefinition;
  ids: string[];
  /** The field to set, where it is given by the command. */
  field?: string;
  onClose: () => void;
  onDone: () => void;
}

/** Sets one field of many records to one value. */
export function BulkEdit({ definition, ids, field: given, onClose, onDone }: BulkEditProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const explain = useProblemText();
  const [key, setKey] = useState<string | undefined>(given);
  const [value, setValue] = useState<Value>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const edit = useBulkEdit(definition.key);
  const fields = definition.fields.filter((field) => editable(definition, field) && fieldType(field.type).Input && !field.unique && field.type !== 'lines');
  const field = fields.find((one) => one.key === key);

  const save = () => {
    if (!field) return;
    edit.mutate(
      { ids, values: { [field.key]: value } },
      {
        onSuccess: () => {
          onClose();
          onDone();
        },
        onError: (error) => setProblem(error instanceof ApiProblem ? (error.byField[field.key] ?? explain(error)) : explain(error)),
      },
    );
  };

  return (
    <Modal
      open
      title={given ? t('assignTitle', { count: ids.length }) : t('bulkEditTitle', { count: ids.length })}
      onCancel={onClose}
      onOk={save}
      okText={t('apply', { count: ids.length })}
      okButtonProps={{ disabled: !field || (field.required && (value === null || value === '')), loading: edit.isPending }}
      width={480}
    >
      <div className={styles.form}>
        {!given && (
          <label className={styles.field}>
            <span>{t('field')}</span>
            <Select
              showSearch={{ optionFilterProp: 'label' }}
              value={key}
              options={fields.map((one) => ({ value: one.key, label: label(one.label) }))}
              onChange={(next) => {
                setKey(next);
                setValue(null);
                setProblem(null);
              }}
              placeholder={t('chooseField')}
            />
          </label>
        )}
        {field && (
          <div className={styles.field}>
            <span>{label(field.label)}</span>
            <FieldInput key={field.key} field={field} value={value} onChange={setValue} invalid={Boolean(problem)} label={label(field.label)} />
            {!field.required && <small>{t('emptyClears')}</small>}
          </div>
        )}
        {problem && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
      </div>
    </Modal>
  );
}

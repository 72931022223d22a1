import { Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { useToast } from '@/design/toast';
import { useLabel, useLanguage } from '@/design/words';
import { fieldsByKey } from '@/records/definitions';
import { useRecordForm, type Values } from '@/records/form';
import { useProblemText } from '@/records/problems';
import { FormField } from '@/views/form/fields';
import styles from './sales.module.css';
import { stageName } from './stages';

interface RequiredFieldsProps {
  definition: ObjectDefinition;
  record: RecordData;
  stage: RecordData;
  fields: string[];
  onSave: (values: Values) => Promise<void>;
  onCancel: () => void;
}

/** Asks for just the fields that a stage wants before it is entered. */
export function RequiredFieldsDialog({ definition, record, stage, fields, onSave, onCancel }: RequiredFieldsProps) {
  const { t } = useTranslation('sales');
  const { t: tf } = useTranslation('form');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const byKey = fieldsByKey(definition);
  const form = useRecordForm(Object.fromEntries(fields.map((key) => [key, record[key] ?? null])));
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (!form.require(Object.fromEntries(fields.map((key) => [key, tf('fill', { field: label(byKey.get(key)?.label) })])))) return;
    setBusy(true);
    try {
      await onSave(form.values);
    } catch (error) {
      if (!form.refuse(error)) toast.show({ text: explain(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const name = stageName(stage, useLanguage());
  return (
    <Modal open title={t('moveTo', { stage: name })} okText={t('confirmMove')} cancelText={t('cancel')} onOk={() => void save()} confirmLoading={busy} onCancel={onCancel} width={480}>
      <div className={styles.form} data-testid="stage-dialog">
        <p className={styles.text}>{t('stageNeeds', { stage: name })}</p>
        {fields.map((key) => {
          const field = byKey.get(key);
          return field && <FormField key={key} field={field} form={form} required />;
        })}
        {form.errors[''] && (
          <p role="alert" className={styles.problem}>
            {form.errors['']}
          </p>
        )}
      </div>
    </Modal>
  );
}

import { Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { useAction } from '@/records/changes';
import { useRecordForm } from '@/records/form';
import { useProblemText } from '@/records/problems';
import { FormField } from '@/views/form/fields';
import styles from './sales.module.css';

export type Outcome = 'win' | 'lose' | 'invalid';

/** The fields that each outcome asks for, as far as the deal has them and they may be written. */
const asked: Record<Outcome, string[]> = {
  win: ['win_reason', 'close_reason', 'reason', 'amount', 'closed_at'],
  lose: ['lose_reason', 'loss_reason', 'close_reason', 'reason', 'competitor', 'closed_at'],
  invalid: ['invalid_reason', 'close_reason', 'reason'],
};

interface OutcomeDialogProps {
  definition: ObjectDefinition;
  record: RecordData;
  outcome: Outcome;
  action: string;
  onClose: () => void;
}

/** Closes a deal: won, lost or invalid, with its reason. */
export function OutcomeDialog({ definition, record, outcome, action, onClose }: OutcomeDialogProps) {
  const { t } = useTranslation('sales');
  const { t: tf } = useTranslation('form');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const act = useAction(definition.key);
  const fields = asked[outcome].flatMap((key) => definition.fields.find((field) => field.key === key && field.access === 'edit') ?? []);
  const isReason = (field: FieldDefinition) => field.key.endsWith('reason');
  const form = useRecordForm(Object.fromEntries(fields.map((field) => [field.key, isReason(field) ? null : (record[field.key] ?? null)])));
  const [busy, setBusy] = useState(false);

  const save = async () => {
    const reasons = fields.filter(isReason);
    if (!form.require(Object.fromEntries(reasons.map((field) => [field.key, tf('fill', { field: label(field.label) })])))) return;
    setBusy(true);
    try {
      const body = Object.fromEntries(Object.entries(form.values).filter(([, value]) => value !== null && value !== ''));
      await act.mutateAsync({ id: record.id, action, body });
      onClose();
    } catch (error) {
      if (!form.refuse(error)) toast.show({ text: explain(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal open title={t(outcome)} okText={t(outcome)} cancelText={t('cancel')} okButtonProps={{ danger: outcome !== 'win' }} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={480}>
      <div className={styles.form} data-testid="outcome-dialog">
        {fields.map((field) => (
          <FormField key={field.key} field={field} form={form} required={isReason(field)} />
        ))}
        {form.errors[''] && (
          <p role="alert" className={styles.problem}>
            {form.errors['']}
          </p>
        )}
      </div>
    </Modal>
  );
}

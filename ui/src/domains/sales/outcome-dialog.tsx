import { Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { useAction } from '@/records/changes';
import { fieldsByKey } from '@/records/definitions';
import { useRecordForm } from '@/records/form';
import { useProblemText } from '@/records/problems';
import { FormField } from '@/views/form/fields';
import { outcomeInputs, type Outcome } from './outcomes';
import styles from './sales.module.css';

interface OutcomeDialogProps {
  definition: ObjectDefinition;
  record: RecordData;
  outcome: Outcome;
  onClose: () => void;
}

/** What the deal says already of what closing asks; its products say the amount where it does not itself. */
function known(record: RecordData, input: string): unknown {
  if (input === 'competitor') return record.competitor ?? null;
  if (input !== 'amount') return null;
  return record.amount ?? (Number(record.lines_amount) > 0 ? record.lines_amount : null);
}

/** Closes a deal: won, lost or invalid, with its reason. */
export function OutcomeDialog({ definition, record, outcome, onClose }: OutcomeDialogProps) {
  const { t } = useTranslation('sales');
  const { t: tf } = useTranslation('form');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const act = useAction(definition.key);
  const byKey = fieldsByKey(definition);
  const asked = outcomeInputs[outcome].flatMap((one) => {
    const field = byKey.get(one.field);
    // The inputs have names of their own; errors come back under those.
    return field && field.access === 'edit' ? [{ ...one, field: { ...field, key: one.input, required: Boolean(one.required) } }] : [];
  });
  const form = useRecordForm(Object.fromEntries(asked.map(({ input }) => [input, known(record, input)])));
  const [busy, setBusy] = useState(false);

  const save = async () => {
    const needed = asked.filter((one) => one.required);
    if (!form.require(Object.fromEntries(needed.map(({ input, field }) => [input, tf('fill', { field: label(field.label) })])))) return;
    setBusy(true);
    try {
      const body = Object.fromEntries(Object.entries(form.values).filter(([, value]) => value !== null && value !== ''));
      await act.mutateAsync({ id: record.id, action: outcome, body });
      onClose();
    } catch (error) {
      if (!form.refuse(error)) toast.show({ text: explain(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };

  const elsewhere = Object.entries(form.errors).filter(([path]) => !asked.some(({ input }) => input === path));
  return (
    <Modal open title={t(outcome)} okText={t(outcome)} cancelText={t('cancel')} okButtonProps={{ danger: outcome !== 'win' }} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={480}>
      <div className={styles.form} data-testid="outcome-dialog">
        {asked.map(({ input, field }) => (
          <FormField key={input} field={field} form={form} />
        ))}
        {elsewhere.map(([path, message]) => (
          <p key={path} role="alert" className={styles.problem}>
            {byKey.get(path) ? `${label(byKey.get(path)!.label)}: ` : ''}
            {message}
          </p>
        ))}
      </div>
    </Modal>
  );
}

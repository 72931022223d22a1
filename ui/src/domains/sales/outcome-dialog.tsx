import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { useLabel } from '@/design/words';
import { fieldsByKey } from '@/records/definitions';
import { FormField } from '@/views/form/fields';
import { useActionForm } from './action-form';
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
  const label = useLabel();
  const byKey = fieldsByKey(definition);
  const asked = outcomeInputs[outcome].flatMap(({ field: key, input, required }) => {
    const field = byKey.get(key);
    // The inputs have names of their own; errors come back under those.
    return field && field.access === 'edit' ? [{ ...field, key: input, required: Boolean(required) }] : [];
  });
  const { form, save, busy } = useActionForm({
    object: definition.key, id: record.id, action: outcome, asked, known: Object.fromEntries(asked.map(({ key }) => [key, known(record, key)])), onClose,
  }); // prettier-ignore

  const elsewhere = Object.entries(form.errors).filter(([path]) => !asked.some(({ key }) => key === path));
  return (
    <Modal open title={t(outcome)} okText={t(outcome)} cancelText={t('cancel')} okButtonProps={{ danger: outcome !== 'win' }} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={480}>
      <div className={styles.form} data-testid="outcome-dialog">
        {asked.map((field) => (
          <FormField key={field.key} field={field} form={form} />
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

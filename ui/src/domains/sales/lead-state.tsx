import { Button, Modal } from 'antd';
import { Ban, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '@/design/toast';
import { useAction } from '@/records/changes';
import { fieldsByKey } from '@/records/definitions';
import { useProblemText } from '@/records/problems';
import { FormField } from '@/views/form/fields';
import type { DomainHeadProps } from '../registry';
import { useActionForm } from './action-form';
import styles from './sales.module.css';

/** Gives a lead up with a reason, and takes it up again. */
export function LeadState({ definition, record }: DomainHeadProps) {
  const { t } = useTranslation('sales');
  const toast = useToast();
  const explain = useProblemText();
  const act = useAction(definition.key);
  const [asking, setAsking] = useState(false);
  const status = record.status as string | null;
  if (!definition.can.edit || status === 'converted') return null;
  const given = status === 'invalid' || status === 'failed';
  return (
    <div className={styles.line}>
      {given ? (
        <Button
          size="small"
          icon={<RotateCcw size={14} />}
          loading={act.isPending}
          onClick={() => act.mutate({ id: record.id, action: 'reopen', body: {} }, { onError: (error) => toast.show({ text: explain(error), tone: 'bad' }) })}
        >
          {t('reopen')}
        </Button>
      ) : (
        <Button size="small" icon={<Ban size={14} />} onClick={() => setAsking(true)}>
          {t('invalidate')}
        </Button>
      )}
      {asking && <GiveUp definition={definition} record={record} onClose={() => setAsking(false)} />}
    </div>
  );
}

function GiveUp({ definition, record, onClose }: DomainHeadProps & { onClose: () => void }) {
  const { t } = useTranslation('sales');
  const reason = fieldsByKey(definition).get('failed_reason');
  const asked = reason ? [{ ...reason, key: 'reason', required: true }] : [];
  const { form, save, busy } = useActionForm({ object: definition.key, id: record.id, action: 'invalidate', asked, known: { reason: null }, onClose });
  if (!reason) return null;
  return (
    <Modal open title={t('invalidate')} okText={t('invalidate')} cancelText={t('cancel')} okButtonProps={{ danger: true }} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={480}>
      <div className={styles.form}>
        {asked.map((field) => (
          <FormField key={field.key} field={field} form={form} />
        ))}
      </div>
    </Modal>
  );
}

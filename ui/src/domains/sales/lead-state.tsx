import { Button, Modal } from 'antd';
import { Ban, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { useAction } from '@/records/changes';
import { fieldsByKey } from '@/records/definitions';
import { useRecordForm } from '@/records/form';
import { useProblemText } from '@/records/problems';
import { FormField } from '@/views/form/fields';
import type { DomainHeadProps } from '../registry';
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
  const { t: tf } = useTranslation('form');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const act = useAction(definition.key);
  const form = useRecordForm({ reason: null });
  const field = fieldsByKey(definition).get('failed_reason');
  if (!field) return null;
  const save = async () => {
    if (!form.require({ reason: tf('fill', { field: label(field.label) }) })) return;
    try {
      await act.mutateAsync({ id: record.id, action: 'invalidate', body: form.values });
      onClose();
    } catch (error) {
      if (!form.refuse(error)) toast.show({ text: explain(error), tone: 'bad' });
    }
  };
  return (
    <Modal open title={t('invalidate')} okText={t('invalidate')} cancelText={t('cancel')} okButtonProps={{ danger: true }} onOk={() => void save()} confirmLoading={act.isPending} onCancel={onClose} width={480}>
      <div className={styles.form}>
        <FormField field={{ ...field, key: 'reason', required: true }} form={form} />
      </div>
    </Modal>
  );
}

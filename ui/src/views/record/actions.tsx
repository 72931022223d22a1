import { Button, Dropdown, Modal, Typography } from 'antd';
import { Zap } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActionDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { domainActions } from '@/domains/registry';
import { useAction } from '@/records/changes';
import { useProblemText } from '@/records/problems';

/** What can be done to a record beside editing: the object's actions, but for those that its domain shows itself. */
export function PinnedActions({ definition, record }: { definition: ObjectDefinition; record: RecordData }) {
  const { t } = useTranslation('record');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const act = useAction(definition.key);
  const [busy, setBusy] = useState<string | null>(null);
  const [password, setPassword] = useState<string | null>(null);
  const own = domainActions(definition.key);
  const actions = definition.actions.filter((action) => !own.has(action.key));
  if (actions.length === 0) return null;
  const run = (action: ActionDefinition) => {
    setBusy(action.key);
    act.mutate(
      { id: record.id, action: action.key, body: {} },
      {
        onSuccess: ({ data }) => {
          const result = data.result as { password?: unknown } | undefined;
          if (typeof result?.password === 'string') setPassword(result.password);
        },
        onError: (error) => toast.show({ text: explain(error), tone: 'bad' }),
        onSettled: () => setBusy(null),
      },
    );
  };
  // It is told once and kept nowhere.
  const told = (
    <Modal open={password !== null} title={t('newPassword')} footer={null} onCancel={() => setPassword(null)} width={400} mask={{ closable: false }}>
      <p>{t('newPasswordText')}</p>
      <Typography.Text code copyable>
        {password}
      </Typography.Text>
    </Modal>
  );
  if (actions.length === 1) {
    const [only] = actions;
    return (
      <>
        <Button loading={busy === only!.key} onClick={() => run(only!)}>
          {label(only!.label)}
        </Button>
        {told}
      </>
    );
  }
  return (
    <>
    <Dropdown trigger={['click']} menu={{ items: actions.map((action) => ({ key: action.key, label: label(action.label), onClick: () => run(action) })) }}>
      <Button icon={<Zap size={14} />} loading={busy !== null}>
        {t('actions')}
      </Button>
    </Dropdown>
    {told}
    </>
  );
}

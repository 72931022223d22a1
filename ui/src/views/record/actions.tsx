import { Button, Dropdown } from 'antd';
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
  const own = domainActions(definition.key);
  const actions = definition.actions.filter((action) => !own.has(action.key));
  if (actions.length === 0) return null;
  const run = (action: ActionDefinition) => {
    setBusy(action.key);
    act.mutate(
      { id: record.id, action: action.key, body: {} },
      { onError: (error) => toast.show({ text: explain(error), tone: 'bad' }), onSettled: () => setBusy(null) },
    );
  };
  if (actions.length === 1) {
    const [only] = actions;
    return (
      <Button loading={busy === only!.key} onClick={() => run(only!)}>
        {label(only!.label)}
      </Button>
    );
  }
  return (
    <Dropdown trigger={['click']} menu={{ items: actions.map((action) => ({ key: action.key, label: label(action.label), onClick: () => run(action) })) }}>
      <Button icon={<Zap size={14} />} loading={busy !== null}>
        {t('actions')}
      </Button>
    </Dropdown>
  );
}

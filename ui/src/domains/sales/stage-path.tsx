import { Button, Dropdown } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Ban, Check, CircleX, Trophy } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import { useToast } from '@/design/toast';
import { useNarrow } from '@/design/use';
import { useAction } from '@/records/changes';
import { useProblemText } from '@/records/problems';
import { isReference } from '@/records/values';
import type { DomainHeadProps } from '../registry';
import { OutcomeDialog, type Outcome } from './outcome-dialog';
import styles from './sales.module.css';
import { stagesQuery } from './stages';
import { useStageMove } from './use-stage-move';

const outcomes: { outcome: Outcome; actions: string[] }[] = [
  { outcome: 'win', actions: ['win'] },
  { outcome: 'lose', actions: ['lose'] },
  { outcome: 'invalid', actions: ['invalidate', 'invalid'] },
];

/** The stages a deal goes through, where it stands, and how it ends. */
export function StagePath({ definition, record }: DomainHeadProps) {
  const { t } = useTranslation('sales');
  const toast = useToast();
  const explain = useProblemText();
  const narrow = useNarrow();
  const { data: all } = useQuery(stagesQuery);
  const { move, dialog } = useStageMove(definition);
  const act = useAction(definition.key);
  const [closing, setClosing] = useState<{ outcome: Outcome; action: string } | null>(null);
  const pipeline = isReference(record.pipeline) ? record.pipeline.id : null;
  const stages = (all ?? []).filter((stage) => !pipeline || (isReference(stage.pipeline) && stage.pipeline.id === pipeline));
  const at = isReference(record.stage) ? stages.findIndex((stage) => stage.id === (record.stage as { id: string }).id) : -1;
  const outcome = (record.outcome as string | null) ?? 'open';
  const open = outcome === 'open';
  const may = definition.can.edit && open;
  const has = (names: string[]) => names.find((name) => definition.actions.some((action) => action.key === name));

  const go = (id: string) =>
    move(record, id).catch((error: unknown) => {
      const said = error instanceof ApiProblem ? Object.values(error.byField)[0] : undefined;
      toast.show({ text: said ?? explain(error), tone: 'bad' });
    });

  const reopen = has(['reopen']);
  const endings = outcomes.flatMap(({ outcome: kind, actions }) => {
    const action = has(actions);
    return action ? [{ kind, action }] : [];
  });
  const marks = { win: Trophy, lose: CircleX, invalid: Ban };

  return (
    <div className={styles.line}>
      <ol className={styles.path} aria-label={t('stages')} data-outcome={outcome} data-testid="stage-path">
        {stages.map((stage, index) => {
          const state = index < at || (outcome === 'won' && index <= at) ? 'past' : index === at ? 'here' : 'ahead';
          return (
            <li key={stage.id} className={styles.stage} data-state={state}>
              <button
                type="button"
                disabled={!may || index === at}
                aria-current={index === at ? 'step' : undefined}
                title={index === at ? undefined : t('moveTo', { stage: String(stage.name) })}
                onClick={() => void go(stage.id)}
              >
                {state === 'past' && <Check size={12} aria-hidden />}
                <span>{String(stage.name)}</span>
              </button>
            </li>
          );
        })}
      </ol>
      {open && definition.can.edit && endings.length > 0 && (
        <span className={styles.endings}>
          {narrow ? (
            <Dropdown
              trigger={['click']}
              menu={{ items: endings.map(({ kind, action }) => ({ key: kind, label: t(kind), onClick: () => setClosing({ outcome: kind, action }) })) }}
            >
              <Button size="small">{t('win')}…</Button>
            </Dropdown>
          ) : (
            endings.map(({ kind, action }) => {
              const Icon = marks[kind];
              return (
                <Button key={kind} size="small" icon={<Icon size={14} />} onClick={() => setClosing({ outcome: kind, action })} data-testid={`outcome-${kind}`}>
                  {t(kind)}
                </Button>
              );
            })
          )}
        </span>
      )}
      {!open && (
        <span className={styles.endings}>
          <span className={styles.outcome} data-outcome={outcome} data-testid="outcome">
            {outcome === 'won' ? t('won') : outcome === 'lost' ? t('lost') : t('invalidated')}
          </span>
          {reopen && definition.can.edit && (
            <Button
              size="small"
              loading={act.isPending}
              onClick={() => act.mutate({ id: record.id, action: reopen, body: {} }, { onError: (error) => toast.show({ text: explain(error), tone: 'bad' }) })}
            >
              {t('reopen')}
            </Button>
          )}
        </span>
      )}
      {dialog}
      {closing && <OutcomeDialog definition={definition} record={record} outcome={closing.outcome} action={closing.action} onClose={() => setClosing(null)} />}
    </div>
  );
}

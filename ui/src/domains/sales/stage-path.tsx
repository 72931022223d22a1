import { Button, Dropdown } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Ban, Check, ChevronDown, CircleX, Trophy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import { useToast } from '@/design/toast';
import { useCramped, useNarrow } from '@/design/use';
import { useLanguage } from '@/design/words';
import { useAction } from '@/records/changes';
import { useProblemText } from '@/records/problems';
import { isReference } from '@/records/values';
import type { DomainHeadProps } from '../registry';
import { OutcomeDialog } from './outcome-dialog';
import type { Outcome } from './outcomes';
import styles from './sales.module.css';
import { pipelineOf, stageName, stagesQuery } from './stages';
import { useStageMove } from './use-stage-move';

const endings = [
  { outcome: 'win', Icon: Trophy },
  { outcome: 'lose', Icon: CircleX },
  { outcome: 'invalidate', Icon: Ban },
] as const;

/** The open stages of a deal's pipeline, where it stands, and how it ends. */
export function StagePath({ definition, record }: DomainHeadProps) {
  const { t } = useTranslation('sales');
  const toast = useToast();
  const explain = useProblemText();
  const language = useLanguage();
  const narrow = useNarrow();
  const { data: all } = useQuery(stagesQuery);
  const { move, dialog } = useStageMove(definition);
  const act = useAction(definition.key);
  const [closing, setClosing] = useState<Outcome | null>(null);
  const pipeline = isReference(record.pipeline) ? record.pipeline.id : null;
  const stages = (all ?? []).filter((stage) => stage.kind === 'open' && (!pipeline || pipelineOf(stage) === pipeline));
  const held = isReference(record.stage) ? record.stage.id : null;
  const at = stages.findIndex((stage) => stage.id === held);
  const outcome = (record.outcome as string | null) ?? 'open';
  const open = outcome === 'open';
  const may = definition.can.edit && open;
  const [path, cramped] = useCramped<HTMLOListElement>();

  // With so many stages that they do not even fit in short, the one it stands at is in view.
  useEffect(() => {
    const list = path.current;
    const here = list?.querySelector<HTMLElement>('[aria-current=step]');
    if (list && here) list.scrollLeft = here.getBoundingClientRect().left - list.getBoundingClientRect().left + list.scrollLeft - (list.clientWidth - here.clientWidth) / 2;
  }, [path, held, stages.length, cramped]);

  const go = (id: string) =>
    move(record, id).catch((error: unknown) => {
      const said = error instanceof ApiProblem ? Object.values(error.byField)[0] : undefined;
      toast.show({ text: said ?? explain(error), tone: 'bad' });
    });

  const choices = stages.map((stage) => ({ key: stage.id, label: stageName(stage, language) }));

  return (
    <div className={styles.line}>
      <ol ref={path} className={styles.path} aria-label={t('stages')} data-outcome={outcome} data-cramped={cramped || undefined} data-testid="stage-path">
        {stages.map((stage, index) => {
          const state = outcome === 'won' || index < at ? 'past' : index === at ? 'here' : 'ahead';
          const name = stageName(stage, language);
          const here = index === at;
          const step = (
            <button
              type="button"
              disabled={!may || (here && !cramped)}
              aria-current={here ? 'step' : undefined}
              aria-label={cramped ? name : undefined}
              title={here || !may || cramped ? name : t('moveTo', { stage: name })}
              onClick={cramped ? undefined : () => void go(stage.id)}
            >
              {state === 'past' && <Check size={12} aria-hidden />}
              {!(cramped && state === 'past') && <span>{name}</span>}
              {cramped && here && may && <ChevronDown size={12} aria-hidden />}
            </button>
          );
          return (
            <li key={stage.id} className={styles.stage} data-state={state}>
              {cramped && may ? (
                // In short the names do not all show: they are in a list to choose from.
                <Dropdown trigger={['click']} menu={{ items: choices, selectedKeys: held ? [held] : [], onClick: ({ key }) => key !== held && void go(key) }}>
                  {step}
                </Dropdown>
              ) : (
                step
              )}
            </li>
          );
        })}
      </ol>
      {may && (
        <span className={styles.endings}>
          {narrow ? (
            <Dropdown trigger={['click']} menu={{ items: endings.map(({ outcome: kind }) => ({ key: kind, label: t(kind), onClick: () => setClosing(kind) })) }}>
              <Button size="small">{t('close')}</Button>
            </Dropdown>
          ) : (
            endings.map(({ outcome: kind, Icon }) => (
              <Button key={kind} size="small" icon={<Icon size={14} />} onClick={() => setClosing(kind)} data-testid={`outcome-${kind}`}>
                {t(kind)}
              </Button>
            ))
          )}
        </span>
      )}
      {!open && (
        <span className={styles.endings}>
          <span className={styles.outcome} data-outcome={outcome} data-testid="outcome">
            {outcome === 'won' ? t('won') : outcome === 'lost' ? t('lost') : t('invalidated')}
          </span>
          {definition.can.edit && (
            <Button
              size="small"
              loading={act.isPending}
              onClick={() => act.mutate({ id: record.id, action: 'reopen', body: {} }, { onError: (error) => toast.show({ text: explain(error), tone: 'bad' }) })}
            >
              {t('reopen')}
            </Button>
          )}
        </span>
      )}
      {dialog}
      {closing && <OutcomeDialog definition={definition} record={record} outcome={closing} onClose={() => setClosing(null)} />}
    </div>
  );
}

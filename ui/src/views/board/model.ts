/** Which fields a board may have its columns from, and the columns. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { FieldDefinition, ObjectDefinition, RecordData, Reference, Value } from '@/api/contract';
import { useLabel, useLanguage } from '@/design/words';
import { pipelinesQuery, stageName, stagesQuery } from '@/domains/sales/stages';
import { isReference } from '@/records/values';
import { useTranslation } from 'react-i18next';

export interface Column {
  /** The value of the field in this column; null for none. */
  value: string | null;
  name: string;
  color?: string;
  /** What is written to move a card here, where that is more than the value. */
  record?: Reference;
  probability?: string | null;
}

/** Choices and stages: few, and every record in one of them. */
export function boardFields(definition: ObjectDefinition): FieldDefinition[] {
  const stage = definition.fields.filter((field) => field.type === 'reference' && field.options.target === 'stage' && field.operators.length > 0);
  const choices = definition.fields.filter((field) => field.type === 'choice' && field.state === 'ready' && field.operators.length > 0 && (field.options.choices?.length ?? 0) > 1);
  return [...stage, ...choices];
}

/** The column of a value, by its id or itself. */
export const columnOf = (value: Value): string | null => (isReference(value) ? value.id : ((value as string | null) ?? null));

const pipelineOf = (stage: RecordData): Reference | null => (isReference(stage.pipeline) ? stage.pipeline : null);

/** The columns that a field makes: its choices, or the stages of a pipeline. */
export function useBoardColumns(field: FieldDefinition, pipeline: string | undefined) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const language = useLanguage();
  const staged = field.options.target === 'stage';
  const { data: stages, isPending } = useQuery({ ...stagesQuery, enabled: staged });
  const { data: all, isLoading: finding } = useQuery({ ...pipelinesQuery, enabled: staged });
  return useMemo(() => {
    if (!staged) {
      const columns: Column[] = (field.options.choices ?? [])
        .filter((choice) => !choice.retired)
        .map((choice) => ({ value: choice.value, name: label(choice.label), color: choice.color }));
      return { columns: field.required ? columns : [{ value: null, name: t('board.none') }, ...columns], pipelines: [], chosen: undefined, pending: false };
    }
    const usual = all?.find((one) => one.default === true);
    const nameOf = (one: Reference) => {
      const known = all?.find((other) => other.id === one.id);
      return (known ? stageName(known, language) : one.name) ?? one.id;
    };
    const pipelines = [...new Map((stages ?? []).flatMap((stage) => (pipelineOf(stage) ? [[pipelineOf(stage)!.id, pipelineOf(stage)!] as const] : []))).values()];
    const chosen = (pipelines.find((one) => one.id === pipeline) ?? pipelines.find((one) => one.id === usual?.id) ?? pipelines[0])?.id;
    const columns: Column[] = (stages ?? [])
      .filter((stage) => !chosen || pipelineOf(stage)?.id === chosen)
      .map((stage) => ({
        value: stage.id,
        name: stageName(stage, language),
        record: { id: stage.id, name: stageName(stage, 'zh') },
        color: typeof stage.color === 'string' ? stage.color : undefined,
        probability: (stage.probability as string | null) ?? null,
      }));
    return { columns, pipelines: pipelines.map((one) => ({ id: one.id, name: nameOf(one) })), chosen, pending: isPending || finding };
  }, [staged, field, stages, pipeline, all, label, language, t, isPending, finding]);
}

/** The stages of all pipelines, in order. There are few, and most pages of sales need them. */
import { queryOptions } from '@tanstack/react-query';
import type { Language, RecordData } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { isReference } from '@/records/values';

const fields = ['name', 'name_en', 'pipeline', 'position', 'kind', 'probability', 'required_fields', 'color', 'active'];

export const stagesQuery = queryOptions({
  queryKey: ['records', 'stage', 'all'],
  queryFn: async () => (await api.list('stage', { limit: 500, sort: 'position', fields })).records.filter((stage) => stage.active !== false),
  staleTime: 300_000,
});

/** A stage's name in a language. */
export function stageName(stage: RecordData, language: Language): string {
  const english = language === 'en' && typeof stage.name_en === 'string' && stage.name_en;
  return english || (typeof stage.name === 'string' ? stage.name : '');
}

/** The id of the pipeline that a stage belongs to. */
export const pipelineOf = (stage: RecordData): string | null => (isReference(stage.pipeline) ? stage.pipeline.id : null);

/** All pipelines. The one marked as default is what deals go through unless another is chosen. */
export const pipelinesQuery = queryOptions({
  queryKey: ['records', 'pipeline', 'all'],
  queryFn: async () => (await api.list('pipeline', { limit: 200, fields: ['name', 'name_en', 'default'] })).records,
  staleTime: 300_000,
});

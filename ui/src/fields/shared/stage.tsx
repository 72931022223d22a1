import { useQuery } from '@tanstack/react-query';
import type { Reference } from '@/api/contract';
import { useLanguage } from '@/design/words';
import { pipelinesQuery, stageName, stagesQuery } from '@/domains/sales/stages';
import { Cut, Tag } from './display';

/** A stage in its colour, called as the person's language calls it. */
export function StageTag({ stage }: { stage: Reference }) {
  const language = useLanguage();
  const { data } = useQuery(stagesQuery);
  const known = data?.find((one) => one.id === stage.id);
  return <Tag color={typeof known?.color === 'string' ? known.color : undefined}>{known ? stageName(known, language) : stage.name}</Tag>;
}

/** A pipeline, called as the person's language calls it. */
export function PipelineName({ pipeline }: { pipeline: Reference }) {
  const language = useLanguage();
  const { data } = useQuery(pipelinesQuery);
  const known = data?.find((one) => one.id === pipeline.id);
  return <Cut>{known ? stageName(known, language) : (pipeline.name ?? '')}</Cut>;
}

import { useQuery } from '@tanstack/react-query';
import type { Reference } from '@/api/contract';
import { useLanguage } from '@/design/words';
import { pipelinesQuery, stageName, stagesQuery } from '@/domains/sales/stages';
import { Cut, Tag } from './display';

/** What the person's language calls the stages or pipelines of a field that points to those. */
export function useStepNames(object: string): (id: string) => string | undefined {
  const language = useLanguage();
  const { data: stages } = useQuery({ ...stagesQuery, enabled: object === 'stage' });
  const { data: pipelines } = useQuery({ ...pipelinesQuery, enabled: object === 'pipeline' });
  const all = object === 'stage' ? stages : object === 'pipeline' ? pipelines : undefined;
  return (id) => {
    const known = all?.find((one) => one.id === id);
    return known && stageName(known, language);
  };
}

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

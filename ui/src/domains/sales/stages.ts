/** The stages of all pipelines, in order. There are few, and most pages of sales need them. */
import { queryOptions } from '@tanstack/react-query';
import { record as api } from '@/api/endpoints';

export const stagesQuery = queryOptions({
  queryKey: ['records', 'stage', 'all'],
  queryFn: async () => (await api.list('stage', { limit: 200, sort: 'position' })).records,
  staleTime: 300_000,
});

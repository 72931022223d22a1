/** The names under which answers are cached. */
import type { ListQuery } from '@/api/endpoints';

export const keys = {
  session: ['session'] as const,
  objects: ['objects'] as const,
  definition: (object: string) => ['objects', object] as const,
  object: (object: string) => ['records', object] as const,
  lists: (object: string) => ['records', object, 'list'] as const,
  list: (object: string, query: ListQuery) => ['records', object, 'list', query] as const,
  counts: (object: string) => ['records', object, 'count'] as const,
  count: (object: string, query: ListQuery) => ['records', object, 'count', query] as const,
  one: (object: string, id: string) => ['records', object, 'one', id] as const,
  name: (object: string, id: string) => ['records', object, 'name', id] as const,
  history: (object: string, id: string) => ['records', object, 'history', id] as const,
  timeline: (object: string, id: string) => ['records', object, 'timeline', id] as const,
  aggregate: (object: string, body: unknown) => ['records', object, 'aggregate', body] as const,
  operations: (everyones: boolean) => ['operations', 'list', everyones] as const,
  operation: (id: string) => ['operations', 'one', id] as const,
  search: (q: string, objects?: string[]) => ['search', q, objects ?? []] as const,
};

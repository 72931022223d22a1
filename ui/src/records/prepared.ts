/** What values need beside themselves to be shown, such as the names of administrative divisions: loaded with the
 * record, so that nothing on its page moves when it arrives. */
import { queryOptions, useQueries } from '@tanstack/react-query';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { fieldType } from '@/fields/registry';
import { isEmpty } from './values';

/** What a type needs, loaded once. */
export const preparedQuery = <T,>(name: string, load: () => Promise<T>) =>
  queryOptions({ queryKey: ['prepared', name], queryFn: load, staleTime: Infinity, gcTime: Infinity, retry: 1 });

/** True once everything is there that the values of a record need, or cannot be had: the page then does without it.
 * It is asked for as soon as the fields are known. */
export function usePrepared(definition: ObjectDefinition | null, record: RecordData | undefined): boolean {
  const fields = (definition?.fields ?? []).filter((field) => field.state === 'ready' && fieldType(field.type).prepare);
  const names = [...new Set(fields.map((field) => field.type))];
  const loading = useQueries({
    queries: names.map((name) => preparedQuery(name, fieldType(name).prepare!)),
    combine: (results) => names.filter((_name, index) => results[index]!.isPending),
  });
  return !fields.some((field) => loading.includes(field.type) && !isEmpty(record?.[field.key]));
}

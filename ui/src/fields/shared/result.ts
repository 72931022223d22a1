import type { FieldDefinition } from '@/api/contract';
import { useMaybeDefinition } from '@/records/definitions';

/** The words by which definitions name results, as types of the app. */
const results: Record<string, string> = { number: 'decimal' };

/** The type of the app whose values a computed field has: a sum of amounts of money is one too. */
export function useResultType(field: FieldDefinition): string {
  const { result, measure = 'count', object, field: over } = field.options;
  const rolled = field.type === 'rollup' && typeof result !== 'string' && measure !== 'count';
  const definition = useMaybeDefinition(rolled && typeof object === 'string' ? object : undefined);
  if (field.type !== 'rollup' && field.type !== 'formula') return field.type;
  if (typeof result === 'string') return results[result] ?? result;
  if (field.type === 'formula') return 'text';
  if (!rolled) return 'integer';
  return definition?.fields.some((one) => one.key === over && one.type === 'money') ? 'money' : 'decimal';
}

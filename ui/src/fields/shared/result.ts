import type { FieldDefinition } from '@/api/contract';

/** The words by which definitions name results, as types of the app. */
const results: Record<string, string> = { number: 'decimal' };

/** The type of the app whose values a computed field has: amounts in the organisation's currency are money. */
export function resultType(field: FieldDefinition): string {
  if (field.type !== 'rollup' && field.type !== 'formula') return field.type;
  if (field.unit === 'currency') return 'money';
  const { result, measure = 'count' } = field.options;
  if (field.type === 'rollup' && measure === 'count') return 'integer';
  const word = typeof result === 'string' ? result : field.type === 'formula' ? 'text' : 'number';
  return results[word] ?? word;
}

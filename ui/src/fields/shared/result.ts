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

/** Whether a sum over records means something: not of percentages, of the least, greatest or average of something, nor of
 * what is computed unless it is money, for that is mostly a ratio, a score or an age. */
export function addsUp(field: FieldDefinition): boolean {
  if (!field.measures.includes('sum') || field.type === 'percent') return false;
  if (resultType(field) === 'money' && field.type === 'formula') return true;
  const { measure = 'count' } = field.options;
  return field.type === 'rollup' ? measure === 'count' || measure === 'sum' : field.type !== 'formula';
}

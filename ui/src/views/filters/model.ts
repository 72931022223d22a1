/** A list's filter as people build it: conditions that must all hold. What is more than that is kept whole. */
import type { FieldDefinition, Filter, Operator, Value } from '@/api/contract';
import { isEmpty } from '@/records/values';

export interface Condition {
  field: string;
  operator: Operator;
  value: Value;
}

/** A condition one can edit, or a filter that only programs write. */
export type Part = { condition: Condition } | { other: Filter };

const joins = new Set(['and', 'or', 'not', 'any']);

const isCondition = (filter: Filter): filter is [string, Operator, Value] => !joins.has(filter[0]);

/** The parts of a filter, in order. */
export function partsOf(filter: Filter | undefined): Part[] {
  if (!filter) return [];
  if (filter[0] === 'and') return (filter.slice(1) as Filter[]).flatMap(partsOf);
  if (!isCondition(filter)) return [{ other: filter }];
  const [field, operator, value = true] = filter;
  return [{ condition: { field, operator, value } }];
}

/** The filter of parts; undefined where there is none. A condition still without its value is left out. */
export function filterOf(parts: Part[]): Filter | undefined {
  const filters = parts.flatMap((part): Filter[] => {
    if ('other' in part) return [part.other];
    const { field, operator, value } = part.condition;
    return complete(part.condition) ? [[field, operator, value]] : [];
  });
  return filters.length > 1 ? ['and', ...filters] : filters[0];
}

/** True where the condition can be asked. */
export function complete({ operator, value }: Condition): boolean {
  if (operator === 'between') return Array.isArray(value) && value.length === 2 && value.every((v) => !isEmpty(v));
  return !isEmpty(value);
}

const preferred: Operator[] = ['within', 'contains', 'in', '=', '>=', 'is_null'];

/** The operator that a new condition on a field begins with. */
export function firstOperator(field: FieldDefinition): Operator {
  if (field.type === 'boolean') return '=';
  if (field.measures.includes('sum') && field.operators.includes('>=')) return '>=';
  return preferred.find((operator) => field.operators.includes(operator)) ?? field.operators[0] ?? '=';
}

/** What a condition's value becomes when its operator changes; null where the old one does not fit. */
export function carryValue(value: Value, from: Operator, to: Operator): Value {
  const shape = (operator: Operator) =>
    operator === 'in' || operator === 'not_in' ? 'many' : operator === 'between' ? 'two' : operator === 'is_null' ? 'flag' : operator === 'within' ? 'period' : 'one';
  const [before, after] = [shape(from), shape(to)];
  if (after === 'flag') return true;
  if (before === after) return value;
  if (before === 'one' && after === 'many') return isEmpty(value) ? null : [value];
  if (before === 'many' && after === 'one') return Array.isArray(value) ? (value[0] ?? null) : null;
  return null;
}

/** Fields one can filter by. */
export function filterable(fields: FieldDefinition[]): FieldDefinition[] {
  return fields.filter((field) => field.operators.length > 0 && field.access !== 'masked' && field.state === 'ready');
}

/** Periods offered for dates. */
export const periods = [
  'today',
  'yesterday',
  'tomorrow',
  'this_week',
  'last_week',
  'next_week',
  'this_month',
  'last_month',
  'next_month',
  'this_quarter',
  'last_quarter',
  'this_year',
  'last_year',
  'last_7_days',
  'last_30_days',
  'last_90_days',
  'next_7_days',
  'next_30_days',
] as const;

/** Values between what is shown and what is written. */
import type { Reference } from '@/api/contract';

/** True for `{"id","name"}`, as references are shown in answers. */
export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'id' in value && ('name' in value || 'masked' in value);
}

function writable(value: unknown): unknown {
  if (isReference(value)) return value.object ? { object: value.object, id: value.id } : value.id;
  if (Array.isArray(value)) return value.map(writable);
  return value;
}

/** Values as the API takes them: a reference is its id. */
export function toWrite(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, writable(value)]));
}

/** The name of a record, as its object names it; empty where it has none. */
export function nameOf(definition: { name_field: string }, record: Record<string, unknown>): string {
  const name = record[definition.name_field];
  return typeof name === 'string' ? name : isReference(name) ? (name.name ?? '') : typeof name === 'number' ? String(name) : '';
}

/** True for what counts as no value: null, empty text, an empty list. */
export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/** True where two canonical values are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  return JSON.stringify(writable(a)) === JSON.stringify(writable(b));
}

import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { FieldDefinition, ObjectDefinition, ObjectSummary, Value } from '@/api/contract';
import { definitions } from '@/api/endpoints';
import { keys } from './keys';
import { isEmpty } from './values';

export const objectsQuery = queryOptions({
  queryKey: keys.objects,
  queryFn: definitions.list,
  staleTime: 60_000,
});

export const definitionQuery = (object: string) =>
  queryOptions({ queryKey: keys.definition(object), queryFn: () => definitions.read(object), staleTime: 60_000 });

/** The objects the person may use. */
export function useObjects(): ObjectSummary[] {
  const { data } = useQuery(objectsQuery);
  return useMemo(() => data?.objects ?? [], [data]);
}

/** The definition of an object, waiting for it; the nearest boundary shows the skeleton or the problem. */
export function useDefinition(object: string): ObjectDefinition {
  return useSuspenseQuery(definitionQuery(object)).data;
}

/** The same where the page goes on without it; null while it loads or where it may not be read. */
export function useMaybeDefinition(object: string | undefined): ObjectDefinition | null {
  const { data } = useQuery({ ...definitionQuery(object ?? ''), enabled: Boolean(object) });
  return data ?? null;
}

/** The fields of a definition by key. */
export function fieldsByKey(definition: ObjectDefinition): Map<string, FieldDefinition> {
  return new Map(definition.fields.map((field) => [field.key, field]));
}

/** True where the person may change this field by hand. */
export function editable(definition: ObjectDefinition, field: FieldDefinition): boolean {
  return definition.can.edit && !field.read_only && field.access === 'edit' && field.state === 'ready';
}

/** The definition as it is for a record of a type: with those fields required that the type requires, and without those
 * it leaves out; a record that is there already (`stored`) still shows what it has in them. */
export function ofRecordType(definition: ObjectDefinition, value: Value, stored?: Record<string, Value>): ObjectDefinition {
  const type = definition.record_types.find((one) => one.value === value);
  if (!type || (type.without.length === 0 && type.required.length === 0)) return definition;
  const without = new Set(type.without);
  const required = new Set(type.required);
  return {
    ...definition,
    fields: definition.fields
      .filter((field) => !without.has(field.key) || !isEmpty(stored?.[field.key]))
      .map((field) => (required.has(field.key) ? { ...field, required: true } : field)),
  };
}

/** Fields that are shown: ready ones, in the order of the sections, then what no section names. */
export function shownSections(definition: ObjectDefinition): { key: string; label: ObjectDefinition['label'] | null; fields: FieldDefinition[] }[] {
  const byKey = fieldsByKey(definition);
  const placed = new Set<string>();
  const sections = definition.sections.map((section, index) => ({
    key: `section-${index}`,
    label: section.label,
    fields: section.fields.flatMap((key) => {
      const field = byKey.get(key);
      if (!field || field.state !== 'ready') return [];
      placed.add(key);
      return [field];
    }),
  }));
  const rest = definition.fields.filter((field) => !placed.has(field.key) && !field.system && field.state === 'ready');
  if (rest.length) sections.push({ key: 'rest', label: null as never, fields: rest });
  return sections.filter((section) => section.fields.length > 0);
}

/** What the server would take for fields that a form leaves empty, and which records their rules would let be chosen.
 * The server says both; nothing of its rules is known here. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { FieldDefinition, Filter, ObjectDefinition } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { takenFields } from '@/domains/registry';
import type { RecordForm, Values } from './form';
import { allOf } from './hooks';
import { isEmpty, toWrite } from './values';

export interface Taken {
  values: Values;
  offers: Record<string, Filter>;
}

const nothing: Taken = { values: {}, offers: {} };

/** What would be taken beside these values, and may be chosen; of a record that is there (`id`) only the latter. */
export function useTaken(definition: ObjectDefinition, values: Values, id?: string, enabled = true): Taken {
  const taken = takenFields(definition.key);
  const given = useMemo(
    () => toWrite(Object.fromEntries((taken?.by ?? []).filter((key) => !isEmpty(values[key])).map((key) => [key, values[key]]))),
    [taken, values],
  );
  const { data } = useQuery({
    queryKey: ['records', definition.key, 'draft', id ?? null, given],
    queryFn: () => (id ? api.draftChange(definition.key, id, given) : api.draft(definition.key, given)),
    enabled: enabled && Boolean(taken) && (id ? definition.can.edit : definition.can.create),
    staleTime: 15_000,
    placeholderData: keepPreviousData,
  });
  return useMemo(() => {
    if (!data) return nothing;
    const pointing = new Set(definition.fields.filter((field) => field.type === 'reference').map((field) => field.key));
    const shown = (taken?.fields ?? []).filter((key) => !isEmpty(data.values[key]));
    return {
      values: Object.fromEntries(shown.map((key) => [key, pointing.has(key) ? { id: data.values[key], name: null } : data.values[key]])),
      offers: data.offers,
    };
  }, [data, definition, taken]);
}

/** The form as it is shown: with what would be taken where nothing was entered. Only what was entered is sent. */
export function withTaken(form: RecordForm, definition: ObjectDefinition, taken: Taken): RecordForm {
  const resets = takenFields(definition.key)?.resets ?? {};
  const empty = Object.entries(taken.values).filter(([key]) => isEmpty(form.values[key]));
  return {
    ...form,
    values: { ...form.values, ...Object.fromEntries(empty) },
    set: (key, value) => {
      form.set(key, value);
      for (const other of resets[key] ?? []) form.set(other, null);
    },
  };
}

/** A reference field that offers only what the rules would take. */
export function narrowed(field: FieldDefinition, taken: Taken): FieldDefinition {
  const offer = taken.offers[field.key];
  if (!offer) return field;
  const own = Array.isArray(field.options.filter) ? (field.options.filter as Filter) : undefined;
  return { ...field, options: { ...field.options, filter: allOf(own, offer) } };
}

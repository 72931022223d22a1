import { useMemo } from 'react';
import type { FieldDefinition, ObjectDefinition } from '@/api/contract';
import { useStored } from '@/design/use';
import { fieldType } from '@/fields/registry';
import { fieldsByKey } from '@/records/definitions';

/** Fields that can be columns. */
export function columnFields(definition: ObjectDefinition): FieldDefinition[] {
  return definition.fields.filter((field) => fieldType(field.type).listed && field.state === 'ready');
}

export interface Columns {
  /** The columns shown, the name first. */
  shown: FieldDefinition[];
  widths: Record<string, number>;
  set: (keys: string[]) => void;
  reset: () => void;
  resize: (key: string, width: number) => void;
  changed: boolean;
}

/** The columns of an object's list as this person arranged them on this device; the definition's own at first. */
export function useColumns(definition: ObjectDefinition, view: string | undefined, preset?: string[]): Columns {
  const name = `list.${definition.key}${view ? '.' + view : ''}`;
  const [stored, store] = useStored<{ keys?: string[]; widths?: Record<string, number> }>(name, {});
  return useMemo(() => {
    const fields = fieldsByKey(definition);
    const wanted = stored.keys ?? (preset?.length ? preset : definition.list_fields);
    const keys = [definition.name_field, ...wanted.filter((key) => key !== definition.name_field)];
    const shown = keys.flatMap((key) => {
      const field = fields.get(key);
      return field && fieldType(field.type).listed && field.state === 'ready' ? [field] : [];
    });
    return {
      shown,
      widths: stored.widths ?? {},
      changed: stored.keys !== undefined,
      set: (next) => store({ ...stored, keys: next }),
      reset: () => store({}),
      resize: (key, width) => store({ ...stored, widths: { ...stored.widths, [key]: width } }),
    };
  }, [definition, stored, store, preset]);
}

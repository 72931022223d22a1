/** The field types, one folder each, found by the name that definitions use. A new type is a new folder. */
import type { FieldDefinition } from '@/api/contract';
import type { FieldType } from './type';

const modules = import.meta.glob<FieldType>('./*/index.tsx', { eager: true, import: 'default' });

const types = new Map<string, FieldType>(
  Object.entries(modules).map(([path, type]) => [path.slice('./'.length, -'/index.tsx'.length), type]),
);

/** The names of all types. */
export const typeNames = (): string[] => [...types.keys()];

/** Whether a field's values stand at the end of their column: numbers do, computed ones too. */
export function alignOf(field: FieldDefinition): 'end' | undefined {
  const result = field.type === 'formula' ? field.options.result : undefined;
  return result === 'integer' || result === 'number' ? 'end' : fieldType(field.type).align;
}

/** The field type of that name; text stands in for one that this version of the app does not know. */
export function fieldType(name: string): FieldType {
  return types.get(name) ?? types.get('text')!;
}

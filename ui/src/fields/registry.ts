/** The field types, one folder each, found by the name that definitions use. A new type is a new folder. */
import type { FieldType } from './type';

const modules = import.meta.glob<FieldType>('./*/index.tsx', { eager: true, import: 'default' });

const types = new Map<string, FieldType>(
  Object.entries(modules).map(([path, type]) => [path.slice('./'.length, -'/index.tsx'.length), type]),
);

/** The names of all types. */
export const typeNames = (): string[] => [...types.keys()];

/** The field type of that name; text stands in for one that this version of the app does not know. */
export function fieldType(name: string): FieldType {
  return types.get(name) ?? types.get('text')!;
}

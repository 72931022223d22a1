/** The field types, one folder each, found by the name that definitions use. A new type is a new folder. */
import type { FieldDefinition, Label } from '@/api/contract';
import type { FieldType } from './type';

const modules = import.meta.glob<FieldType>('./*/index.tsx', { eager: true, import: 'default' });

const types = new Map<string, FieldType>(
  Object.entries(modules).map(([path, type]) => [path.slice('./'.length, -'/index.tsx'.length), type]),
);

const labels = new Map<string, Label>(
  Object.entries(import.meta.glob<Label>('./*/name.json', { eager: true, import: 'default' })).map(([path, label]) => [
    path.slice('./'.length, -'/name.json'.length),
    label,
  ]),
);

/** The names of all types. */
export const typeNames = (): string[] => [...types.keys()];

/** What people call a type; its own name where this version does not know it. */
export const typeLabel = (name: string): Label => labels.get(name) ?? { zh: name, en: name };

/** The types that a field can be given in the short form: those that people write, the usual ones first. */
export function typesToAdd(): string[] {
  const place = (name: string) => (usual.includes(name) ? usual.indexOf(name) : usual.length);
  return typeNames()
    .filter((name) => types.get(name)?.Input && !types.get(name)?.apart)
    .sort((one, other) => place(one) - place(other) || one.localeCompare(other));
}

const usual = [
  'text', 'long_text', 'rich_text', 'integer', 'decimal', 'money', 'percent', 'date', 'datetime', 'duration', 'boolean',
  'choice', 'choices', 'phone', 'email', 'url', 'address', 'file', 'image', 'user', 'department', 'reference', 'references',
]; // prettier-ignore

/** Whether a field's values stand at the end of their column: numbers do, computed ones too. */
export function alignOf(field: FieldDefinition): 'end' | undefined {
  const result = field.type === 'formula' ? field.options.result : undefined;
  return result === 'integer' || result === 'number' ? 'end' : fieldType(field.type).align;
}

/** The field type of that name; text stands in for one that this version of the app does not know. */
export function fieldType(name: string): FieldType {
  return types.get(name) ?? types.get('text')!;
}

/** The part that each field of an activity plays, read from its definition, so that the composer follows it. */
import type { FieldDefinition, ObjectDefinition } from '@/api/contract';

export interface ActivityShape {
  /** The reference to the record it is about. */
  about: FieldDefinition;
  content: FieldDefinition;
  method?: FieldDefinition;
  contact?: FieldDefinition;
  nextAt?: FieldDefinition;
  nextStep?: FieldDefinition;
}

const named = (fields: FieldDefinition[], keys: string[]) => keys.flatMap((key) => fields.find((field) => field.key === key) ?? [])[0];

/** How to write an activity about a record of `object`; null where activities cannot be about it. */
export function activityShape(activity: ObjectDefinition, object: string): ActivityShape | null {
  const fields = activity.fields.filter((field) => !field.read_only && field.access === 'edit' && field.state === 'ready');
  const about =
    fields.find((field) => field.type === 'reference' && field.options.target === object && field.key !== 'contact') ??
    fields.find((field) => field.type === 'reference' && field.options.target === object) ??
    fields.find((field) => field.type === 'reference_any' && (!field.options.targets?.length || field.options.targets.includes(object)));
  const content = named(fields, ['content', 'text', 'body', 'note']) ?? fields.find((field) => field.type === 'long_text' || field.type === 'rich_text');
  if (!about || !content) return null;
  return {
    about,
    content,
    method: named(fields, ['method', 'kind', 'type', 'channel']),
    contact: object === 'contact' ? undefined : named(fields, ['contact']),
    nextAt: named(fields, ['next_at', 'next_follow_up', 'next_follow_up_at', 'next_time', 'next_due']),
    nextStep: named(fields, ['next_step', 'next_action', 'next_content']),
  };
}

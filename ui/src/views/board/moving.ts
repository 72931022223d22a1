/** The records of each column, and a card's way from one to another in what is on screen. */
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { FieldDefinition, Filter, ObjectDefinition, RecordData, RecordPage } from '@/api/contract';
import type { ListQuery } from '@/api/endpoints';
import { allOf } from '@/records/hooks';
import { keys } from '@/records/keys';
import { cardFields } from './card';

/** What a column asks for. */
export function columnQuery(definition: ObjectDefinition, field: FieldDefinition, value: string | null, filter: Filter | undefined, q: string | undefined): ListQuery {
  const here: Filter = value === null ? [field.key, 'is_null', true] : [field.key, '=', value];
  const fields = [...new Set([definition.name_field, field.key, ...cardFields(definition, field).map((one) => one.key)])];
  return { filter: allOf(filter, here), fields, limit: 30, q };
}

type Pages = InfiniteData<RecordPage, string | null>;

/** Shows a card in another column at once, before the server has answered. */
export function showMoved(client: QueryClient, object: string, record: RecordData, from: ListQuery, to: ListQuery): void {
  client.setQueryData<Pages>(keys.list(object, from), (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, records: page.records.filter((one) => one.id !== record.id) })) });
  client.setQueryData<Pages>(keys.list(object, to), (data) => data && { ...data, pages: data.pages.map((page, index) => (index === 0 ? { ...page, records: [record, ...page.records] } : page)) });
}

/** One function for each request the app sends. Paths are written here and nowhere else. */
import { get, patch, post, remove, request } from './client';
import type {
  AggregateAnswer,
  BulkAnswer,
  DraftAnswer,
  FieldDefinition,
  FileValue,
  Filter,
  HistoryAnswer,
  Label,
  ObjectDefinition,
  ObjectList,
  OperationList,
  OperationWhole,
  RecordData,
  RecordPage,
  SearchAnswer,
  Session,
  TimelineAnswer,
  UndoReport,
} from './contract';

const id = encodeURIComponent;
const records = (object: string) => `/records/${id(object)}`;

export interface ListQuery {
  filter?: Filter;
  /** `-amount,name` */
  sort?: string;
  fields?: string[];
  limit?: number;
  cursor?: string | null;
  count?: 'none' | 'capped' | 'exact';
  deleted?: 'no' | 'only';
  q?: string;
}

export const session = {
  read: () => get<Session>('/session', { anonymous: true }),
  signIn: (body: { login: string; password: string; organisation?: string }) =>
    post<Session>('/session', body, { anonymous: true }),
  signOut: () => remove<null>('/session'),
  changePassword: (body: { current_password: string; new_password: string }) => post<null>('/session/password', body),
};

export const definitions = {
  list: () => get<ObjectList>('/objects'),
  read: (object: string) => get<ObjectDefinition>(`/objects/${id(object)}`),
  addObject: (body: Record<string, unknown>) => post<ObjectDefinition>('/objects', body),
  changeObject: (object: string, body: Record<string, unknown>) => patch<ObjectDefinition>(`/objects/${id(object)}`, body),
  retireObject: (object: string) => remove<null>(`/objects/${id(object)}`),
  addField: (object: string, body: { key?: string; type: string; label: Label; [option: string]: unknown }) =>
    post<FieldDefinition>(`/objects/${id(object)}/fields`, body),
  changeField: (object: string, field: string, body: Record<string, unknown>) =>
    patch<FieldDefinition>(`/objects/${id(object)}/fields/${id(field)}`, body),
  retireField: (object: string, field: string) => remove<null>(`/objects/${id(object)}/fields/${id(field)}`),
};

const listParameters = (query: ListQuery) => ({ ...query, fields: query.fields?.join(',') });

export const record = {
  list: (object: string, query: ListQuery, signal?: AbortSignal) =>
    get<RecordPage>(records(object), { query: listParameters(query), signal }),
  read: (object: string, record: string, fields?: string[]) =>
    get<RecordData>(`${records(object)}/${id(record)}`, { query: { fields: fields?.join(',') } }),
  create: (object: string, values: Record<string, unknown>, key: string) =>
    post<RecordData>(records(object), values, { headers: { 'Idempotency-Key': key } }),
  /** What a new record of these values would be given; nothing is written. */
  draft: (object: string, values: Record<string, unknown>) => request<DraftAnswer>('POST', `${records(object)}/draft`, { body: values }).then((answer) => answer.data),
  /** What may be chosen in a record that is changed. */
  draftChange: (object: string, record: string, values: Record<string, unknown>) =>
    request<DraftAnswer>('POST', `${records(object)}/${id(record)}/draft`, { body: values }).then((answer) => answer.data),
  update: (object: string, record: string, values: Record<string, unknown>, version: number) =>
    patch<RecordData>(`${records(object)}/${id(record)}`, values, { headers: { 'If-Match': String(version) } }),
  remove: (object: string, record: string) => remove<null>(`${records(object)}/${id(record)}`),
  restore: (object: string, record: string) => post<RecordData>(`${records(object)}/${id(record)}/restore`),
  purge: (object: string, record: string) => post<null>(`${records(object)}/${id(record)}/purge`),
  bulk: (object: string, body: Record<string, unknown>, key: string) =>
    post<BulkAnswer>(`${records(object)}/bulk`, body, { headers: { 'Idempotency-Key': key } }),
  aggregate: (object: string, body: Record<string, unknown>) =>
    request<AggregateAnswer>('POST', `${records(object)}/aggregate`, { body }).then((answer) => answer.data),
  history: (object: string, record: string, cursor?: string | null) =>
    get<HistoryAnswer>(`${records(object)}/${id(record)}/history`, { query: { cursor } }),
  timeline: (object: string, record: string, cursor?: string | null) =>
    get<TimelineAnswer>(`${records(object)}/${id(record)}/timeline`, { query: { cursor } }),
  act: (object: string, record: string, action: string, body: Record<string, unknown>) =>
    post<RecordData>(`${records(object)}/${id(record)}/actions/${id(action)}`, body),
};

export const operations = {
  list: (everyones: boolean, cursor?: string | null) =>
    get<OperationList>('/operations', { query: { all: everyones ? 'yes' : undefined, limit: 30, cursor } }),
  read: (operation: string) => get<OperationWhole>(`/operations/${id(operation)}`),
  undo: (operation: string) => post<UndoReport>(`/operations/${id(operation)}/undo`),
};

export const search = (q: string, objects?: string[], signal?: AbortSignal, limit?: number) =>
  get<SearchAnswer>('/search', { query: { q, objects: objects?.join(','), limit }, signal });

export const files = {
  upload: (file: File) => {
    const form = new FormData();
    form.append('file', file);
    return request<FileValue>('POST', '/files', { form }).then((answer) => answer.data);
  },
};

/**
 * The shapes of the API, as the server's contract states them. Everything the app knows of the server's answers is
 * named here; what OpenAPI generates for one organisation's own objects comes on top of it.
 */

export type Language = 'zh' | 'en';
export type Label = Record<Language, string>;

/** A value in its JSON form: decimals are strings, dates `YYYY-MM-DD`, date-times ISO 8601 with zone. */
export type Value = unknown;

export interface Reference {
  id: string;
  /** Null where the caller may not read the record it points to. */
  name: string | null;
  masked?: boolean;
  /** Present where the field may point to several objects. */
  object?: string;
}

export interface Money {
  amount: string;
  currency: string;
  base?: string | null;
  rate_date?: string | null;
}

export interface Address {
  province?: string | null;
  city?: string | null;
  district?: string | null;
  detail?: string | null;
}

export interface FileValue {
  id: string;
  name: string;
  size?: number;
  media_type?: string;
}

export interface Choice {
  value: string;
  label: Label;
  color?: string;
  retired?: boolean;
}

export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not_in'
  | 'contains'
  | 'starts_with'
  | 'is_null'
  | 'between'
  | 'within';

export type Filter =
  | [path: string, operator: Operator, value: Value]
  | ['and' | 'or', ...Filter[]]
  | ['not', Filter]
  | ['any', string, Filter];

export interface FieldOptions {
  choices?: Choice[];
  target?: string;
  targets?: string[];
  /** What the records with this reference are called on the page of the one they point to. */
  reverse?: Label;
  precision?: number;
  multiline?: boolean;
  multiple?: boolean;
  currency?: string;
  /** Fields of each line, for child lines. */
  object?: string;
  [name: string]: unknown;
}

export interface FieldDefinition {
  key: string;
  type: string;
  label: Label;
  help?: Label | null;
  required: boolean;
  unique?: boolean;
  read_only: boolean;
  system: boolean;
  custom: boolean;
  access: 'edit' | 'read' | 'masked';
  operators: Operator[];
  sortable: boolean;
  groupable: boolean;
  measures: string[];
  /** What computed numbers count: amounts in the organisation's currency. */
  unit?: 'currency' | null;
  default?: Value;
  minimum?: string | number | null;
  maximum?: string | number | null;
  pattern?: string | null;
  state: 'pending' | 'ready' | 'failed' | 'retired';
  options: FieldOptions;
}

export interface Rights {
  create: boolean;
  read: boolean;
  edit: boolean;
  delete: boolean;
  export: boolean;
}

export interface ObjectSummary {
  key: string;
  label: Label;
  plural: Label;
  icon: string;
  area: string;
  custom: boolean;
  owned: boolean;
  /** The key of the reference to the record that this one belongs to; empty where it stands by itself. */
  parent: string;
  features: string[];
  searchable: boolean;
  history: boolean;
  administrative: boolean;
  can: Rights;
  name_field: string;
}

export interface Section {
  label: Label;
  fields: string[];
}

/** A kind that records are of: fields that forms leave out for it, and those it requires beside the others. */
export interface RecordType {
  value: string;
  label: Label;
  without: string[];
  required: string[];
  /** Offered no more; records that are of it stay so. */
  retired?: boolean;
}

export interface ActionDefinition {
  key: string;
  label: Label;
}

/** A view that lists of an object have from the beginning. */
export interface ReadyView {
  key: string;
  label: Label;
  filter: Filter | null;
  sort: string[];
  /** Lists open with it, where the person has chosen no other. */
  opens: boolean;
}

export interface ObjectDefinition extends ObjectSummary {
  list_fields: string[];
  default_sort: string[];
  views: ReadyView[];
  sections: Section[];
  record_types: RecordType[];
  actions: ActionDefinition[];
  fields: FieldDefinition[];
}

export interface ObjectList {
  objects: ObjectSummary[];
  version: number;
}

export interface RecordData {
  id: string;
  version: number;
  [field: string]: Value;
}

export interface RecordPage {
  records: RecordData[];
  next_cursor: string | null;
  count?: number | null;
  count_capped?: boolean;
}

export interface SessionUser {
  id: string;
  name: string;
  email: string | null;
  language: Language | null;
  must_change_password: boolean;
}

export interface Organisation {
  slug: string;
  name: string;
  time_zone: string;
  currency: string;
  fiscal_year_start?: number;
  /** What a new password needs: characters, and how many kinds of them. */
  password_length: number;
  password_classes: number;
}

export interface Session {
  user: SessionUser;
  organisation: Organisation;
  csrf_token: string;
  roles: string[];
  administrator: boolean;
  capabilities: string[];
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { field: string; code: string; message: string }[];
  [extra: string]: unknown;
}

export interface SearchHit {
  object: string;
  id: string;
  name: string | null;
  owner: Reference | null;
  updated_at: string;
}

export interface SearchAnswer {
  results: SearchHit[];
}

export interface Change {
  field: string;
  before: Value;
  after: Value;
}

export interface HistoryEntry {
  version: number;
  kind: 'create' | 'update' | 'delete' | 'restore';
  /** Null where the caller may not see when. */
  at: string | null;
  by: Reference | null;
  operation: string | null;
  undone: boolean;
  /** True where the caller can undo the operation and it would still have an effect. */
  can_undo: boolean;
  changes: Change[];
}

/** Records of one object that an operation did the same to; `record` where it is one alone. */
export interface OperationChange {
  object: string;
  kind: 'create' | 'update' | 'delete' | 'restore' | 'purge';
  count: number;
  record: string | null;
}

export interface Operation {
  id: string;
  kind: string;
  at: string;
  /** Null for the system. */
  actor: Reference | null;
  changes: OperationChange[];
  /** True where records were changed too that the caller may not read. */
  others: boolean;
  /** True where there are more changes than were counted. */
  more: boolean;
  undone_by: string | null;
  undoes: string | null;
  /** The object, and the field, whose definition was changed. */
  about: { object: string; field: string } | null;
  can_undo: boolean;
}

export interface OperationWhole extends Operation {
  /** By object how many records were changed since and would stay as they are. */
  stays: { object: string; count: number }[];
}

export interface OperationList {
  operations: Operation[];
  next_cursor: string | null;
}

export interface UndoReport {
  operation: string;
  undone: number;
  changed: { object: string; id: string }[];
  forbidden: { object: string; id: string }[];
  /** True where there were records that the caller may not read. */
  others: boolean;
}

export interface HistoryAnswer {
  entries: HistoryEntry[];
  next_cursor: string | null;
}

/** A change of the record itself, or a record of another object that is about it. */
export type TimelineEntry = ({ type: 'change'; at: string } & HistoryEntry) | { type: 'activity' | 'stage_history'; at: string; record: RecordData };

export interface TimelineAnswer {
  entries: TimelineEntry[];
  next_cursor: string | null;
}

export interface BulkAnswer {
  results: { id?: string; status: number; errors?: ProblemDocument['errors'] }[];
}

export interface AggregateAnswer {
  rows: Record<string, Value>[];
}

/** What a new record would be given where it says nothing itself, and filters of what its references may point to. */
export interface DraftAnswer {
  values: Record<string, Value>;
  offers: Record<string, Filter>;
}

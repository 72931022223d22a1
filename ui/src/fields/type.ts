/** What a field type is in the app: how a value shows, how it is entered, and how it is filtered. */
import type { ComponentType } from 'react';
import type { FieldDefinition, Operator, RecordData, Value } from '@/api/contract';

/** Where a value stands: in a cell of a grid, on a record page or card, or among plain words. */
export type Place = 'cell' | 'page' | 'words';

export interface DisplayProps {
  value: Value;
  field: FieldDefinition;
  place: Place;
  record?: RecordData;
}

export interface InputProps {
  id?: string;
  value: Value;
  field: FieldDefinition;
  onChange: (value: Value) => void;
  /** The edit is finished: a choice was made, or the input left. Only used when editing in place. */
  onDone?: () => void;
  /** Where it stands alone, in place of the value: it takes the focus and opens at once. */
  inPlace?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  record?: Record<string, unknown>;
  label?: string;
}

export interface FilterProps {
  field: FieldDefinition;
  operator: Operator;
  value: Value;
  onChange: (value: Value) => void;
}

/** Values that are typed as text can be typed straight into a selected cell. */
export interface Typed {
  format: (value: Value, field: FieldDefinition) => string;
  /** The value of a text; undefined where it is none. Null is no value. */
  parse: (text: string, field: FieldDefinition, before: Value) => Value | undefined;
  inputMode?: 'text' | 'decimal' | 'numeric' | 'tel' | 'email' | 'url';
}

export interface FieldType {
  Display: ComponentType<DisplayProps>;
  /** Absent where people never write it. */
  Input?: ComponentType<InputProps>;
  /** The input of a filter's value; absent where the type's own input, twice or many times, will do. */
  Filter?: ComponentType<FilterProps>;
  typed?: Typed;
  /** The width of its column at first, in pixels. */
  width: number;
  align?: 'end';
  /** Takes a whole row of a form. */
  wide?: boolean;
  /** Cannot stand in a cell: it is edited on the page or in the form. */
  tall?: boolean;
  /** Making the choice ends the edit. */
  picks?: boolean;
  /** The short form of a new field cannot ask for all that it needs. */
  apart?: boolean;
  /** Loads what showing a value takes beside it; a page that has values of the type appears when it is there. */
  prepare?: () => Promise<unknown>;
  /** May become a column of a list. */
  listed?: boolean;
}

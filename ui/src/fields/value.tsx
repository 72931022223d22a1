import { createElement } from 'react';
import { fieldType } from './registry';
import type { DisplayProps, FilterProps, InputProps } from './type';

/** A value, shown as its field's type shows it. */
export const FieldValue = (props: DisplayProps) => createElement(fieldType(props.field.type).Display, props);

/** The input of a value; nothing for types that people never write. */
export function FieldInput(props: InputProps) {
  const { Input } = fieldType(props.field.type);
  return Input ? createElement(Input, props) : null;
}

/** The input of a filter's value, where the type has one of its own. */
export function FieldFilter(props: FilterProps) {
  const { Filter } = fieldType(props.field.type);
  return Filter ? createElement(Filter, props) : null;
}

import { fieldType } from '../registry';
import type { DisplayProps } from '../type';
import { resultType } from './result';

/** A computed value shows as a value of the type it results in. */
export function ComputedDisplay(props: DisplayProps) {
  const { Display } = fieldType(resultType(props.field));
  return <Display {...props} />;
}

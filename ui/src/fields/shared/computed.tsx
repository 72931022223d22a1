import { fieldType } from '../registry';
import type { DisplayProps } from '../type';
import { useResultType } from './result';

/** A computed value shows as a value of the type it results in. */
export function ComputedDisplay(props: DisplayProps) {
  const { Display } = fieldType(useResultType(props.field));
  return <Display {...props} />;
}

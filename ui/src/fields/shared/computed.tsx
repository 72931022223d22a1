import { fieldType } from '../registry';
import type { DisplayProps } from '../type';

/** The words by which definitions name results, as types of the app. */
const results: Record<string, string> = { number: 'decimal', text: 'text' };

/** A computed value shows as a value of the type it results in. */
export function ComputedDisplay(props: DisplayProps) {
  const result = typeof props.field.options.result === 'string' ? props.field.options.result : 'text';
  const { Display } = fieldType(results[result] ?? result);
  return <Display {...props} />;
}

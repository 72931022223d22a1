import { fieldType } from '../registry';
import type { DisplayProps } from '../type';

/** The words by which definitions name results, as types of the app. */
const results: Record<string, string> = { number: 'decimal', text: 'text' };

/** A computed value shows as a value of the type it results in. */
export function ComputedDisplay(props: DisplayProps) {
  const { result: named, measure = 'count' } = props.field.options;
  const otherwise = props.field.type === 'rollup' ? (measure === 'count' ? 'integer' : 'number') : 'text';
  const result = typeof named === 'string' ? named : otherwise;
  const { Display } = fieldType(results[result] ?? result);
  return <Display {...props} />;
}

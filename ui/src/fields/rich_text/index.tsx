import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { later } from '../shared/later';
import type { DisplayProps, FieldType, InputProps } from '../type';

/** The words of a piece of HTML; parsing it in a document of its own runs nothing and loads nothing. */
export function plainWords(html: string): string {
  return (new DOMParser().parseFromString(html, 'text/html').body.textContent ?? '').replace(/\s+/g, ' ').trim();
}

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  if (place !== 'page') return <Cut>{plainWords(value as string)}</Cut>;
  // The server reduces every rich text to an allow-listed set of elements when it is written.
  return <div className={styles.rich} dangerouslySetInnerHTML={{ __html: value as string }} />;
}

const Input = later<InputProps>(() => import('./input'));

/** Running text with headings, lists, links and images. */
export default { Display, Input, width: 240, wide: true, tall: true, listed: true } satisfies FieldType;

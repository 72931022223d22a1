import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { textType } from '../shared/text';
import type { DisplayProps } from '../type';

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  const text = String(value);
  // A masked number cannot be called.
  if (place === 'words' || text.includes('*')) return <Cut>{text}</Cut>;
  return (
    <span className={styles.cut}>
      <a className={styles.link} href={`tel:${text.replace(/[^\d+]/g, '')}`} onClick={(event) => event.stopPropagation()} tabIndex={place === 'cell' ? -1 : undefined}>
        {text}
      </a>
    </span>
  );
}

/** A telephone number; it calls. */
export default textType('tel', { Display, width: 140 });

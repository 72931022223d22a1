import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { textType } from '../shared/text';
import type { DisplayProps } from '../type';

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  const text = String(value);
  if (place === 'words' || text.includes('*')) return <Cut>{text}</Cut>;
  return (
    <span className={styles.cut} title={text}>
      <a className={styles.link} href={`mailto:${text}`} onClick={(event) => event.stopPropagation()} tabIndex={place === 'cell' ? -1 : undefined}>
        {text}
      </a>
    </span>
  );
}

/** A mail address; it writes. */
export default textType('email', { Display, width: 200 });

import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { textType } from '../shared/text';
import type { DisplayProps } from '../type';

const shown = (text: string) => text.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '');

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  const text = String(value);
  if (place === 'words' || !/^https?:\/\//.test(text)) return <Cut>{shown(text)}</Cut>;
  return (
    <span className={styles.cut} title={text}>
      <a className={styles.link} href={text} target="_blank" rel="noopener noreferrer" onClick={(event) => event.stopPropagation()} tabIndex={place === 'cell' ? -1 : undefined}>
        {shown(text)}
      </a>
    </span>
  );
}

/** A web address; it opens in a tab of its own. */
export default textType('url', { Display, width: 180 });

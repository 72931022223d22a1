import { fileAddress } from '@/api/client';
import type { FileValue } from '@/api/contract';
import { isEmpty } from '@/records/values';
import { Cut, Dash, FileLabel } from '../shared/display';
import styles from '../shared/fields.module.css';
import { UploadInput } from '../shared/upload';
import type { DisplayProps, FieldType } from '../type';

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  const files = value as FileValue[];
  if (place !== 'page') return <Cut>{files.map((file) => file.name).join(', ')}</Cut>;
  return (
    <span className={styles.files}>
      {files.map((file) => (
        <a key={file.id} className={styles.link} href={fileAddress(file.id)} target="_blank" rel="noopener noreferrer">
          <FileLabel name={file.name} />
        </a>
      ))}
    </span>
  );
}

/** Attached files. */
export default { Display, Input: UploadInput, width: 180, wide: true, tall: true, listed: true } satisfies FieldType;

import { fileAddress } from '@/api/client';
import type { FileValue } from '@/api/contract';
import { isEmpty } from '@/records/values';
import { Cut, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import { UploadInput } from '../shared/upload';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  const images = value as FileValue[];
  if (place === 'words') return <Cut>{images.map((image) => image.name).join(', ')}</Cut>;
  return (
    <span className={styles.images} data-place={place}>
      {images.map((image) => (
        <a key={image.id} href={fileAddress(image.id)} target="_blank" rel="noopener noreferrer">
          <img className={styles.image} src={fileAddress(image.id)} alt={image.name} loading="lazy" />
        </a>
      ))}
    </span>
  );
}

const Input = (props: InputProps) => <UploadInput {...props} images />;

/** Attached images. */
export default { Display, Input, width: 120, wide: true, tall: true, listed: true } satisfies FieldType;

import type { Reference } from '@/api/contract';
import { isEmpty } from '@/records/values';
import { Dash, RecordLink } from '../shared/display';
import styles from '../shared/fields.module.css';
import { RecordPicker } from '../shared/picker';
import { referenceFilter, targetOf } from '../shared/reference';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, field, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  return (
    <span className={styles.tags} data-place={place}>
      {(value as Reference[]).map((one) => (
        <RecordLink key={one.id} reference={one} object={targetOf(field)} place={place} />
      ))}
    </span>
  );
}

const ReferencesInput = (props: InputProps) => <RecordPicker {...props} many object={targetOf(props.field)} />;

/** References to many records of another object. */
export default { Display, Input: ReferencesInput, Filter: referenceFilter, width: 200, listed: true } satisfies FieldType;

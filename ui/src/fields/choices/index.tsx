import { isEmpty } from '@/records/values';
import { Choose, choicesOf } from '../shared/choose';
import { ChoiceTag, Dash } from '../shared/display';
import styles from '../shared/fields.module.css';
import type { DisplayProps, FieldType, FilterProps, InputProps } from '../type';

function Display({ value, field, place }: DisplayProps) {
  if (isEmpty(value)) return <Dash />;
  return (
    <span className={styles.tags} data-place={place}>
      {(value as string[]).map((one) => (
        <ChoiceTag key={one} value={one} choices={field.options.choices} />
      ))}
    </span>
  );
}

const ChoicesInput = (props: InputProps) => <Choose {...props} many choices={choicesOf(props.field)} />;

/** A filter asks whether one value is among them. */
const Filter = ({ field, value, onChange }: FilterProps) => (
  <Choose field={field} value={value} onChange={onChange} choices={choicesOf(field)} />
);

/** Several values of a list. */
export default { Display, Input: ChoicesInput, Filter, width: 180, listed: true } satisfies FieldType;

import { isEmpty } from '@/records/values';
import { Choose, choicesOf } from '../shared/choose';
import { ChoiceTag, Dash } from '../shared/display';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, field }: DisplayProps) {
  return isEmpty(value) ? <Dash /> : <ChoiceTag value={value as string} choices={field.options.choices} />;
}

const ChoiceInput = (props: InputProps) => <Choose {...props} choices={choicesOf(props.field)} />;

/** One value of a list. */
export default { Display, Input: ChoiceInput, width: 120, picks: true, listed: true } satisfies FieldType;

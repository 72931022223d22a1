import { isReference } from '@/records/values';
import { Dash, Masked, Person } from '../shared/display';
import { referenceFilter, ReferenceInput } from '../shared/reference';
import type { DisplayProps, FieldType } from '../type';

function Display({ value }: DisplayProps) {
  if (!isReference(value)) return <Dash />;
  return value.masked || value.name === null ? <Masked /> : <Person name={value.name} />;
}

/** A user of the organisation. */
export default { Display, Input: ReferenceInput, Filter: referenceFilter, width: 130, picks: true, listed: true } satisfies FieldType;

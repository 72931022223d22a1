import { ReferenceDisplay, referenceFilter, ReferenceInput } from '../shared/reference';
import type { FieldType } from '../type';

/** A reference to one record of another object. */
export default { Display: ReferenceDisplay, Input: ReferenceInput, Filter: referenceFilter, width: 180, picks: true, listed: true } satisfies FieldType;

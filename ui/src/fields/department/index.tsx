import { ReferenceDisplay, referenceFilter, ReferenceInput } from '../shared/reference';
import type { DisplayProps, FieldType } from '../type';

const Display = (props: DisplayProps) => <ReferenceDisplay {...props} place={props.place === 'cell' ? 'words' : props.place} />;

/** A department of the organisation. */
export default { Display, Input: ReferenceInput, Filter: referenceFilter, width: 140, picks: true, listed: true } satisfies FieldType;

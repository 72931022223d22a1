import { ComputedDisplay } from '../shared/computed';
import type { FieldType } from '../type';

/** A value computed from other fields. */
export default { Display: ComputedDisplay, width: 130, listed: true } satisfies FieldType;

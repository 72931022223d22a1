import { ComputedDisplay } from '../shared/computed';
import type { FieldType } from '../type';

/** A figure over the records that point here. */
export default { Display: ComputedDisplay, width: 120, align: 'end', listed: true } satisfies FieldType;

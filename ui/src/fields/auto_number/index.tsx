import { TextDisplay } from '../shared/text';
import type { FieldType } from '../type';

/** A number given by the product; nobody writes it. */
export default { Display: TextDisplay, width: 160, listed: true } satisfies FieldType;

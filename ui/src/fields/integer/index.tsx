import { numberType } from '../shared/number';

/** A whole number. */
export default numberType({ whole: true }, { width: 110 });

import { numberType } from '../shared/number';

/** A number with decimals. */
export default numberType({});

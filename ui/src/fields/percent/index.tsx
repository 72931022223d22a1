import { numberType } from '../shared/number';

/** A percentage: `"12.5"` is 12.5 %. */
export default numberType({ suffix: '%' }, { width: 100 });

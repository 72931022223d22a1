export { compile, evaluate, type Test } from './filter';
export { compareDecimals, isDecimal } from './decimal';
export { isPeriod, periodOf, type Period } from './periods';
export { FilterError, type Environment, type Fields, type Record_ as FilterRecord, type Type } from './types';

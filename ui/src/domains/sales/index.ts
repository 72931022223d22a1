import type { DomainPart } from '../registry';
import { StagePath } from './stage-path';

/** What sales adds to the common pages: a deal shows its path. */
export default [{ object: 'opportunity', Head: StagePath, actions: ['win', 'lose', 'invalidate', 'invalid', 'reopen', 'move', 'stage'] }] satisfies DomainPart[];

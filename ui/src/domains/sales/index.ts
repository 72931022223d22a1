import type { DomainPart } from '../registry';
import { LeadState } from './lead-state';
import { StagePath } from './stage-path';

/** What sales adds to the common pages: a deal shows its path and how it ended, a lead whether it is worked on. */
export default [
  {
    object: 'opportunity',
    Head: StagePath,
    actions: ['win', 'lose', 'invalidate', 'reopen'],
    facts: ['stage', 'pipeline', 'outcome'],
    later: ['outcome', 'closed_at', 'lost_reason', 'invalid_reason', 'close_remark'],
    taken: { fields: ['pipeline', 'stage'], by: ['owner', 'pipeline', 'stage'], resets: { pipeline: ['stage'] } },
  },
  { object: 'lead', Head: LeadState, actions: ['invalidate', 'reopen'], later: ['failed_reason', 'status'] },
] satisfies DomainPart[];

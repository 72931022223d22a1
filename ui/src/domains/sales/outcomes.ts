/** How a deal ends, and what is asked then. The inputs of the actions stand for fields of the deal. */

export type Outcome = 'win' | 'lose' | 'invalidate';

export interface Asked {
  /** The name in the action's input. */
  input: string;
  /** The field of the deal that it is written to; its definition says how it is entered. */
  field: string;
  required?: boolean;
}

export const outcomeInputs: Record<Outcome, Asked[]> = {
  win: [
    { input: 'amount', field: 'amount' },
    { input: 'closed_at', field: 'closed_at' },
    { input: 'close_remark', field: 'close_remark' },
  ],
  lose: [
    { input: 'reason', field: 'lost_reason', required: true },
    { input: 'competitor', field: 'competitor' },
    { input: 'close_remark', field: 'close_remark' },
  ],
  invalidate: [
    { input: 'reason', field: 'invalid_reason', required: true },
    { input: 'close_remark', field: 'close_remark' },
  ],
};

/** The kind of a stage where deals stand that ended so. */
export const outcomeOfKind: Record<string, Outcome> = { won: 'win', lost: 'lose', invalid: 'invalidate' };

/**
 * Saves of one record go one after the other, and know of each other: a second field changed before the answer to the
 * first is there was changed on what the first made, not on what somebody else did.
 */
const waiting = new Map<string, Promise<unknown>>();
const steps = new Map<string, Map<number, number>>();

/** Runs `work` when the earlier saves of the record have ended, however they did. */
export function inTurn<T>(record: string, work: () => Promise<T>): Promise<T> {
  const turn = (waiting.get(record) ?? Promise.resolve()).then(work, work);
  waiting.set(record, turn);
  const leave = () => {
    if (waiting.get(record) === turn) waiting.delete(record);
  };
  turn.then(leave, leave);
  return turn;
}

/** Notes that a save of ours brought the record from one version to the next. */
export function stepped(record: string, from: number, to: number): void {
  const known = steps.get(record) ?? new Map<number, number>();
  steps.set(record, known.set(from, to));
}

/** The version that a record seen at `version` has by our own saves since. */
export function versionSince(record: string, version: number): number {
  const known = steps.get(record);
  let at = version;
  for (let next = known?.get(at); next !== undefined && next > at; next = known?.get(at)) at = next;
  return at;
}

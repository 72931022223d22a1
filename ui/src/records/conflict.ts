/** The question that a conflict asks, kept apart from the dialog that asks it, so that any save can await the answer. */
import type { RecordData } from '@/api/contract';

export interface ConflictQuestion {
  object: string;
  id: string;
  mine: Record<string, unknown>;
  theirs: RecordData;
}

/** Values to save after all; null to take theirs. */
export type ConflictAnswer = Record<string, unknown> | null;

type Ask = (question: ConflictQuestion) => Promise<ConflictAnswer>;

let ask: Ask | null = null;

/** The dialog makes itself known; the function returned takes it away again. */
export function provideConflictDialog(dialog: Ask): () => void {
  ask = dialog;
  return () => {
    if (ask === dialog) ask = null;
  };
}

/** Asks which side to keep. Without a dialog on screen theirs stands. */
export function askAboutConflict(question: ConflictQuestion): Promise<ConflictAnswer> {
  return ask ? ask(question) : Promise.resolve(null);
}

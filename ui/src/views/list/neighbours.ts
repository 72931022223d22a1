/** The order of the list one came from, so that a record page knows its next and previous. */
let last: { object: string; ids: string[] } = { object: '', ids: [] };

/** Keeps the ids of a list as they were when one opened a record from it. */
export function rememberRows(object: string, ids: string[]): void {
  last = { object, ids };
}

/** The records before and after one, in the list it was opened from. */
export function neighbours(object: string, id: string): { previous?: string; next?: string } {
  if (last.object !== object) return {};
  const at = last.ids.indexOf(id);
  return at < 0 ? {} : { previous: last.ids[at - 1], next: last.ids[at + 1] };
}

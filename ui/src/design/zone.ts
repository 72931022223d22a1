/** Between moments in UTC and the clock on the wall of a time zone. */

function offset(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(new Date(at));
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at / 1000) * 1000;
}

/** `2026-01-31T14:05:00`, the wall clock in a zone at a moment. */
export function wallTime(moment: string, zone: string): string {
  const at = Date.parse(moment);
  return new Date(at + offset(at, zone)).toISOString().slice(0, 19);
}

/** The moment at which the wall clock in a zone shows that time, in UTC with `Z`. */
export function momentOf(wall: string, zone: string): string {
  const naive = Date.parse(wall + 'Z');
  // The offset at the moment itself decides; near a change of clocks the first guess may be an hour off.
  const first = naive - offset(naive, zone);
  return new Date(naive - offset(first, zone)).toISOString().replace('.000Z', 'Z');
}

/** Days as numbers, and the moments at which they begin in a time zone. */

/** The first and last day of the calendar: 0001-01-01 and 9999-12-31. Days are counted from 1970-01-01. */
export const FIRST_DAY = daysOf(1, 1, 1);
export const LAST_DAY = daysOf(9999, 12, 31);

const MICROSECONDS_OF_DAY = 86_400_000_000n;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const MOMENT = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?(Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?$/;

/** The number of a day (month and day may run over). */
export function daysOf(year: number, month: number, day: number): number {
  const date = new Date(0);
  // setUTCFullYear, since Date.UTC takes the years 0–99 for 1900–1999.
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 86_400_000;
}

/** The year and month of a day. */
export function monthOf(day: number): { year: number; month: number } {
  const date = new Date(day * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 };
}

/** 0 for Monday … 6 for Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** The day of `YYYY-MM-DD`; null where there is no such date. */
export function parseDay(text: string): number | null {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || year === '0000') return null;
  const found = daysOf(Number(year), Number(month), Number(day));
  const back = new Date(found * 86_400_000);
  return back.getUTCMonth() + 1 === Number(month) && back.getUTCDate() === Number(day) ? found : null;
}

/** A moment in microseconds since 1970 (UTC), or a wall-clock time in microseconds that awaits a zone. */
export interface Moment {
  readonly at: bigint;
  readonly zoned: boolean;
}

/** The moment of ISO 8601 text; null where it is none. */
export function parseMoment(text: string): Moment | null {
  const [, date = '', hour, minute, second = '0', fraction = '', zone] = MOMENT.exec(text) ?? [];
  const day = parseDay(date);
  if (day === null) return null;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const wall = BigInt(day) * MICROSECONDS_OF_DAY + BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  if (zone === undefined) return { at: wall, zoned: false };
  const [, sign, hours = '0', minutes = '0'] = /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(zone) ?? [];
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * 60_000_000n;
  return { at: sign === '-' ? wall + offset : wall - offset, zoned: true };
}

/** The moment at which the day begins in the zone. */
export function startOfDay(day: number, timeZone: string): bigint {
  return localized(BigInt(day) * MICROSECONDS_OF_DAY, timeZone);
}

/** The day of a moment in the zone. */
export function dayOf(at: bigint, timeZone: string): number {
  const wall = at + offsetAt(at, timeZone);
  const day = wall / MICROSECONDS_OF_DAY;
  return Number(wall % MICROSECONDS_OF_DAY < 0n ? day - 1n : day);
}

/** The moment of a wall-clock time in the zone. As on the server, a time that a clock change skips counts on from
 * before it, and one that it repeats is the second. */
export function localized(wall: bigint, timeZone: string): bigint {
  const before = wall - offsetAt(wall - MICROSECONDS_OF_DAY, timeZone);
  const after = wall - offsetAt(wall + MICROSECONDS_OF_DAY, timeZone);
  if (wall - offsetAt(after, timeZone) === after) return after;
  return before;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clocks are ahead of UTC at a moment, in microseconds. */
function offsetAt(at: bigint, timeZone: string): bigint {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const seconds = at / 1_000_000n - (at % 1_000_000n < 0n ? 1n : 0n);
  const found: Record<string, string> = {};
  for (const part of format.formatToParts(Number(seconds) * 1000)) found[part.type] = part.value;
  const year = found.era?.startsWith('B') ? 1 - Number(found.year) : Number(found.year);
  const day = daysOf(year, Number(found.month), Number(found.day));
  const clock = Number(found.hour) * 3600 + Number(found.minute) * 60 + Number(found.second);
  return (BigInt(day) * 86_400n + BigInt(clock) - seconds) * 1_000_000n;
}

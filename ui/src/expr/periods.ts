/** Named periods (`today`, `last_30_days`, `this_fiscal_year`) as days; the same as on the server. */

import { FIRST_DAY, LAST_DAY, daysOf, monthOf, weekdayOf } from './calendar';

/** Days from `start` up to but not including `end`; null is open. */
export interface Period {
  readonly start: number | null;
  readonly end: number | null;
}

const SIZES: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12, fiscal_quarter: 3, fiscal_year: 12 };
const FIXED = /^(this|last|next)_(week|month|quarter|year|fiscal_quarter|fiscal_year)$/;
const COUNTED = /^(last|next)_([0-9]{1,5})_(day|week|month|quarter|year|fiscal_quarter|fiscal_year)s$/;
const AWAY = /^(older_than|more_than)_([0-9]{1,5})_days(_ahead)?$/;
const MAX_COUNT = 36_500;

/** Whether there is a period of the name. */
export function isPeriod(name: string): boolean {
  return periodOf(name, 0, 1) !== null;
}

/** The days of a period as seen from a day; null where there is none of the name. */
export function periodOf(name: string, today: number, fiscalStart: number): Period | null {
  if (name === 'today') return days(today, 0, 1);
  if (name === 'yesterday') return days(today, -1, 0);
  if (name === 'tomorrow') return days(today, 1, 2);
  const away = AWAY.exec(name);
  if (away !== null) {
    const count = Number(away[2]);
    if (count > MAX_COUNT || (away[1] === 'more_than') !== (away[3] !== undefined)) return null;
    if (away[1] === 'older_than') return { start: null, end: held(today - count) };
    return { start: held(today + count + 1), end: null };
  }
  const fixed = FIXED.exec(name);
  if (fixed !== null) return units(fixed[1] ?? '', 1, fixed[2] ?? '', today, fiscalStart);
  const counted = COUNTED.exec(name);
  if (counted === null || Number(counted[2]) > MAX_COUNT) return null;
  return units(counted[1] ?? '', Number(counted[2]), counted[3] ?? '', today, fiscalStart);
}

function units(which: string, count: number, unit: string, today: number, fiscalStart: number): Period {
  if (unit === 'day') return which === 'last' ? days(today, 1 - count, 1) : days(today, 0, count);
  const [first, last] = which === 'this' ? [0, 1] : which === 'last' ? [-count, 0] : [1, count + 1];
  if (unit === 'week') {
    const monday = held(today - weekdayOf(today));
    return days(monday, 7 * first, 7 * last);
  }
  const size = SIZES[unit] ?? 1;
  const offset = unit.startsWith('fiscal_') ? fiscalStart - 1 : 0;
  const { year, month } = monthOf(today);
  const index = year * 12 + month - 1 - offset;
  const start = index - (((index % size) + size) % size) + offset;
  return { start: firstOf(start + first * size), end: firstOf(start + last * size) };
}

function days(today: number, first: number, end: number): Period {
  return { start: held(today + first), end: held(today + end) };
}

/** The day, held within the calendar. */
function held(day: number): number {
  return Math.min(Math.max(day, FIRST_DAY), LAST_DAY);
}

/** The first day of a month counted from the year 0, held within the calendar. */
function firstOf(month: number): number {
  const year = Math.floor(month / 12);
  if (year < 1) return FIRST_DAY;
  return year > 9999 ? LAST_DAY : daysOf(year, (month % 12) + 1, 1);
}

/** Values as filters compare them: from a record, and from what a filter says. */

import { dayOf, localized, parseDay, parseMoment, type Moment } from './calendar';
import { decimalOf, isDecimal, isWhole } from './decimal';
import type { Environment, Type } from './types';

/** Numbers and durations are decimal strings, dates day numbers, moments microseconds, choices and references strings. */
export type Value = string | number | bigint | boolean | readonly string[];

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INT64 = /^-?[0-9]{1,19}$/;

/** A field's canonical value. What is not of its type (a number half typed in a form) counts as no value, and so do
 * many-valued fields without entries. */
export function fromRecord(value: unknown, type: Type): Value | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'text':
    case 'choice':
      return typeof value === 'string' ? value : null;
    case 'number':
      return decimal(isObject(value) ? value.amount : value);
    case 'integer':
    case 'duration': {
      const found = decimal(value);
      return found !== null && isWhole(found) ? found : null;
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? parseDay(value) : null;
    case 'datetime': {
      const found = typeof value === 'string' ? parseMoment(value) : null;
      return found?.zoned === true ? found.at : null;
    }
    case 'choices':
    case 'references': {
      const entries = Array.isArray(value) ? value.map((item) => (type === 'choices' ? text(item) : id(item))) : [];
      const found = entries.filter((item) => item !== null);
      return found.length > 0 ? found : null;
    }
    case 'reference':
      return id(value);
    case 'json':
      return true;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function decimal(value: unknown): string | null {
  if (typeof value === 'number') return decimalOf(value);
  return typeof value === 'string' && isDecimal(value) && !value.startsWith('+') ? value : null;
}

function id(value: unknown): string | null {
  const found = isObject(value) ? value.id : value;
  return typeof found === 'string' && ID.test(found) ? found : null;
}

/** A value that a filter says, as one of the type: its type may be another one of the same kind (a day beside a moment,
 * a fraction beside a whole number). Null if it cannot be one. */
export function coerced(value: string | number | boolean, type: Type): Constant | null {
  if (typeof value === 'boolean') return type === 'boolean' ? constant(type, value) : null;
  switch (type) {
    case 'text':
    case 'choice':
      return typeof value === 'string' ? constant(type, value) : null;
    case 'number':
    case 'integer':
    case 'duration': {
      const found = typeof value === 'number' ? decimalOf(value) : written(value);
      if (found === null) return null;
      if (type === 'duration') return isWhole(found) ? constant(type, found) : null;
      return constant(isWhole(found) && INT64.test(found) ? type : 'number', found);
    }
    case 'date': {
      const day = typeof value === 'string' ? parseDay(value) : null;
      return day === null ? null : constant(type, day);
    }
    case 'datetime': {
      if (typeof value !== 'string') return null;
      const day = parseDay(value);
      if (day !== null) return constant('date', day);
      const moment = parseMoment(value);
      return moment === null ? null : { type, value: (environment) => zoned(moment, environment) };
    }
    case 'reference':
      return typeof value === 'string' && ID.test(value.toLowerCase()) ? constant(type, value.toLowerCase()) : null;
    default:
      return null;
  }
}

/** A value that is the same for all records. */
export interface Constant {
  readonly type: Type;
  readonly value: (environment: Environment) => Value | null;
}

function constant(type: Type, value: Value): Constant {
  return { type, value: () => value };
}

/** A number written as text; spaces around do not matter, nor does a plus. */
function written(text: string): string | null {
  const found = text.trim();
  return /^[+-]?[0-9]{1,40}(\.[0-9]{1,20})?$/.test(found) ? found.replace('+', '') : null;
}

function zoned(moment: Moment, environment: Environment): bigint {
  return moment.zoned ? moment.at : localized(moment.at, environment.time_zone);
}

/** `@me` and its like; null where there is none of the name. */
export function placeholder(name: string): Constant | null {
  switch (name) {
    case '@me':
      return { type: 'reference', value: (environment) => environment.me ?? null };
    case '@my_department':
      return { type: 'reference', value: (environment) => environment.my_department ?? null };
    case '@my_departments':
      return { type: 'references', value: (environment) => environment.my_departments ?? null };
    case '@today':
      return { type: 'date', value: today };
    case '@now':
      return { type: 'datetime', value: now };
    default:
      return null;
  }
}

export function now(environment: Environment): bigint {
  return parseMoment(environment.now)?.at ?? 0n;
}

export function today(environment: Environment): number {
  return dayOf(now(environment), environment.time_zone);
}

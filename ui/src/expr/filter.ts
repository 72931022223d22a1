/** Filter JSON (DESIGN.md, section 6) on a record in the browser: dynamic rules of forms, rows that no longer belong to a
 * list. It means what it means on the server; `tests/vectors/expr.json` holds both to it. */

import { startOfDay } from './calendar';
import { compareDecimals } from './decimal';
import { isPeriod, periodOf } from './periods';
import { FilterError, type Environment, type Fields, type Record_, type Type } from './types';
import { coerced, fromRecord, placeholder, today, type Value } from './values';

/** A filter ready for many records. */
export type Test = (record: Record_, environment: Environment) => boolean;

/** What stands on one side of a comparison. */
interface Operand {
  readonly type: Type;
  readonly get: (record: Record_, environment: Environment) => Value | null;
}

const MAX_DEPTH = 20;
const OPERATORS = new Set([
  ...['=', '!=', '<', '<=', '>', '>=', 'in', 'not_in', 'between', 'not_between', 'within', 'not_within', 'is_null'],
  ...['is_not_null', 'contains', 'not_contains', 'starts_with', 'ends_with', 'has_any', 'has_all', 'has_none'],
]);
const NEGATED: Readonly<Record<string, string>> = {
  not_in: 'in',
  not_between: 'between',
  not_within: 'within',
  not_contains: 'contains',
  has_none: 'has_any',
};
const NUMBERS: readonly Type[] = ['number', 'integer'];
const TEXTS: readonly Type[] = ['text', 'choice'];
const DATES: readonly Type[] = ['date', 'datetime'];
const MANY: readonly Type[] = ['choices', 'references'];
const ORDERED: readonly Type[] = [...NUMBERS, ...TEXTS, ...DATES, 'duration'];

/** Whether the filter holds for the record. Throws `FilterError` for a filter that cannot be used. */
export function evaluate(filter: unknown, record: Record_, environment: Environment, fields: Fields): boolean {
  return compile(filter, fields)(record, environment);
}

/** The filter made ready for many records. Throws `FilterError` for one that cannot be used. */
export function compile(filter: unknown, fields: Fields): Test {
  return condition(filter, fields, '', 1);
}

function condition(data: unknown, fields: Fields, at: string, depth: number): Test {
  if (depth > MAX_DEPTH) throw new FilterError('expr_too_deep', at);
  if (!Array.isArray(data)) throw new FilterError('expr_filter_form', at);
  const list: readonly unknown[] = data;
  const [head, second, third] = list;
  const rest = list.slice(1);
  if ((head === 'and' || head === 'or') && rest.every(Array.isArray)) {
    const tests = rest.map((item, i) => condition(item, fields, `${at}/${i + 1}`, depth + 1));
    return head === 'and'
      ? (record, environment) => tests.every((test) => test(record, environment))
      : (record, environment) => tests.some((test) => test(record, environment));
  }
  if (head === 'not' && list.length === 2 && Array.isArray(second)) {
    return not(condition(second, fields, `${at}/1`, depth + 1));
  }
  if (head === 'any' && typeof second === 'string' && !OPERATORS.has(second)) {
    if (list.length === 2) return any(second, null, fields, at, depth);
    if (list.length === 3 && Array.isArray(third)) return any(second, third, fields, at, depth);
  }
  if (typeof head === 'string' && typeof second === 'string' && (list.length === 2 || list.length === 3)) {
    return test(head, second, third, list.length === 2, fields, at);
  }
  throw new FilterError('expr_filter_form', at);
}

function not(test: Test): Test {
  return (record, environment) => !test(record, environment);
}

function any(path: string, inner: unknown, fields: Fields, at: string, depth: number): Test {
  const of = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (of === undefined || typeof of === 'string') throw new FilterError('expr_unknown_path', `${at}/1`);
  const holds = inner === null ? () => true : condition(inner, of, `${at}/2`, depth + 1);
  return (record, environment) => {
    const children = lookup(record, path);
    return Array.isArray(children) && children.some((child) => isRecord(child) && holds(child, environment));
  };
}

function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the record has at the path: one key with dots, or nested. */
function lookup(record: Record_, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  const dot = path.indexOf('.');
  const first = path.slice(0, dot);
  const inner = dot > 0 && Object.hasOwn(record, first) ? record[first] : undefined;
  return isRecord(inner) ? lookup(inner, path.slice(dot + 1)) : undefined;
}

function field(path: string, fields: Fields, at: string): Operand {
  const type = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (typeof type !== 'string') throw new FilterError('expr_unknown_path', at);
  return { type, get: (record) => fromRecord(lookup(record, path), type) };
}

/** `[path, operator, data]`, or `[path, operator]` when `bare`. */
function test(path: string, operator: string, data: unknown, bare: boolean, fields: Fields, at: string): Test {
  const operand = field(path, fields, `${at}/0`);
  if (!OPERATORS.has(operator)) throw new FilterError('expr_unknown_operator', `${at}/1`);
  if (operator === 'is_null' || operator === 'is_not_null') {
    const wanted = bare ? true : data;
    if (typeof wanted !== 'boolean') throw new FilterError('expr_expects_boolean', `${at}/2`);
    return isNull(operand, wanted === (operator === 'is_null'));
  }
  if (bare) throw new FilterError('expr_value_missing', at);
  const positive = NEGATED[operator] ?? operator;
  const made = new Maker(operand, fields, at).make(positive, data);
  return positive === operator ? made : not(made);
}

function isNull(operand: Operand, wanted: boolean): Test {
  return (record, environment) => (operand.get(record, environment) === null) === wanted;
}

/** Makes the tests of one field. */
class Maker {
  private readonly there: string;

  constructor(
    private readonly operand: Operand,
    private readonly fields: Fields,
    private readonly at: string,
  ) {
    this.there = `${at}/2`;
  }

  make(operator: string, data: unknown): Test {
    switch (operator) {
      case 'in':
        return this.membership(data);
      case 'between':
        return this.between(data);
      case 'within':
        return this.within(data);
      case 'contains':
      case 'starts_with':
      case 'ends_with':
        return this.match(operator, data);
      case 'has_any':
      case 'has_all':
        return this.has(operator, data);
      default:
        return this.compare(operator, data, this.there);
    }
  }

  /** A value of the filter beside this field; null for JSON null. */
  private value(data: unknown, at: string, type: Type): Operand | null {
    if (data === null) return null;
    if (isRecord(data) && Object.keys(data).length === 1 && typeof data.field === 'string') {
      return field(data.field, this.fields, at);
    }
    const named = typeof data === 'string' && !TEXTS.includes(type) ? placeholder(data) : null;
    if (named !== null) return { type: named.type, get: (_, environment) => named.value(environment) };
    if (typeof data !== 'string' && typeof data !== 'number' && typeof data !== 'boolean') {
      throw new FilterError('expr_filter_value', at);
    }
    const found = coerced(data, type);
    // A text that does not read as the type is a slip of writing; any other value is of another type.
    const slip = typeof data === 'string' && type !== 'boolean' && type !== 'json';
    if (found === null) throw new FilterError(slip ? 'expr_literal' : 'expr_operands', slip ? at : this.at);
    return { type: found.type, get: (_, environment) => found.value(environment) };
  }

  private compare(operator: string, data: unknown, at: string): Test {
    const { operand } = this;
    if (data === null && (operator === '=' || operator === '!=')) return isNull(operand, operator === '=');
    if (MANY.includes(operand.type)) throw new FilterError('expr_many', this.at);
    const other = this.value(data, at, operand.type);
    const orders = operator !== '=' && operator !== '!=';
    if (orders && !ORDERED.includes(operand.type)) throw new FilterError('expr_operands', this.at);
    if (other === null) return () => false;
    if (!comparable(operand.type, other.type)) throw new FilterError('expr_operands', this.at);
    return (record, environment) => {
      const left = operand.get(record, environment);
      const right = other.get(record, environment);
      if (left === null || right === null) return operator === '!=';
      return holds(operator, compareValues(left, operand.type, right, other.type, environment));
    };
  }

  private items(data: unknown): readonly (readonly [unknown, string])[] {
    return Array.isArray(data) ? data.map((item: unknown, i) => [item, `${this.there}/${i}`] as const) : [[data, this.there]];
  }

  private membership(data: unknown): Test {
    const { operand } = this;
    if (MANY.includes(operand.type)) return this.has('has_any', data);
    const tests = this.items(data).map(([item, at]): Test => {
      const other = this.value(item, at, operand.type);
      if (other === null) return isNull(operand, true);
      if (!MANY.includes(other.type)) return this.compare('=', item, at);
      if (other.type !== `${operand.type}s`) throw new FilterError('expr_operands', at);
      return (record, environment) => {
        const value = operand.get(record, environment);
        return typeof value === 'string' && entries(other.get(record, environment)).includes(value);
      };
    });
    return (record, environment) => tests.some((one) => one(record, environment));
  }

  private between(data: unknown): Test {
    const ends: readonly unknown[] = Array.isArray(data) ? data : [];
    if (ends.length !== 2 || ends.every((end) => end === null)) throw new FilterError('expr_expects_two', this.there);
    const [low, high] = ends;
    const tests: Test[] = [];
    if (low !== null) tests.push(this.compare('>=', low, `${this.there}/0`));
    if (high !== null) tests.push(this.compare('<=', high, `${this.there}/1`));
    return (record, environment) => tests.every((one) => one(record, environment));
  }

  private within(data: unknown): Test {
    const { operand } = this;
    if (typeof data !== 'string' || !isPeriod(data)) throw new FilterError('expr_unknown_period', this.there);
    if (!DATES.includes(operand.type)) throw new FilterError('expr_type', `${this.at}/0`);
    return (record, environment) => {
      const value = operand.get(record, environment);
      const period = periodOf(data, today(environment), environment.fiscal_year_start);
      if (value === null || period === null) return false;
      const order = (day: number) => compareValues(value, operand.type, day, 'date', environment, true);
      return (period.start === null || order(period.start) >= 0) && (period.end === null || order(period.end) < 0);
    };
  }

  private match(operator: string, data: unknown): Test {
    const { operand } = this;
    if (MANY.includes(operand.type) && operator === 'contains') return this.has('has_any', data);
    if (!TEXTS.includes(operand.type)) throw new FilterError('expr_type', `${this.at}/0`);
    const other = this.value(data, this.there, 'text');
    if (other !== null && !TEXTS.includes(other.type)) throw new FilterError('expr_type', this.there);
    return (record, environment) => {
      const text = operand.get(record, environment);
      const part = other?.get(record, environment);
      if (typeof text !== 'string' || typeof part !== 'string') return false;
      const [inside, sought] = [lowered(text), lowered(part)];
      if (operator === 'contains') return inside.includes(sought);
      return operator === 'starts_with' ? inside.startsWith(sought) : inside.endsWith(sought);
    };
  }

  private has(operator: string, data: unknown): Test {
    const { operand } = this;
    if (!MANY.includes(operand.type)) throw new FilterError('expr_type', `${this.at}/0`);
    const element = operand.type === 'choices' ? 'choice' : 'reference';
    const others = this.items(data).map(([item, at]) => {
      const other = this.value(item, at, element);
      if (other === null) throw new FilterError('expr_filter_value', at);
      if (other.type !== element && other.type !== operand.type) throw new FilterError('expr_type', at);
      return other;
    });
    if (operator === 'has_all' && others.length === 0) throw new FilterError('expr_value_missing', this.at);
    return (record, environment) => {
      const own = entries(operand.get(record, environment));
      const wanted = others.flatMap((other) => {
        const found = other.get(record, environment);
        // What has no value is an entry that nothing has.
        return typeof found === 'string' || found === null ? [found] : [...entries(found)];
      });
      const has = (item: string | null) => item !== null && own.includes(item);
      return operator === 'has_any' ? wanted.some(has) : wanted.length > 0 && wanted.every(has);
    };
  }
}

function entries(value: Value | null): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function comparable(left: Type, right: Type): boolean {
  if (left === right) return left !== 'json' && !MANY.includes(left);
  return [NUMBERS, TEXTS, DATES].some((group) => group.includes(left) && group.includes(right));
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Negative, zero or positive. A moment beside a day is compared with the whole day, or with its beginning if asked. */
function compareValues(left: Value, of: Type, right: Value, as: Type, environment: Environment, beginning = false): number {
  if (of === 'date' && as === 'datetime') return -compareValues(right, as, left, of, environment);
  if (typeof left === 'bigint' && typeof right === 'number') {
    if (left < startOfDay(right, environment.time_zone)) return -1;
    if (beginning) return 0;
    return left < startOfDay(right + 1, environment.time_zone) ? 0 : 1;
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return NUMBERS.includes(of) || of === 'duration' ? compareDecimals(left, right) : compareTexts(left, right);
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By code points, as the database does; `<` on strings goes by halves of them. */
function compareTexts(left: string, right: string): number {
  const [a, b] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  for (;;) {
    const [one, other] = [a.next(), b.next()];
    if (one.done === true || other.done === true) return Number(one.done !== true) - Number(other.done !== true);
    const order = (one.value.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
}

/** A–Z as a–z; other letters stay, as on the server. */
function lowered(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

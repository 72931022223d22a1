import { describe, expect, it } from 'vitest';
import vectors from '../../../tests/vectors/expr.json';
import { dayOf, daysOf, localized, parseDay, parseMoment, startOfDay } from './calendar';
import { compareDecimals, decimalOf } from './decimal';
import { compile, evaluate } from './filter';
import { periodOf } from './periods';
import { FilterError, type Environment, type Fields, type Record_ } from './types';

interface Case {
  filter: unknown;
  environment?: Partial<Environment>;
  matches?: string[];
  error?: string;
}

const fields: Fields = vectors.fields as unknown as Fields;
const records: Record<string, Record_> = vectors.records;

describe('shared vectors', () => {
  it.each((vectors.cases as Case[]).map((one) => [JSON.stringify(one.filter).slice(0, 70), one] as const))('%s', (_, one) => {
    const environment: Environment = { ...vectors.environment, ...one.environment };
    if (one.error !== undefined) {
      let reason = 'none';
      try {
        compile(one.filter, fields);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        reason = error.reason;
      }
      expect(reason).toBe(one.error);
      return;
    }
    const found = Object.keys(records).filter((name) => evaluate(one.filter, records[name] ?? {}, environment, fields));
    expect(found).toEqual(one.matches);
  });
});

describe('values being typed', () => {
  const environment: Environment = vectors.environment;
  it.each([
    ['rate', '12.'],
    ['rate', 'x'],
    ['count', '1.5'],
    ['signed', '2026-02'],
    ['opened', '2026-01-31'],
    ['owner', 'someone'],
    ['active', 'yes'],
  ])('%s %s counts as none', (path, value) => {
    expect(evaluate([path, 'is_null'], { [path]: value }, environment, fields)).toBe(true);
  });

  it('does not take inherited names for fields', () => {
    expect(() => compile(['constructor', '=', 'x'], fields)).toThrow(FilterError);
    expect(() => compile(['__proto__', '=', 'x'], fields)).toThrow(FilterError);
    expect(() => compile(['any', 'toString'], fields)).toThrow(FilterError);
  });
});

describe('decimals', () => {
  it('are compared exactly', () => {
    const ascending = ['-100000000000000000000.01', '-100000000000000000000', '-2', '-1.5', '-0.1', '0', '0.09', '0.1', '1', '9', '10', '99.9', '100'];
    ascending.forEach((one, i) =>
      ascending.forEach((other, j) => expect(Math.sign(compareDecimals(one, other))).toBe(Math.sign(i - j))),
    );
    for (const [one, other] of [['1.0', '1'], ['-0', '0.00'], ['007', '7'], ['+5', '5']] as const) {
      expect(compareDecimals(one, other)).toBe(0);
    }
  });

  it('come from numbers', () => {
    expect([1e21, 1.5e-7, -2.5e22, 0.1, -0, 123456789012345680000].map(decimalOf)).toEqual([
      '1000000000000000000000',
      '0.00000015',
      '-25000000000000000000000',
      '0.1',
      '0',
      '123456789012345680000',
    ]);
    expect(decimalOf(Number.NaN)).toBeNull();
  });
});

describe('calendar', () => {
  it('knows dates that exist', () => {
    expect(['2024-02-29', '2023-02-29', '2026-04-31', '0000-01-01', '0001-01-01', '9999-12-31', '2026-1-1'].map((day) => parseDay(day) !== null)).toEqual(
      [true, false, false, false, true, true, false],
    );
  });

  it('follows clock changes as the server does', () => {
    const at = (text: string) => parseMoment(text)?.at ?? 0n;
    expect(localized(at('2026-03-29T01:30:00Z'), 'Europe/London')).toBe(at('2026-03-29T01:30:00Z'));
    expect(localized(at('2026-10-25T01:30:00Z'), 'Europe/London')).toBe(at('2026-10-25T01:30:00Z'));
    expect(startOfDay(daysOf(2026, 3, 8), 'America/Havana')).toBe(at('2026-03-08T05:00:00Z'));
    expect(dayOf(at('2026-01-31T15:59:59.999999Z'), 'Asia/Shanghai')).toBe(daysOf(2026, 1, 31));
    expect(dayOf(at('1969-12-31T16:00:00Z'), 'Asia/Shanghai')).toBe(daysOf(1970, 1, 1));
  });

  it('holds periods within the calendar', () => {
    const last = daysOf(9999, 12, 31);
    expect(periodOf('next_36500_years', last, 7)).toEqual({ start: last, end: last });
    expect(periodOf('last_36501_days', 0, 1)).toBeNull();
  });
});

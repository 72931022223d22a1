import { describe, expect, it } from 'vitest';
import { dayOf, formatCompact, formatDateTime, formatDecimal, formatDuration, formatMoney, formatRelativeDay, formatTimes, parseDuration } from './format';
import { momentOf, wallTime } from './zone';

describe('numbers', () => {
  it('keep every digit and get separators', () => {
    expect(formatDecimal('12345678901234567890.10')).toBe('12,345,678,901,234,567,890.10');
    expect(formatDecimal('-1234.5', 2)).toBe('-1,234.50');
    expect(formatDecimal('999')).toBe('999');
    expect(formatDecimal(0)).toBe('0');
  });

  it('become amounts with the sign of their currency', () => {
    expect(formatMoney({ amount: '1234.5', currency: 'CNY' })).toBe('¥1,234.50');
    expect(formatMoney({ amount: '-0.10', currency: 'USD' })).toBe('-$0.10');
    expect(formatMoney({ amount: '1200', currency: 'JPY' })).toBe('JP¥1,200');
    expect(formatMoney({ amount: '5', currency: 'CHF' })).toBe('CHF 5.00');
    expect(formatMoney({ amount: '33.335000', currency: 'CNY' })).toBe('¥33.34');
    expect(formatMoney({ amount: '-0.004', currency: 'CNY' })).toBe('¥0.00');
    expect(formatMoney({ amount: '999.5', currency: 'JPY' })).toBe('JP¥1,000');
    expect(formatMoney({ amount: '1.2345', currency: 'KWD' })).toBe('KWD 1.235');
  });
});

describe('sums in tight places', () => {
  it('keep four digits, with separators, in the units of the language', () => {
    expect(formatCompact(12_560_000, 'CNY', 'zh')).toBe('¥1,256万');
    expect(formatCompact(12_560_000, 'CNY', 'en')).toBe('¥12.56M');
    expect(formatCompact(482_453_000, 'CNY', 'zh')).toBe('¥4.825亿');
    expect(formatCompact(2_500_000_000, 'USD', 'en')).toBe('$2.5B');
    expect(formatCompact(9_800, 'CNY', 'zh')).toBe('¥9,800');
    expect(formatCompact(45_000, 'CNY', 'en')).toBe('¥45K');
    expect(formatCompact(-150_000, 'CNY', 'zh')).toBe('-¥15万');
  });
});

describe('times', () => {
  it('are those of the organisation, whatever the zone of the machine', () => {
    expect(formatDateTime('2026-01-31T18:05:00+00:00', 'Asia/Shanghai')).toBe('2026-02-01 02:05');
    expect(dayOf('2026-01-31T18:05:00+00:00', 'Asia/Shanghai')).toBe('2026-02-01');
    expect(dayOf('2026-01-31T18:05:00+00:00', 'America/New_York')).toBe('2026-01-31');
  });

  it('go to the wall clock and back, across a change of clocks too', () => {
    expect(wallTime('2026-01-31T18:05:00Z', 'Asia/Shanghai')).toBe('2026-02-01T02:05:00');
    expect(momentOf('2026-02-01T02:05:00', 'Asia/Shanghai')).toBe('2026-01-31T18:05:00Z');
    for (const moment of ['2026-03-08T06:59:00Z', '2026-03-08T07:01:00Z', '2026-11-01T12:00:00Z', '2026-07-01T00:00:00Z']) {
      expect(momentOf(wallTime(moment, 'America/New_York'), 'America/New_York')).toBe(moment);
    }
  });

  it('are told from today within a week and as the date beyond', () => {
    expect(formatRelativeDay('2026-02-01', '2026-02-01', 'zh')).toBe('今天');
    expect(formatRelativeDay('2026-01-31', '2026-02-01', 'en')).toBe('Yesterday');
    expect(formatRelativeDay('2026-01-29', '2026-02-01', 'zh')).toBe('3天前');
    expect(formatRelativeDay('2026-01-01', '2026-02-01', 'en')).toBe('2026-01-01');
  });
});

describe('durations', () => {
  const units = { hour: 'h', minute: 'min' };
  it('are read as people write them', () => {
    expect(parseDuration('1:05')).toBe(3900);
    expect(parseDuration('90')).toBe(5400);
    expect(parseDuration('1.5h')).toBe(5400);
    expect(parseDuration('2小时')).toBe(7200);
    expect(parseDuration('soon')).toBeNull();
  });

  it('are shown in hours and minutes', () => {
    expect(formatDuration(3900, units)).toBe('1 h 05 min');
    expect(formatDuration(7200, units)).toBe('2 h');
    expect(formatDuration(600, units)).toBe('10 min');
  });
});

describe('times beside each other', () => {
  it('have their seconds where their minutes are the same', () => {
    const at = (time: string) => `2026-01-31T${time}Z`;
    expect(formatTimes([at('02:05:40.5'), at('02:05:09.25'), at('02:04:59'), at('01:00:00'), at('01:00:00.5')], 'Asia/Shanghai')).toEqual([
      '10:05:40', '10:05:09', '10:04', '09:00', '09:00',
    ]); // prettier-ignore
    expect(formatTimes([at('02:05:40'), '2026-01-30T02:05:09Z'], 'UTC')).toEqual(['02:05', '02:05']);
  });
});

/** How numbers, amounts, dates and durations are written in each language, in the organisation's time zone. */
import type { Language, Money } from '@/api/contract';

const locale = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en-GB');
const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => T): T {
  let found = cache.get(key);
  if (!found) cache.set(key, (found = make()));
  return found as T;
}

/** The integer and fraction parts of a decimal string with separators; no digit passes through a float. */
export function formatDecimal(value: string | number, precision?: number): string {
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '0', fraction = ''] = match;
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const digits = precision === undefined ? fraction : fraction.padEnd(precision, '0').slice(0, Math.max(precision, fraction.length));
  return sign + grouped + (digits ? '.' + digits : '');
}

/** `"30.00"` as `30`: room for many decimals is for those who need them. */
export const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** A number that is no amount of money: with separators, and no more decimals than it has. */
export const formatNumber = (value: string | number): string => formatDecimal(trimZeros(String(value)));

const symbols: Record<string, string> = {
  CNY: '¥',
  USD: '$',
  EUR: '€',
  GBP: '£',
  JPY: 'JP¥',
  HKD: 'HK$',
  TWD: 'NT$',
  KRW: '₩',
};
/** How many decimals the currencies have that have not two (ISO 4217). */
const places = new Map<string, number>([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
]);

/** The number of decimals of a currency. */
export const currencyPlaces = (currency: string): number => places.get(currency) ?? 2;

/** A decimal string with at most so many decimals, halves away from zero. */
function rounded(value: string, precision: number): string {
  const match = /^(-?)(\d+)\.(\d+)$/.exec(value);
  if (!match || match[3]!.length <= precision) return value;
  const [, sign = '', whole = '0', fraction = ''] = match;
  const digits = BigInt(whole + fraction.slice(0, precision)) + (fraction[precision]! >= '5' ? 1n : 0n);
  const text = String(digits).padStart(precision + 1, '0');
  const cut = text.length - precision;
  return (digits === 0n ? '' : sign) + text.slice(0, cut) + (precision ? '.' + text.slice(cut) : '');
}

/** The sign of a currency, or its code where it has none of its own. */
export const currencySign = (currency: string): string => symbols[currency] ?? currency + ' ';

/** An amount with its currency, to its smallest unit. */
export function formatMoney(money: Money): string {
  const precision = currencyPlaces(money.currency);
  const amount = formatDecimal(rounded(money.amount, precision), precision);
  const sign = currencySign(money.currency);
  return amount.startsWith('-') ? '-' + sign + amount.slice(1) : sign + amount;
}

/** An amount cut to four digits in 万/亿 or K/M/B, for sums in tight places: `¥1,256万`, `¥12.56M`. */
export function formatCompact(value: number, currency: string, language: Language): string {
  const format = cached(`compact ${language}`, () =>
    new Intl.NumberFormat(locale(language), { notation: 'compact', maximumSignificantDigits: 4, useGrouping: true }),
  );
  // English of Britain writes m and bn; amounts in deals are known by M and B.
  const text = format.format(Math.abs(value)).replace(/(k|m|bn)$/, (unit) => ({ k: 'K', m: 'M', bn: 'B' })[unit] ?? unit);
  return (value < 0 ? '-' : '') + currencySign(currency) + text;
}

/** A whole number with separators. */
export function formatInteger(value: number | string): string {
  return formatDecimal(String(value));
}

/** `2026-01-31`, the same in both languages: it sorts and never misleads. */
export function formatDate(value: string): string {
  return value.slice(0, 10);
}

function parts(value: string, zone: string): Record<string, string> {
  const format = cached(`parts ${zone}`, () =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }),
  );
  return Object.fromEntries(format.formatToParts(new Date(value)).map((p) => [p.type, p.value]));
}

/** `2026-01-31 14:05` in a time zone. */
export function formatDateTime(value: string, zone: string): string {
  const p = parts(value, zone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

/** The day of a moment in a time zone, `2026-01-31`. */
export function dayOf(value: string | Date, zone: string): string {
  const p = parts(typeof value === 'string' ? value : value.toISOString(), zone);
  return `${p.year}-${p.month}-${p.day}`;
}

/** `2026-01-31 14:05:09` in a time zone. */
export function formatMoment(value: string, zone: string): string {
  return `${formatDateTime(value, zone)}:${parts(value, zone).second}`;
}

/** Moments as times, `14:05` in a time zone; those of one minute that are not of one second have theirs, `14:05:09`. */
export function formatTimes(values: string[], zone: string): string[] {
  const seconds = new Map<string, Set<string>>();
  const read = values.map((value) => {
    const p = parts(value, zone);
    const minute = `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
    seconds.set(minute, (seconds.get(minute) ?? new Set()).add(p.second!));
    return { minute, second: p.second };
  });
  return read.map(({ minute, second }) => minute.slice(11) + (seconds.get(minute)!.size > 1 ? `:${second}` : ''));
}

/** Whole days from one day to another (`YYYY-MM-DD`). */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** A day told from today: today, yesterday, in 3 days; the date itself past a week. */
export function formatRelativeDay(day: string, today: string, language: Language): string {
  const distance = daysBetween(today, day);
  if (Math.abs(distance) > 7) return day;
  const format = cached(`relative ${language}`, () => new Intl.RelativeTimeFormat(locale(language), { numeric: 'auto' }));
  const words = format.format(distance, 'day');
  return language === 'en' ? words.charAt(0).toUpperCase() + words.slice(1) : words;
}

/** Seconds as hours and minutes: `1 h 05 min`, `1 小时 05 分`. */
export function formatDuration(seconds: number, units: { hour: string; minute: string }): string {
  const sign = seconds < 0 ? '-' : '';
  const minutes = Math.round(Math.abs(seconds) / 60);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return `${sign}${rest} ${units.minute}`;
  return rest ? `${sign}${hours} ${units.hour} ${String(rest).padStart(2, '0')} ${units.minute}` : `${sign}${hours} ${units.hour}`;
}

/** `1:05`, `65`, `1.5h` → seconds; null where it cannot be read. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  let match = /^(\d+):([0-5]?\d)$/.exec(trimmed);
  if (match) return Number(match[1]) * 3600 + Number(match[2]) * 60;
  match = /^(\d+(?:\.\d+)?)\s*(h|小时|时)$/.exec(trimmed);
  if (match) return Math.round(Number(match[1]) * 3600);
  match = /^(\d+)\s*(m|min|分|分钟)?$/.exec(trimmed);
  return match ? Number(match[1]) * 60 : null;
}

/** A size in bytes, in the unit that keeps it short. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Decimal strings compared exactly, without floating point. */

const DECIMAL = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/;

/** Whether the text is a decimal (`-12.50`). */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** Whether the decimal has no fraction other than zeros. */
export function isWhole(text: string): boolean {
  return !/[1-9]/.test(DECIMAL.exec(text)?.[3] ?? '');
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. Both are decimals. */
export function compareDecimals(left: string, right: string): number {
  const a = parts(left);
  const b = parts(right);
  if (a.sign !== b.sign) return a.sign - b.sign;
  const size = compareText(a.whole, b.whole, a.whole.length - b.whole.length) || compareText(a.fraction, b.fraction, 0);
  return size === 0 ? 0 : size * a.sign;
}

interface Parts {
  readonly sign: number;
  readonly whole: string;
  readonly fraction: string;
}

/** The decimal without what does not count: zeros around, the sign of zero. */
function parts(text: string): Parts {
  const [, sign = '', digits = '', decimals = ''] = DECIMAL.exec(text) ?? [];
  const whole = digits.replace(/^0+/, '');
  const fraction = decimals.replace(/0+$/, '');
  if (whole === '' && fraction === '') return { sign: 0, whole, fraction };
  return { sign: sign === '-' ? -1 : 1, whole, fraction };
}

function compareText(a: string, b: string, first: number): number {
  return first !== 0 ? first : a < b ? -1 : a > b ? 1 : 0;
}

/** A JSON number as decimal text; null if it is not finite. */
export function decimalOf(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  const text = String(value);
  const [mantissa = '', exponent] = text.split('e');
  if (exponent === undefined) return text;
  const [, sign = '', digits = '', decimals = ''] = DECIMAL.exec(mantissa) ?? [];
  const shift = Number(exponent);
  const all = digits + decimals;
  const point = digits.length + shift;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`;
  if (point >= all.length) return sign + all + '0'.repeat(point - all.length);
  return `${sign}${all.slice(0, point)}.${all.slice(point)}`;
}

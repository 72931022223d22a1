/** Full-width digits and marks, separators and spaces as people type them, made plain; undefined where it is no number. */
export function readDecimal(text: string): string | null | undefined {
  const plain = text
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[,\s¥$€£%]/g, '')
    .replace(/。/g, '.');
  if (plain === '') return null;
  const match = /^([-+]?)(\d*)(?:\.(\d*))?([万亿]?)$/.exec(plain);
  if (!match || (!match[2] && !match[3])) return undefined;
  const [, sign, whole = '', fraction = '', unit] = match;
  const shift = unit === '亿' ? 8 : unit === '万' ? 4 : 0;
  const digits = fraction.padEnd(shift, '0');
  const integer = (whole + digits.slice(0, shift)).replace(/^0+(?=\d)/, '') || '0';
  const rest = digits.slice(shift);
  return (sign === '-' ? '-' : '') + integer + (rest ? '.' + rest : '');
}

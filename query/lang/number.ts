// Numbers as Go writes and reads them. One shortest-digits text, three notations: by size (API values), always plain
// (labels, the printer), always with exponent (alert values), plus OpenMetrics' form (`le`, `quantile`).

/** Digits and decimal exponent of a finite number other than 0: `±0.d1d2d3… × 10^point`. */
interface Decimal {
  readonly sign: string;
  readonly digits: string;
  readonly point: number;
}

function decimalOf(value: number): Decimal {
  // JavaScript's exponent form has the same shortest round-trip digits as Go's.
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e');
  return { sign: value < 0 ? '-' : '', digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** `NaN`, `+Inf`, `-Inf`, `0`, `-0`; undefined for all other numbers. */
function special(value: number, zero: string): string | undefined {
  if (value === 0) return Object.is(value, -0) ? `-${zero}` : zero;
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return undefined;
}

function plain({ sign, digits, point }: Decimal): string {
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function withExponent({ sign, digits, point }: Decimal): string {
  const exponent = point - 1;
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** As the HTTP API writes values: plain for 1e-6 ≤ |v| < 1e21, else with an exponent of two digits or more. */
export function formatApiValue(value: number): string {
  const text = special(value, '0');
  if (text !== undefined) return text;
  const size = Math.abs(value);
  const decimal = decimalOf(value);
  return size < 1e-6 || size >= 1e21 ? withExponent(decimal) : plain(decimal);
}

/** Always without exponent: labels made by `count_values`, and the printer. */
export function formatPlain(value: number): string {
  return special(value, '0') ?? plain(decimalOf(value));
}

/** Always with exponent: values of alerts (`1e+00`). */
export function formatExponent(value: number): string {
  return special(value, '0e+00') ?? withExponent(decimalOf(value));
}

/**
 * As Go's `%v` and `%g` choose: plain for 1e-4 ≤ |v| < 1e6, else with exponent; all digits, or `%.<digits>g`. Messages
 * that quote a number use it.
 */
export function formatGo(value: number, digits?: number): string {
  const text = special(value, '0');
  if (text !== undefined) return text;
  const decimal = decimalOf(digits === undefined ? value : Number(value.toPrecision(digits)));
  const exponent = decimal.point - 1;
  return exponent < -4 || exponent >= (digits ?? 6) ? withExponent(decimal) : plain(decimal);
}

/** Labels `le` and `quantile` as Prometheus 3 stores them: like `%g`, and a whole number has `.0` (`1` → `1.0`). */
export function formatOpenMetrics(value: number): string {
  const text = formatGo(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const words: Readonly<Record<string, number>> = { inf: Infinity, infinity: Infinity, nan: Number.NaN };
const decimalShape = /^(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const hexShape = /^0[xX](?:_?[0-9a-fA-F])+$/;
const octalShape = /^0(?:_?[0-7])+$/;

/**
 * A number as the language writes it, without sign: decimal, exponent, hexadecimal, octal (`010` is 8, as Go reads
 * it), `_` between digits, `Inf` and `NaN` in any case. Undefined where the text is none.
 */
export function parseNumber(text: string): number | undefined {
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  if (hexShape.test(text)) return Number(text.replaceAll('_', ''));
  if (octalShape.test(text)) return Number(`0o${text.slice(1).replaceAll('_', '')}`);
  if (!decimalShape.test(text)) return undefined;
  return Number(text.replaceAll('_', ''));
}

/** A number as text formats and series notation write it: like {@link parseNumber}, with an optional sign. */
export function parseSigned(text: string): number | undefined {
  const first = text[0];
  const value = parseNumber(first === '-' || first === '+' ? text.slice(1) : text);
  return value !== undefined && first === '-' ? -value : value;
}

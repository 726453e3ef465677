// Floating-point numbers of exposition formats: bytes to float64 with the grammar of Go's strconv.ParseFloat (decimal
// forms only: no hexadecimal, no underscores, as upstream's parser), and float64 to the text that `le` and `quantile`
// are normalised to.

/** Where a number ended, or why there is none. One is made per reader and reused, so that reading allocates nothing. */
export interface FloatCursor {
  /** Position behind the number; `NOT_A_NUMBER` or `OUT_OF_RANGE` where there is none. */
  end: number;
}

export const NOT_A_NUMBER = -1;
export const OUT_OF_RANGE = -2;

/** Powers of ten that float64 holds exactly: dividing or multiplying an exact integer by them rounds once. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Digits add up exactly as long as their sum is not above this. */
const EXACT_MANTISSA = 2 ** 53;

/**
 * Reads the number at `body[from]`. The bytes behind it must end it: some byte there is not part of a number (callers
 * keep a line feed behind the body). Up to 15 digits, and many of 16, are converted by hand, correctly rounded (an exact
 * integer and an exact power of ten make one rounding); more by `Number`.
 */
export function readFloat(body: Uint8Array, from: number, cursor: FloatCursor): number {
  let p = from;
  let c = body[p];
  const negative = c === 45;
  if (negative || c === 43) c = body[++p];
  let mantissa = 0;
  const first = p;
  while (c >= 48 && c <= 57) {
    mantissa = mantissa * 10 + (c - 48);
    c = body[++p];
  }
  let digits = p - first;
  let scale = 0;
  if (c === 46) {
    const point = p;
    c = body[++p];
    while (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      c = body[++p];
    }
    scale = p - point - 1;
    digits += scale;
  }
  if (digits === 0) return readWord(body, from, cursor);
  if (c === 101 || c === 69) return readExponent(body, from, p, mantissa, scale, cursor);
  cursor.end = p;
  if (mantissa > EXACT_MANTISSA || scale > 22) return readLong(body, from, p, cursor);
  const value = scale === 0 ? mantissa : mantissa / EXACT_POWERS[scale];
  return negative ? -value : value;
}

/** The rest of a number with an exponent; `at` is the place of the `e`. */
function readExponent(
  body: Uint8Array,
  from: number,
  at: number,
  mantissa: number,
  scale: number,
  cursor: FloatCursor,
): number {
  let p = at + 1;
  let c = body[p];
  const negative = c === 45;
  if (negative || c === 43) c = body[++p];
  const first = p;
  let exponent = 0;
  while (c >= 48 && c <= 57) {
    exponent = exponent * 10 + (c - 48);
    c = body[++p];
  }
  if (p === first) {
    cursor.end = NOT_A_NUMBER;
    return 0;
  }
  cursor.end = p;
  const power = (negative ? -exponent : exponent) - scale;
  if (mantissa <= EXACT_MANTISSA && power >= -22 && power <= 22) {
    const value = power < 0 ? mantissa / EXACT_POWERS[-power] : mantissa * EXACT_POWERS[power];
    return body[from] === 45 ? -value : value;
  }
  return readLong(body, from, p, cursor);
}

/** What the fast ways cannot do exactly. */
function readLong(body: Uint8Array, from: number, to: number, cursor: FloatCursor): number {
  const value = Number(ascii(body, from, to));
  if (!Number.isFinite(value)) cursor.end = OUT_OF_RANGE;
  return value;
}

/** `NaN`, `Inf`, `Infinity`, in any case; the infinities with or without a sign. */
function readWord(body: Uint8Array, from: number, cursor: FloatCursor): number {
  const signed = body[from] === 45 || body[from] === 43;
  const start = signed ? from + 1 : from;
  if (!signed && wordAt(body, start, 'nan')) {
    cursor.end = start + 3;
    return Number.NaN;
  }
  if (!wordAt(body, start, 'inf')) {
    cursor.end = NOT_A_NUMBER;
    return 0;
  }
  cursor.end = wordAt(body, start, 'infinity') ? start + 8 : start + 3;
  return body[from] === 45 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function wordAt(body: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if ((body[at + i] | 32) !== word.charCodeAt(i)) return false;
  return true;
}

function ascii(body: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(body[i]);
  return text;
}

/**
 * The text of a bucket bound or quantile after normalising, as OpenMetrics writes floats: shortest digits, always with
 * a point or an exponent (`1` is `1.0`, `1000000` is `1e+06`). Text that is no number comes back unchanged.
 */
export function normalizeBound(text: string): string {
  const known = normalized.get(text);
  if (known !== undefined) return known;
  const bytes = Buffer.from(`${text}\n`);
  const cursor: FloatCursor = { end: 0 };
  const value = readFloat(bytes, 0, cursor);
  const bound = cursor.end === bytes.length - 1 ? openMetricsFloat(value) : text;
  if (normalized.size >= NORMALIZED_MAX) normalized.clear();
  normalized.set(text, bound);
  return bound;
}

/** Programs share a few sets of bounds, each repeated for hundreds of series. */
const normalized = new Map<string, string>();
const NORMALIZED_MAX = 4096;

/** Go's `%g` with shortest digits (an exponent below 1e-4 and from 1e6 on), plus `.0` for integers. */
export function openMetricsFloat(value: number): string {
  if (value !== value) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return '0.0';
  const [digits, exponentText] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

// Numbers as the API writes them, straight into bytes: the shortest digits that read back as the same float64, plain
// between 1e-6 and 1e21, else with an exponent of at least two digits; `NaN`, `+Inf`, `-Inf`, `-0`. No text, no
// garbage: answers have hundreds of thousands of them.
//
// Short decimals (most samples) are found by scaling to an integer of at most 15 digits and dividing back: a division
// of two exact numbers is correctly rounded, and of decimals with at most 15 digits no two are the same float, so
// what divides back is the shortest. True floats are scaled to 17 digits in double-double arithmetic (about 104
// bits) and rounded to 15, 16 or 17 digits, the first that lies within half a unit in the last place. Where that
// cannot be told for certain (ties, powers of two, the far ends of the range) JavaScript's own digits are taken.

/** Room that one number needs at most. */
export const MAX_NUMBER_BYTES = 32;

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Exact powers of ten. */
const POW10 = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Two digits of 0-99. */
const PAIRS = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  PAIRS[i * 2] = ZERO + Math.trunc(i / 10);
  PAIRS[i * 2 + 1] = ZERO + (i % 10);
}

const digits = new Uint8Array(24);
const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/**
 * Whether the last number was no short decimal: then the next one mostly is none either (rates, averages), and the
 * attempts at short forms are left out. Both ways write the same.
 */
let isAmongFloats = false;

/** Writes `v` at `at`; gives the place behind it. There must be room for MAX_NUMBER_BYTES. */
export function writeNumber(v: number, bytes: Uint8Array, at: number): number {
  single[0] = v;
  return writeNumberOf(single, 0, bytes, at);
}

const single = new Float64Array(1);

/**
 * As writeNumber, for `values[k]`. A float64 that is handed to a function that is not inlined costs an object on the
 * heap, so here and below numbers go from function to function through typed arrays.
 */
export function writeNumberOf(values: Float64Array, k: number, bytes: Uint8Array, at: number): number {
  const v = values[k];
  let p = at;
  let a = v;
  if (v < 0) {
    bytes[p++] = MINUS;
    a = -v;
  }
  if (a < 2147483648 && a === (a | 0)) {
    if (a === 0 && 1 / v < 0) bytes[p++] = MINUS;
    return writeInteger(a | 0, bytes, p);
  }
  if (v - v !== 0) return writeSpecial(v, bytes, at);
  if (a < 1e-6 || a >= 1e15) {
    float[0] = a;
    return writeFloat(bytes, p);
  }
  if (!isAmongFloats) {
    // Few decimals: scaled by a thousand, a small integer.
    const scaled = a * 1000;
    if (scaled < 2147483647) {
      const r = (scaled + 0.5) | 0;
      if (r / 1000 === a) return writeThousandths(r, bytes, p);
    }
    float[0] = a;
    const decimals = 14 - magnitudeOfFloat();
    const r = Math.round(a * POW10[decimals]);
    if (r / POW10[decimals] === a) {
      float[0] = r;
      return writeDecimal(decimals, bytes, p);
    }
    isAmongFloats = true;
  }
  float[0] = a;
  return writeFloat(bytes, p);
}

function writeSpecial(v: number, bytes: Uint8Array, at: number): number {
  const text = v !== v ? 'NaN' : v > 0 ? '+Inf' : '-Inf';
  return writeAscii(text, bytes, at);
}

function writeAscii(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Writes a whole number below 2^31. */
export function writeInteger(n: number, bytes: Uint8Array, at: number): number {
  if (n < 10) {
    bytes[at] = ZERO + n;
    return at + 1;
  }
  const size =
    n < 100
      ? 2
      : n < 1e3
        ? 3
        : n < 1e4
          ? 4
          : n < 1e5
            ? 5
            : n < 1e6
              ? 6
              : n < 1e7
                ? 7
                : n < 1e8
                  ? 8
                  : n < 1e9
                    ? 9
                    : 10;
  writeFixed(n, size, bytes, at);
  return at + size;
}

/** Writes the last `size` digits of a whole number below 2^31, zeros in front. */
function writeFixed(n: number, size: number, bytes: Uint8Array, at: number): void {
  let rest = n;
  let p = at + size;
  for (; p - at >= 2; p -= 2) {
    const quotient = (rest / 100) | 0;
    const pair = (rest - quotient * 100) * 2;
    bytes[p - 2] = PAIRS[pair];
    bytes[p - 1] = PAIRS[pair + 1];
    rest = quotient;
  }
  if (p > at) bytes[at] = ZERO + (rest % 10);
}

/** Writes eight digits. */
function writeEight(n: number, bytes: Uint8Array, at: number): void {
  const high = (n / 10000) | 0;
  const low = n - high * 10000;
  const a = (high / 100) | 0;
  const b = high - a * 100;
  const c = (low / 100) | 0;
  const d = low - c * 100;
  bytes[at] = PAIRS[a * 2];
  bytes[at + 1] = PAIRS[a * 2 + 1];
  bytes[at + 2] = PAIRS[b * 2];
  bytes[at + 3] = PAIRS[b * 2 + 1];
  bytes[at + 4] = PAIRS[c * 2];
  bytes[at + 5] = PAIRS[c * 2 + 1];
  bytes[at + 6] = PAIRS[d * 2];
  bytes[at + 7] = PAIRS[d * 2 + 1];
}

/** Writes the 17 digits `high`, `low`, nine and eight. */
function writeSeventeen(high: number, low: number, bytes: Uint8Array, at: number): void {
  const first = (high / 1e8) | 0;
  bytes[at] = ZERO + first;
  writeEight(high - first * 1e8, bytes, at + 1);
  writeEight(low, bytes, at + 9);
}

/** Writes thousandths below 2^31, trailing zeros of the fraction left out. */
function writeThousandths(n: number, bytes: Uint8Array, at: number): number {
  const whole = (n / 1000) | 0;
  const fraction = n - whole * 1000;
  let p = writeInteger(whole, bytes, at);
  if (fraction === 0) return p;
  bytes[p++] = POINT;
  writeFixed(fraction, 3, bytes, p);
  p += 3;
  while (bytes[p - 1] === ZERO) p--;
  return p;
}

/** Writes `float[0] / 10^decimals`, a whole number of at most 15 digits. */
function writeDecimal(decimals: number, bytes: Uint8Array, at: number): number {
  const r = float[0];
  const whole = Math.floor(r / POW10[decimals]);
  let p = whole < 2147483648 ? writeInteger(whole, bytes, at) : writeLarge(whole, bytes, at);
  const fraction = r - whole * POW10[decimals];
  if (fraction === 0) return p;
  bytes[p++] = POINT;
  const tail = Math.min(decimals, 8);
  const high = Math.floor(fraction / POW10[tail]);
  if (decimals > tail) writeFixed(high, decimals - tail, bytes, p);
  writeFixed(fraction - high * POW10[tail], tail, bytes, p + decimals - tail);
  p += decimals;
  while (bytes[p - 1] === ZERO) p--;
  return p;
}

/** Writes a whole number from 2^31 to 10^15. */
function writeLarge(n: number, bytes: Uint8Array, at: number): number {
  const high = Math.floor(n / 1e8);
  const p = writeInteger(high, bytes, at);
  writeFixed(n - high * 1e8, 8, bytes, p);
  return p + 8;
}

/** floor(log10(float[0])), for numbers between 1e-250 and 1e250. */
function magnitudeOfFloat(): number {
  const binary = ((words[1] >>> 20) & 0x7ff) - 1023;
  // The binary exponent leaves two candidates. 1233 / 4096 is log10(2) closely enough for all exponents.
  const least = (binary * 1233) >> 12;
  const index = least + 1 + POWER_BASE;
  if (powerHigh[index] === 0) preparePower(least + 1);
  return float[0] >= powerHigh[index] ? least + 1 : least;
}

/** Writes `count` digits of `digits`, the first of which has the weight 10^magnitude. */
function writePlaced(count: number, magnitude: number, bytes: Uint8Array, at: number): number {
  if (magnitude < -6 || magnitude >= 21) return writeScientific(count, magnitude, bytes, at);
  let p = at;
  let next = 0;
  if (magnitude < 0) {
    bytes[p++] = ZERO;
    bytes[p++] = POINT;
    for (let zeros = -1; zeros > magnitude; zeros--) bytes[p++] = ZERO;
  } else {
    for (; next <= magnitude; next++) bytes[p++] = next < count ? digits[next] : ZERO;
    if (next < count) bytes[p++] = POINT;
  }
  for (; next < count; next++) bytes[p++] = digits[next];
  return p;
}

function writeScientific(count: number, magnitude: number, bytes: Uint8Array, at: number): number {
  let p = at;
  bytes[p++] = digits[0];
  if (count > 1) bytes[p++] = POINT;
  for (let i = 1; i < count; i++) bytes[p++] = digits[i];
  bytes[p++] = 0x65;
  bytes[p++] = magnitude < 0 ? MINUS : 0x2b;
  const size = Math.abs(magnitude);
  if (size < 10) bytes[p++] = ZERO;
  return writeInteger(size, bytes, p);
}

/** 10^e as a sum of two float64, by e + POWER_BASE; made when first needed. */
const POWER_BASE = 300;
const powerHigh = new Float64Array(600);
const powerLow = new Float64Array(600);

function preparePower(exponent: number): void {
  const high = Number(`1e${exponent}`);
  // The low part is what the nearest float64 lacks: in integers, scaled so that all parts are whole.
  const saved = float[0];
  float[0] = high;
  const binary = ((words[1] >>> 20) & 0x7ff) - 1075;
  const mantissa = (BigInt((words[1] & 0xfffff) | 0x100000) << 32n) | BigInt(words[0]);
  float[0] = saved;
  const shift = Math.max(0, -binary) + 120;
  const scaled = 1n << BigInt(shift);
  const exact = exponent >= 0 ? 10n ** BigInt(exponent) * scaled : scaled / 10n ** BigInt(-exponent);
  const missing = Number(exact - (mantissa << BigInt(shift + binary)));
  powerHigh[exponent + POWER_BASE] = high;
  powerLow[exponent + POWER_BASE] = missing / 2 ** 120 / 2 ** (shift - 120);
}

/** Half a unit in the last place by biased binary exponent. */
const HALF_UNITS = Float64Array.from({ length: 2048 }, (_, biased) => 2 ** (biased - 1023 - 53));

/** Closer to a boundary than this (in units of the 17th digit) the arithmetic here is not to be trusted. */
const DOUBT = 1e-5;
/** Splits a float64 into halves of 26 bits (Veltkamp). */
const SPLITTER = 134217729;

/** Writes the positive number `float[0]`, whose shortest form is not known to be short. */
function writeFloat(bytes: Uint8Array, at: number): number {
  const a = float[0];
  // A power of two has a nearer neighbour below than above.
  if (a < 1e-250 || a > 1e250 || (words[0] === 0 && (words[1] & 0xfffff) === 0))
    return writeByText(bytes, at);
  const magnitude = magnitudeOfFloat();
  const index = 16 - magnitude + POWER_BASE;
  if (powerHigh[index] === 0) preparePower(16 - magnitude);
  const scale = powerHigh[index];
  const half = HALF_UNITS[(words[1] >>> 20) & 0x7ff] * scale;

  // a × 10^(16 - magnitude) = whole + rest, with whole an integer of 17 digits: product of float64s and its exact
  // error (Dekker), and the part that the power's low half adds.
  const whole = a * scale;
  const aBig = a * SPLITTER;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const sBig = scale * SPLITTER;
  const sHigh = sBig - (sBig - scale);
  const sLow = scale - sHigh;
  const rest = aLow * sLow - (whole - aHigh * sHigh - aLow * sHigh - aHigh * sLow) + a * powerLow[index];

  // Off by one now and then; then `low` is out of range, which is looked at next.
  const high = (whole * 1e-8) | 0;
  const low = whole - high * 1e8 + rest;
  if (low < 0 || high < 1e8) return writeByText(bytes, at);

  // To a multiple of 100, else of 10, else of 1 (15, 16, 17 digits): the first within half a unit.
  let rounded = ((low * 0.01 + 0.5) | 0) * 100;
  let off = Math.abs(rounded - low);
  if (off < half + DOUBT) isAmongFloats = false;
  else {
    rounded = ((low * 0.1 + 0.5) | 0) * 10;
    off = Math.abs(rounded - low);
    let tie = 5;
    if (off >= half + DOUBT) {
      rounded = (low + 0.5) | 0;
      off = Math.abs(rounded - low);
      tie = 0.5;
    }
    if (Math.abs(off - tie) < DOUBT) return writeByText(bytes, at);
  }
  if (off > half - DOUBT) return writeByText(bytes, at);
  if (rounded < 1e8) return writeDigits(high, rounded, magnitude, bytes, at);
  return high + 1 < 1e9 ? writeDigits(high + 1, 0, magnitude, bytes, at) : writeByText(bytes, at);
}

/** Writes the 17 digits `high`, `low` (nine and eight), the first of which has the weight 10^magnitude. */
function writeDigits(high: number, low: number, magnitude: number, bytes: Uint8Array, at: number): number {
  if (magnitude >= 16 || magnitude < -6) {
    writeSeventeen(high, low, digits, 0);
    let count = 17;
    while (count > 1 && digits[count - 1] === ZERO) count--;
    return writePlaced(count, magnitude, bytes, at);
  }
  let p = at;
  if (magnitude < 0) {
    bytes[p++] = ZERO;
    bytes[p++] = POINT;
    for (let zeros = -1; zeros > magnitude; zeros--) bytes[p++] = ZERO;
    writeSeventeen(high, low, bytes, p);
    p += 17;
    while (bytes[p - 1] === ZERO) p--;
    return p;
  }
  // One place further on, then the whole part moves back to make room for the point.
  writeSeventeen(high, low, bytes, p + 1);
  for (let i = 0; i <= magnitude; i++, p++) bytes[p] = bytes[p + 1];
  bytes[p] = POINT;
  p = at + 18;
  while (bytes[p - 1] === ZERO) p--;
  return bytes[p - 1] === POINT ? p - 1 : p;
}

/** Writes `float[0]` by way of JavaScript's own shortest digits. */
function writeByText(bytes: Uint8Array, at: number): number {
  const [mantissa, exponent] = float[0].toExponential().split('e');
  const text = mantissa.replace('.', '');
  writeAscii(text, digits, 0);
  return writePlaced(text.length, Number(exponent), bytes, at);
}

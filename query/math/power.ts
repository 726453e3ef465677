// The operator `^` as Go's math.Pow works it out. Its whole powers come from repeated squaring, whose rounding errors
// double with every step: 1.00000005^1.8e9 is 6e-8 off. Answers are to equal Prometheus's there too.

/** Exponents whose power is infinite or 0, whatever the base is. */
const HUGE = 2 ** 63;
/** Binary exponents beyond this leave the float64 range whatever else comes. */
const MAX_BINARY = 4096;

const bits = new DataView(new ArrayBuffer(8));

/** `base` to the `exponent`; unlike JavaScript's, 1^NaN, 1^±Inf and (-1)^±Inf are 1. */
export function power(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1;
  if (exponent === 1) return base;
  if (exponent === 2) return base * base;
  const isPlain = Number.isFinite(base) && base !== 0 && Number.isFinite(exponent);
  if (!isPlain) return base === -1 && !Number.isNaN(exponent) ? 1 : base ** exponent;
  if (exponent === 0.5) return Math.sqrt(base);
  if (exponent === -0.5) return 1 / Math.sqrt(base);
  const size = Math.abs(exponent);
  const whole = Math.trunc(size);
  if (whole !== size && base < 0) return NaN;
  if (whole >= HUGE) {
    if (base === -1) return 1;
    return Math.abs(base) < 1 === exponent > 0 ? 0 : Infinity;
  }
  return bySquaring(base, exponent, whole, size - whole);
}

/** base^(whole + part), or one by it where `exponent` is negative, as mantissa and binary exponent until the end. */
function bySquaring(base: number, exponent: number, whole: number, part: number): number {
  let result = 1;
  let binary = 0;
  let rest = whole;
  if (part > 0.5) rest++;
  if (part !== 0) result = Math.exp((part > 0.5 ? part - 1 : part) * Math.log(base));
  let squareBinary = binaryExponent(base);
  let square = scale(base, -squareBinary);
  while (rest !== 0) {
    if (Math.abs(squareBinary) > MAX_BINARY) {
      binary += squareBinary;
      break;
    }
    if (rest % 2 === 1) {
      result *= square;
      binary += squareBinary;
    }
    square *= square;
    squareBinary *= 2;
    if (square < 0.5) {
      square += square;
      squareBinary--;
    }
    rest = Math.floor(rest / 2);
  }
  if (exponent < 0) {
    result = 1 / result;
    binary = -binary;
  }
  return scale(result, binary);
}

/** The e for which |v| = m × 2^e and 0.5 ≤ m < 1; v is finite and not 0. */
function binaryExponent(v: number): number {
  bits.setFloat64(0, v);
  const stored = (bits.getUint16(0) >>> 4) & 0x7ff;
  return stored === 0 ? binaryExponent(v * 2 ** 64) - 64 : stored - 1022;
}

/** v × 2^exponent, in two steps of which the first is exact: a power of two beyond the range would be 0 or infinite. */
function scale(v: number, exponent: number): number {
  const first = exponent > 1000 ? 1000 : exponent < -1000 ? -900 : 0;
  return v * 2 ** first * 2 ** (exponent - first);
}

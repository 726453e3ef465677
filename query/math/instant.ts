// Functions of one value. Where Go and JavaScript disagree (min and max of NaN and infinities, logarithms of exact
// powers), Go's answer is given.

/** A function of one number. */
export type Unary = (v: number) => number;

/** Go's math.Min: an infinity below wins over NaN. */
export function goMin(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

/** Go's math.Max: an infinity above wins over NaN. */
export function goMax(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** The value within [min, max]; callers drop everything where `max` < `min`. */
export function clamp(v: number, min: number, max: number): number {
  return goMax(min, goMin(max, v));
}

/** Rounds to a multiple of `1 / inverse`, halves up. Multiplying by the inverse is what upstream does. */
export function roundTo(v: number, inverse: number): number {
  return Math.floor(v * inverse + 0.5) / inverse;
}

/** Beyond this Go halves e^|v| for sinh and cosh, which overflows a little earlier than the functions themselves. */
const HALF_EXP_FROM = 21;

function goSinh(v: number): number {
  return Math.abs(v) > HALF_EXP_FROM ? Math.sign(v) * Math.exp(Math.abs(v)) * 0.5 : Math.sinh(v);
}

function goCosh(v: number): number {
  return Math.abs(v) > HALF_EXP_FROM ? Math.exp(Math.abs(v)) * 0.5 : Math.cosh(v);
}

/** The functions of one value by their PromQL names. */
export const unaryFunctions: Readonly<Record<string, Unary>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: goSinh,
  cosh: goCosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (v) => (v * Math.PI) / 180,
  deg: (v) => (v * 180) / Math.PI,
  sgn: (v) => (v < 0 ? -1 : v > 0 ? 1 : v),
};

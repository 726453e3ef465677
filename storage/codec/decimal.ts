// Floats as scaled integers. Most values that programs expose were decimals with a few places before they became
// floats, or integers times a power of two: value = integer / 10^e, or integer × 2^e, exactly, for a whole column.

/** Powers of ten that a float64 holds exactly. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, e) => Number(`1e${e}`));
/** More places than this leave no room for the digits in front. */
export const PLACES_MAX = 18;

const INTEGER_MAX = 2 ** 53;

/**
 * Finds the fewest decimal places with which every value is `integer / 10^places` bit for bit, and writes the integers.
 * Values are finite, -0 is not among them.
 * @returns places, or -1 where there are none
 */
export function toDecimal(values: Float64Array, count: number, integers: Float64Array): number {
  let places = 0;
  let power = 1;
  for (let i = 0; i < count; i++) {
    const v = values[i];
    const n = Math.round(v * power);
    if (n / power !== v) {
      // Where places suffice for a value, more do too, as long as the integer stays exact: so they only grow, and
      // all begins anew.
      do {
        if (places === PLACES_MAX) return -1;
        power = POWERS_OF_TEN[++places];
      } while (Math.round(v * power) / power !== v);
      i = -1;
      continue;
    }
    if (n > INTEGER_MAX || n < -INTEGER_MAX) return -1;
    // Math.round gives -0 for small negative numbers, and these divide to -0.
    integers[i] = n + 0;
  }
  return places;
}

/** Divides integers by 10^places in place. */
export function fromDecimal(values: Float64Array, from: number, to: number, places: number): void {
  if (places === 0) return;
  const power = POWERS_OF_TEN[places];
  for (let i = from; i < to; i++) values[i] /= power;
}

const wordsScratch = new Float64Array(1);
const words = new Uint32Array(wordsScratch.buffer);

/** Exponents within which the scale, its inverse and the products are all normal numbers. */
export const EXPONENT_MAX = 900;

/** `toBinary` found no exponent. */
export const NO_EXPONENT = -32768;

/**
 * Finds the largest exponent with which every value is `integer × 2^exponent`, and writes the integers.
 * @returns the exponent, or NO_EXPONENT where the integers would pass 2^53
 */
export function toBinary(values: Float64Array, count: number, integers: Float64Array): number {
  let exponent = EXPONENT_MAX;
  for (let i = 0; i < count; i++) {
    if (values[i] === 0) continue;
    wordsScratch[0] = values[i];
    const biased = (words[1] >>> 20) & 0x7ff;
    if (biased === 0) return NO_EXPONENT;
    const low = words[0];
    const high = words[1] | 0x100000;
    const zeros = low !== 0 ? 31 - Math.clz32(low & -low) : 63 - Math.clz32(high & -high);
    exponent = Math.min(exponent, biased - 1075 + zeros);
  }
  if (exponent < -EXPONENT_MAX || exponent >= EXPONENT_MAX) return NO_EXPONENT;
  const scale = 2 ** -exponent;
  for (let i = 0; i < count; i++) {
    const n = values[i] * scale;
    if (n > INTEGER_MAX || n < -INTEGER_MAX) return NO_EXPONENT;
    integers[i] = n;
  }
  return exponent;
}

/** Multiplies integers by 2^exponent in place. */
export function fromBinary(values: Float64Array, from: number, to: number, exponent: number): void {
  const scale = 2 ** exponent;
  for (let i = from; i < to; i++) values[i] *= scale;
}

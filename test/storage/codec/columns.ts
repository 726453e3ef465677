// Values for codec tests: bit patterns that arithmetic likes to change, and columns of the kinds that programs expose.
import * as fc from 'fast-check';

/** Bits of a float64 as [high word, low word]. */
export type Bits = readonly [number, number];

export const STALE: Bits = [0x7ff00000, 2];
export const NORMAL_NAN: Bits = [0x7ff80000, 1];

const SPECIAL: readonly Bits[] = [
  STALE,
  NORMAL_NAN,
  [0xfff80000, 0],
  [0x7fffffff, 0xffffffff],
  [0x7ff00000, 0],
  [0xfff00000, 0],
  [0, 0],
  [0x80000000, 0],
  [0, 1],
  [0x80000000, 1],
  [0x000fffff, 0xffffffff],
  [0x00100000, 0],
  [0x7fefffff, 0xffffffff],
  [0xffefffff, 0xffffffff],
  [0x43400000, 0],
  [0x43400000, 1],
  [0xc3400000, 0],
  [0x43e00000, 0],
];

/** Any float64, the awkward ones often. */
export const anyBits: fc.Arbitrary<Bits> = fc.oneof(
  fc.constantFrom(...SPECIAL),
  fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)),
  fc.double({ noNaN: true }).map(bitsOf),
  fc.integer().map(bitsOf),
  fc.integer({ min: -100000, max: 100000 }).map((n) => bitsOf(n / 1000)),
);

/** Columns of unrelated values. */
export const anyColumn = fc.array(anyBits, { minLength: 1, maxLength: 600 }).map(columnOf);

/** Columns that look like metrics: walks of some step and scale, with jumps, repeats and special values strewn in. */
export const walkColumn = fc
  .record({
    start: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    scale: fc.constantFrom(1, 1, 0.1, 0.01, 1e-6, 1e-9, 1024, 2 ** 40, 2 ** -30, 1e15),
    order: fc.constantFrom(0, 1, 2),
    steps: fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 0, max: 20 }) },
        { weight: 10, arbitrary: fc.integer({ min: -300, max: 300 }) },
        { weight: 2, arbitrary: fc.integer() },
        { weight: 1, arbitrary: fc.double({ noNaN: true, min: -1e6, max: 1e6 }) },
      ),
      { minLength: 1, maxLength: 800 },
    ),
    special: fc.array(fc.tuple(fc.nat(800), fc.nat(3), fc.constantFrom(...SPECIAL)), { maxLength: 4 }),
  })
  .map(({ start, scale, order, steps, special }) => {
    const values = new Float64Array(steps.length);
    let value = start;
    let step = 0;
    steps.forEach((s, i) => {
      step = order === 2 ? step + s : s;
      value = order === 0 ? s : value + step;
      values[i] = value * scale;
    });
    for (const [at, length, bits] of special)
      for (let i = at; i <= at + length && i < values.length; i++) setBits(values, i, bits);
    return values;
  });

export function bitsOf(value: number): Bits {
  const words = new Uint32Array(new Float64Array([value]).buffer);
  return [words[1], words[0]];
}

export function setBits(values: Float64Array, i: number, [high, low]: Bits): void {
  const words = new Uint32Array(values.buffer, values.byteOffset + 8 * i, 2);
  words[0] = low;
  words[1] = high;
}

export function columnOf(bits: readonly Bits[]): Float64Array {
  const values = new Float64Array(bits.length);
  bits.forEach((b, i) => {
    setBits(values, i, b);
  });
  return values;
}

/** The bits of values, for comparing: `toEqual` on floats takes every NaN for every other. */
export function wordsOf(values: Float64Array, from = 0, to = values.length): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset + 8 * from, 2 * (to - from)).slice();
}

/** Damage: some bytes changed, and perhaps bytes cut off or appended. */
export interface Damage {
  flips: [number, number][];
  cut: number;
  extra: number[];
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
  cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(300) }),
  extra: fc.array(fc.nat(255), { maxLength: 2 }),
}) as fc.Arbitrary<Damage>;

export function damaged(bytes: Uint8Array, { flips, cut, extra }: Damage): Uint8Array {
  const kept = bytes.subarray(0, Math.max(0, bytes.length - cut));
  const out = new Uint8Array(kept.length + extra.length);
  out.set(kept);
  out.set(extra, kept.length);
  if (out.length > 0) for (const [at, bits] of flips) out[at % out.length] ^= bits;
  return out;
}

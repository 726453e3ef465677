import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRow, decodeRowSlots, encodeRow, rowBytesMax } from '../../../storage/codec/row.ts';
import { DamagedError } from '../../../storage/errors.ts';
import { anyBits, anyDamage, type Bits, columnOf, damaged, wordsOf } from './columns.ts';

function encode(values: Float64Array, keyframe: Float64Array | null): Uint8Array {
  const out = new Uint8Array(rowBytesMax(values.length) + 3);
  const end = encodeRow(values, values.length, keyframe, out, 3);
  expect(end - 3).toBeLessThanOrEqual(rowBytesMax(values.length));
  return out.slice(3, end);
}

function decode(bytes: Uint8Array, count: number, keyframe: Float64Array | null): Float64Array {
  const out = new Float64Array(count).fill(5);
  decodeRow(bytes, 0, bytes.length, count, keyframe, out);
  return out;
}

/** A row and its keyframe, most values equal. */
const rowAndKeyframe = fc
  .array(fc.tuple(anyBits, fc.option(anyBits, { freq: 3, nil: null })), { maxLength: 400 })
  .map((pairs): [Float64Array, Float64Array] => [
    columnOf(pairs.map(([old, now]): Bits => now ?? old)),
    columnOf(pairs.map(([old]) => old)),
  ]);

describe('rows', () => {
  it('keep every bit against a keyframe', () => {
    fc.assert(
      fc.property(rowAndKeyframe, ([values, keyframe]) => {
        expect(wordsOf(decode(encode(values, keyframe), values.length, keyframe))).toEqual(wordsOf(values));
      }),
      { numRuns: 500 },
    );
  });

  it('keep every bit against zeros', () => {
    fc.assert(
      fc.property(rowAndKeyframe, ([values]) => {
        expect(wordsOf(decode(encode(values, null), values.length, null))).toEqual(wordsOf(values));
      }),
    );
  });

  it('decode over their keyframe', () => {
    const keyframe = Float64Array.of(1, 2, 3);
    const values = Float64Array.of(1, 7, 3);
    const bytes = encode(values, keyframe);
    decodeRow(bytes, 0, bytes.length, 3, keyframe, keyframe);
    expect(keyframe).toEqual(values);
  });

  it('give single slots', () => {
    fc.assert(
      fc.property(
        rowAndKeyframe.filter(([values]) => values.length > 0),
        fc.array(fc.nat(399), { minLength: 1 }),
        fc.boolean(),
        ([values, keyframe], picks, zeros) => {
          const slots = Int32Array.from(new Set(picks.map((p) => p % values.length))).sort();
          const base = zeros ? null : keyframe;
          const bytes = encode(values, base);
          const out = new Float64Array(slots.length);
          decodeRowSlots(bytes, 0, bytes.length, base, slots, slots.length, out);
          const expected = new Float64Array(slots.length);
          slots.forEach((slot, k) => {
            expected.set(values.subarray(slot, slot + 1), k);
          });
          expect(wordsOf(out)).toEqual(wordsOf(expected));
        },
      ),
    );
  });

  it('take one byte for up to 120 values that stand still', () => {
    const values = Float64Array.from({ length: 300 }, (_, i) => i);
    expect(encode(values, values)).toHaveLength(3);
    expect(encode(values.subarray(0, 120), values)).toHaveLength(1);
    expect(encode(new Float64Array(0), null)).toHaveLength(0);
  });

  it('take two or three bytes for a value that moved a little', () => {
    expect(encode(Float64Array.of(1), null)).toEqual(Uint8Array.of(0xd2, 0xff, 0x03));
    expect(encode(Float64Array.of(1001), Float64Array.of(1000))).toHaveLength(2);
  });

  it('refuse what is cut off or too long', () => {
    const bytes = encode(Float64Array.of(1, 2, 3.3), null);
    expect(() => decode(bytes.subarray(0, bytes.length - 1), 3, null)).toThrow('ends early');
    expect(() => decode(bytes, 2, null)).toThrow('left over');
    expect(() => decode(bytes, 4, null)).toThrow('ends early');
    expect(() => decode(encode(new Float64Array(9), null), 3, null)).toThrow('more than its 3');
  });

  it('refuse damaged bytes or give some values, never fail otherwise', () => {
    fc.assert(
      fc.property(rowAndKeyframe, anyDamage, ([values, keyframe], damage) => {
        const bytes = damaged(encode(values, keyframe), damage);
        try {
          decode(bytes, values.length, keyframe);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

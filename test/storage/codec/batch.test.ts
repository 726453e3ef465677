import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch } from '../../../storage/codec/batch.ts';
import { ByteWriter } from '../../../storage/codec/bytes.ts';
import { StorageError } from '../../../storage/errors.ts';
import { anyBits, anyDamage, columnOf, damaged, wordsOf } from './columns.ts';

interface Samples {
  ids: Int32Array;
  times: Float64Array;
  values: Float64Array;
}

const anySamples: fc.Arbitrary<Samples> = fc
  .array(
    fc.record({
      id: fc.oneof(fc.nat(5), fc.nat(0x7fffffff)),
      start: fc.oneof(fc.nat(3), fc.integer({ min: -(2 ** 50), max: 2 ** 50 - 1e6 })),
      step: fc.oneof(fc.constant(15000), fc.integer({ min: -2000, max: 2000 })),
      values: fc.array(anyBits, { minLength: 1, maxLength: 40 }),
    }),
    { maxLength: 30 },
  )
  .map((runs) => ({
    ids: Int32Array.from(runs.flatMap((run) => run.values.map(() => run.id))),
    times: Float64Array.from(
      runs.flatMap((run) => run.values.map((_, i) => Math.max(-(2 ** 50), run.start + i * run.step))),
    ),
    values: columnOf(runs.flatMap((run) => run.values)),
  }));

function encode({ ids, times, values }: Samples): Uint8Array {
  const out = new ByteWriter(8);
  encodeBatch(ids, times, values, ids.length, out);
  return out.copy();
}

describe('batches', () => {
  it('keep every sample, its order and every bit', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const batch = decodeBatch(encode(samples));
        const n = samples.ids.length;
        expect(batch.count).toBe(n);
        expect(batch.seriesIds.subarray(0, n)).toEqual(samples.ids);
        expect(batch.timesMs.subarray(0, n)).toEqual(samples.times);
        expect(wordsOf(batch.values, 0, n)).toEqual(wordsOf(samples.values));
      }),
      { numRuns: 300 },
    );
  });

  it('stand anywhere in a buffer', () => {
    const out = new ByteWriter();
    out.u8(1);
    encodeBatch(Int32Array.of(7), Float64Array.of(1000), Float64Array.of(2.5), 1, out);
    const end = out.length;
    out.u8(1);
    const batch = decodeBatch(out.bytes, 1, end);
    expect([batch.count, batch.seriesIds[0], batch.timesMs[0], batch.values[0]]).toEqual([1, 7, 1000, 2.5]);
  });

  it('take less than two bytes a sample for counters sent 20 samples at a time', () => {
    const ids = Int32Array.from({ length: 2000 }, (_, i) => 500 + Math.floor(i / 20));
    const times = Float64Array.from({ length: 2000 }, (_, i) => 1.7e12 + 15000 * (i % 20));
    const values = Float64Array.from({ length: 2000 }, (_, i) => 1e6 + i * 31 + ((i * 7) % 40));
    expect(encode({ ids, times, values }).length).toBeLessThan(2000 * 1.7);
    expect(encode({ ids, times, values: values.fill(1) }).length).toBeLessThan(2000 * 0.3);
  });

  it('hold many samples of one series', () => {
    const n = 5000;
    const samples = {
      ids: new Int32Array(n).fill(3),
      times: Float64Array.from({ length: n }, (_, i) => i),
      values: new Float64Array(n),
    };
    const batch = decodeBatch(encode(samples));
    expect(batch.count).toBe(n);
    expect(batch.timesMs.subarray(0, n)).toEqual(samples.times);
  });

  it('refuse times that are no whole milliseconds', () => {
    const encodeAt = (time: number) => () =>
      encodeBatch(Int32Array.of(1), Float64Array.of(time), Float64Array.of(1), 1, new ByteWriter());
    expect(encodeAt(0.5)).toThrow('Time 0.5');
    expect(encodeAt(NaN)).toThrow(RangeError);
    expect(encodeAt(2 ** 51)).toThrow(RangeError);
  });

  it('refuse damaged bytes or give some samples, without much memory', () => {
    fc.assert(
      fc.property(anySamples, anyDamage, (samples, damage) => {
        try {
          decodeBatch(damaged(encode(samples), damage));
        } catch (error) {
          expect(error).toBeInstanceOf(StorageError);
        }
      }),
      { numRuns: 1000 },
    );
    expect(() => decodeBatch(Uint8Array.of(1, 0xff, 0xff, 0xff, 0x07))).toThrow('ends early');
    expect(() => decodeBatch(Uint8Array.of(9, 0))).toThrow('version 9');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../storage/codec/bytes.ts';
import {
  decodeColumn,
  encodeColumn,
  HAS_STALE,
  inspectColumn,
  NEVER_DECREASES,
} from '../../../storage/codec/column.ts';
import { StorageError } from '../../../storage/errors.ts';
import {
  anyColumn,
  anyDamage,
  columnOf,
  damaged,
  NORMAL_NAN,
  STALE,
  setBits,
  walkColumn,
  wordsOf,
} from './columns.ts';

/** A column, head and body in one. */
function encode(values: Float64Array, from = 0, count = values.length - from): Uint8Array {
  const out = new ByteWriter(16);
  // Columns never stand at the start of a buffer only.
  out.u8(99);
  encodeColumn(values, from, count, out, out);
  return out.copy().subarray(1);
}

function decode(bytes: Uint8Array, count: number, first = 0, last = count): Float64Array {
  const out = new Float64Array(last - first + 2);
  const reader = new ByteReader(bytes);
  decodeColumn(reader, reader, count, first, last, out, 1);
  reader.finish();
  return out.subarray(1, 1 + last - first);
}

function fill(count: number, value: (i: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => value(i));
}

/** A generator of equal numbers on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

describe('columns', () => {
  it('keep every bit of unrelated values', () => {
    fc.assert(
      fc.property(anyColumn, (values) => {
        expect(wordsOf(decode(encode(values), values.length))).toEqual(wordsOf(values));
      }),
      { numRuns: 300 },
    );
  });

  it('keep every bit of values that move like metrics', () => {
    fc.assert(
      fc.property(walkColumn, (values) => {
        expect(wordsOf(decode(encode(values), values.length))).toEqual(wordsOf(values));
      }),
      { numRuns: 500 },
    );
  });

  it('decode any stretch as if the whole had been decoded', () => {
    fc.assert(
      fc.property(fc.oneof(anyColumn, walkColumn), fc.nat(), fc.nat(), (values, a, b) => {
        const count = values.length;
        const first = a % count;
        const last = first + 1 + (b % (count - first));
        expect(wordsOf(decode(encode(values), count, first, last))).toEqual(wordsOf(values, first, last));
      }),
      { numRuns: 500 },
    );
  });

  it('are the same with head and body apart', () => {
    fc.assert(
      fc.property(fc.oneof(anyColumn, walkColumn), (values) => {
        const head = new ByteWriter(4);
        const body = new ByteWriter(4);
        encodeColumn(values, 0, values.length, head, body);
        const headReader = new ByteReader(head.view());
        const bodyReader = new ByteReader(body.view());
        const out = new Float64Array(values.length);
        decodeColumn(headReader, bodyReader, values.length, 0, values.length, out, 0);
        headReader.finish();
        bodyReader.finish();
        expect(wordsOf(out)).toEqual(wordsOf(values));
      }),
      { numRuns: 300 },
    );
  });

  it('encode a stretch of an array without touching it', () => {
    const values = fill(100, (i) => i * i);
    const before = values.slice();
    expect(decode(encode(values, 40, 20), 20)).toEqual(values.slice(40, 60));
    expect(values).toEqual(before);
  });

  it.each<[string, number, (i: number) => number]>([
    ['a constant', 10, () => 17],
    ['zero', 1, () => 0],
    ['a steady counter', 20, (i) => 1e9 + 5 * i],
    ['multiples of a page', 500, (i) => 4096 * (1000 + ((i * 7) % 100))],
    ['decimals', 520, (i) => Math.round(Math.sin(i / 10) * 1000 + 21500) / 1000],
    ['a sum of decimals', 1500, (i) => sumOfDecimals(i)],
    ['integers beyond 2^53', 600, (i) => 2 ** 60 + 512 * ((Math.imul(i, 0x9e3779b1) >>> 20) % 50)],
    ['two values in turn', 560, (i) => (i % 3 === 0 ? Math.PI : Math.E)],
  ])('store %s in at most %i bytes for 480 samples', (_, bytes, value) => {
    const values = fill(480, value);
    const encoded = encode(values);
    expect(wordsOf(decode(encoded, 480))).toEqual(wordsOf(values));
    expect(encoded.length).toBeLessThanOrEqual(bytes);
  });

  it('store random floats in no more than their own bytes and a little', () => {
    const next = random(1);
    const encoded = encode(fill(480, () => next() * 2 ** Math.floor(next() * 200)));
    expect(encoded.length).toBeLessThan(480 * 8 + 100);
  });

  it('store stale markers and NaNs beside decimals in a few bytes each', () => {
    const values = fill(480, (i) => i / 10);
    const plain = encode(values).length;
    setBits(values, 3, NORMAL_NAN);
    for (let i = 400; i < 410; i++) setBits(values, i, STALE);
    const encoded = encode(values);
    expect(wordsOf(decode(encoded, 480))).toEqual(wordsOf(values));
    expect(encoded.length).toBeLessThan(plain + 520);
  });

  it('refuse damaged bytes or give some values, in bounded time and memory', () => {
    fc.assert(
      fc.property(fc.oneof(anyColumn, walkColumn), anyDamage, (values, damage) => {
        const bytes = damaged(encode(values), damage);
        try {
          decode(bytes, values.length);
        } catch (error) {
          expect(error).toBeInstanceOf(StorageError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('refuse bytes that are cut off', () => {
    const bytes = encode(fill(480, (i) => i * i));
    expect(() => decode(bytes.subarray(0, bytes.length - 1), 480)).toThrow('ends early');
    expect(() => decode(bytes.subarray(0, 0), 480)).toThrow('ends early');
  });

  it('refuse an encoding of the future', () => {
    expect(() => decode(Uint8Array.of(77, 0), 2)).toThrow('encoding 77');
  });
});

describe('inspectColumn()', () => {
  it('finds stale markers by their bits', () => {
    expect(inspectColumn(columnOf([[0, 0], STALE, [0, 0]]), 0, 3)).toBe(HAS_STALE);
    expect(inspectColumn(columnOf([[0, 0], NORMAL_NAN]), 0, 2)).toBe(0);
    expect(inspectColumn(columnOf([STALE, [0, 0], [0, 0]]), 1, 2)).toBe(NEVER_DECREASES);
  });

  it('promises no decrease only where there is none', () => {
    expect(inspectColumn(Float64Array.of(1, 1, 2, Infinity), 0, 4)).toBe(NEVER_DECREASES);
    expect(inspectColumn(Float64Array.of(-Infinity, 0, -0), 0, 3)).toBe(NEVER_DECREASES);
    expect(inspectColumn(Float64Array.of(2, 1), 0, 2)).toBe(0);
    expect(inspectColumn(Float64Array.of(1, NaN), 0, 2)).toBe(0);
  });
});

function sumOfDecimals(n: number): number {
  let sum = 0;
  for (let i = 0; i <= n; i++) sum += (((i * 7919) % 1000) + 1) / 1e9;
  return sum;
}

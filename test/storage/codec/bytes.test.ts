import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, checkTime } from '../../../storage/codec/bytes.ts';
import { DamagedError } from '../../../storage/errors.ts';

describe('varints', () => {
  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16383, 2],
    [16384, 3],
    [2 ** 31 - 1, 5],
    [2 ** 31, 5],
    [2 ** 35, 6],
    [Number.MAX_SAFE_INTEGER, 8],
  ])('store %i in %i bytes', (value, bytes) => {
    const out = new ByteWriter(1);
    out.varint(value);
    expect(out.length).toBe(bytes);
    expect(new ByteReader(out.view()).varint()).toBe(value);
  });

  it.each([
    [0, 1],
    [-1, 1],
    [63, 1],
    [-63, 1],
    [64, 2],
    [-8191, 2],
    [2 ** 53, 8],
    [-(2 ** 53), 8],
  ])('store the signed %i in %i bytes', (value, bytes) => {
    const out = new ByteWriter(1);
    out.signedVarint(value);
    expect(out.length).toBe(bytes);
    expect(new ByteReader(out.view()).signedVarint()).toBe(value);
  });

  it('keep any number in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (values) => {
        const out = new ByteWriter(1);
        for (const value of values) {
          out.signedVarint(value);
          out.varint(Math.abs(value));
        }
        const reader = new ByteReader(out.copy());
        for (const value of values) {
          // `+ 0` since -0 has no sign of its own among integers.
          expect(reader.signedVarint()).toBe(value + 0);
          expect(reader.varint()).toBe(Math.abs(value));
        }
        reader.finish();
      }),
    );
  });

  it('refuse what is too large or cut off', () => {
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint()).toThrow('too large');
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).signedVarint()).toThrow('too large');
    expect(() => new ByteReader(Uint8Array.of(0x80)).varint()).toThrow(DamagedError);
    expect(() => new ByteReader(new Uint8Array(0)).varint()).toThrow('ends early');
  });
});

describe('ByteWriter and ByteReader', () => {
  it('give back what was written, however the buffer grew', () => {
    const out = new ByteWriter(2);
    out.u8(7);
    out.u32(0xdeadbeef);
    out.append(Uint8Array.of(1, 2, 3));
    const reader = new ByteReader(out.copy());
    expect([reader.u8(), reader.u32(), [...reader.take(3)]]).toEqual([7, 0xdeadbeef, [1, 2, 3]]);
    reader.finish();
  });

  it('stay within their stretch of a buffer', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5), 1, 3);
    expect(reader.u8()).toBe(2);
    expect(() => reader.skip(2)).toThrow('ends early');
    expect(() => reader.finish()).toThrow('1 bytes left over');
    expect(reader.u8()).toBe(3);
    expect(() => reader.u8()).toThrow(DamagedError);
  });
});

describe('checkTime()', () => {
  it('takes whole milliseconds only', () => {
    expect(() => checkTime(-(2 ** 50))).not.toThrow();
    expect(() => checkTime(2 ** 50 + 1)).toThrow(RangeError);
    expect(() => checkTime(1.5)).toThrow('Time 1.5');
    expect(() => checkTime(Infinity)).toThrow(RangeError);
  });
});

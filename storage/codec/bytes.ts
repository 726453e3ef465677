// Bytes out and in: a growing writer and a checked reader. Integers are little endian; varints carry 7 bits a byte,
// low bits first, up to 2^53 - 1; signed ones carry the sign in the lowest bit.
import { DamagedError } from '../errors.ts';

/** Bytes of the longest varint (53 bits). */
export const VARINT_BYTES_MAX = 8;

/** Times lie between -2^50 and 2^50 ms (the year 37,648), so that differences of their differences fit a varint. */
export const TIME_MS_MAX = 2 ** 50;

/** @throws RangeError where a time is no whole number of milliseconds, or beyond TIME_MS_MAX */
export function checkTime(timeMs: number): void {
  if (!Number.isInteger(timeMs) || Math.abs(timeMs) > TIME_MS_MAX)
    throw new RangeError(`Time ${timeMs} is not in whole milliseconds within 2^50`);
}

/**
 * A buffer that grows. Hot loops call `reserve(n)` once, then write to `bytes` from `length` on by themselves and set
 * `length`; the methods are for headers and the like.
 */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `n` more bytes and returns the buffer, which may be a new one. */
  reserve(n: number): Uint8Array<ArrayBuffer> {
    const needed = this.length + n;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return this.bytes;
  }

  u8(value: number): void {
    this.reserve(1)[this.length++] = value;
  }

  u32(value: number): void {
    const bytes = this.reserve(4);
    writeU32(bytes, this.length, value);
    this.length += 4;
  }

  /** Appends a non-negative integer below 2^53. */
  varint(value: number): void {
    this.length = writeVarint(this.reserve(VARINT_BYTES_MAX), this.length, value);
  }

  /** Appends an integer between -2^53 and 2^53. */
  signedVarint(value: number): void {
    const magnitude = Math.abs(value);
    const first = (value < 0 ? 1 : 0) | ((magnitude % 64) << 1);
    const rest = Math.floor(magnitude / 64);
    this.u8(rest === 0 ? first : first | 0x80);
    if (rest !== 0) this.varint(rest);
  }

  append(source: Uint8Array): void {
    this.reserve(source.length).set(source, this.length);
    this.length += source.length;
  }

  /** What was written, as a view that the next write may overwrite or leave behind. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** What was written, as an array of its own. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

/** Reads `bytes` from `at` up to `end`; a read beyond that throws DamagedError. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  u8(): number {
    if (this.at >= this.end) throw endsEarly(this.at);
    return this.bytes[this.at++];
  }

  u32(): number {
    const at = this.at;
    this.skip(4);
    return readU32(this.bytes, at);
  }

  /** An integer below 2^53. */
  varint(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new DamagedError(`Number too large at byte ${this.at}`);
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  /** An integer between -2^53 and 2^53. */
  signedVarint(): number {
    const first = this.u8();
    let magnitude = (first & 0x7f) >>> 1;
    if (first > 0x7f) magnitude += 64 * this.varint();
    if (magnitude > 2 ** 53) throw new DamagedError(`Number too large at byte ${this.at}`);
    return (first & 1) === 0 ? magnitude : -magnitude;
  }

  /** A view of the next `n` bytes. */
  take(n: number): Uint8Array {
    const at = this.at;
    this.skip(n);
    return this.bytes.subarray(at, at + n);
  }

  skip(n: number): void {
    if (n > this.end - this.at) throw endsEarly(this.at);
    this.at += n;
  }

  /** Throws DamagedError where bytes are left. */
  finish(): void {
    if (this.at !== this.end) throw new DamagedError(`${this.end - this.at} bytes left over at ${this.at}`);
  }
}

/** The error of data that stops before what it announced. */
export function endsEarly(at: number): DamagedError {
  return new DamagedError(`Data ends early, at byte ${at}`);
}

/**
 * The float64s `values[from … from + count)` as pairs of words, low word first: a view, through which NaNs keep their
 * bits.
 * @throws RangeError where there are not as many values
 */
export function wordsOf(values: Float64Array, from: number, count: number): Uint32Array {
  if (from + count > values.length)
    throw new RangeError(`${count} values from ${from} on in an array of ${values.length}`);
  return new Uint32Array(values.buffer, values.byteOffset + 8 * from, 2 * count);
}

/** Writes a varint and returns the offset behind it; the caller has made room for VARINT_BYTES_MAX bytes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  // Bit operations see 32 bits; the loop divides until the rest fits.
  while (rest > 0x7fffffff) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

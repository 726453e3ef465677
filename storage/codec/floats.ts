// Encodings for floats that are no scaled integers: sums of decimals that lost their last digits on the way, values
// that come back again and again, and what has no structure at all.
import { DamagedError } from '../errors.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readU32, wordsOf } from './bytes.ts';
import { PLACES_MAX, POWERS_OF_TEN } from './decimal.ts';
import { decodeIntegers, encodeIntegers, RESTART_SLOTS } from './integers.ts';
import { countBits } from './planes.ts';

/** A correction beyond this is no lost digit but a digit. */
const CORRECTION_MAX = 2 ** 20;
const INTEGER_MAX = 2 ** 53;
const REPEATING_MAX = 256;

/** Work space, kept from call to call. */
let integers = new Float64Array(1024);
let corrections = new Float64Array(1024);

function reserve(count: number): void {
  if (integers.length >= count) return;
  integers = new Float64Array(2 * count);
  corrections = new Float64Array(2 * count);
}

/**
 * Appends values as decimals and what these lack, counted in last places of the float64: a sum of times in
 * nanoseconds is a number of nanoseconds, give or take a few last places. Values are finite.
 * @returns false where there are no such decimals; something may be left in `head` and `body` then
 */
export function encodeCorrected(
  values: Float64Array,
  count: number,
  head: ByteWriter,
  body: ByteWriter,
): boolean {
  reserve(count);
  let places = 0;
  while (!correctWith(places, values, Math.min(count, 16)) || !correctWith(places, values, count))
    if (++places > PLACES_MAX) return false;
  head.u8(places);
  return encodeIntegers(integers, count, head, body) && encodeIntegers(corrections, count, head, body);
}

/** Fills `integers` and `corrections` for a number of places; false where one does not fit. */
function correctWith(places: number, values: Float64Array, count: number): boolean {
  const power = POWERS_OF_TEN[places];
  const words = wordsOf(values, 0, count);
  const near = wordsOf(corrections, 0, count);
  for (let i = 0; i < count; i++) {
    const n = Math.round(values[i] * power) + 0;
    if (n > INTEGER_MAX || n < -INTEGER_MAX) return false;
    integers[i] = n;
    corrections[i] = n / power;
    // As float64s of one sign grow, so do their bits.
    const correction = (words[2 * i + 1] - near[2 * i + 1]) * 4294967296 + words[2 * i] - near[2 * i];
    if (correction > CORRECTION_MAX || correction < -CORRECTION_MAX) return false;
    corrections[i] = correction;
  }
  return true;
}

export function decodeCorrected(
  head: ByteReader,
  body: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const places = head.u8();
  if (places > PLACES_MAX) throw new DamagedError(`Column has ${places} decimal places`);
  const power = POWERS_OF_TEN[places];
  const n = last - first;
  reserve(n);
  decodeIntegers(head, body, count, first, last, out, outAt);
  decodeIntegers(head, body, count, first, last, corrections, 0);
  const words = wordsOf(out, outAt, n);
  for (let i = 0; i < n; i++) {
    out[outAt + i] /= power;
    const low = words[2 * i] + corrections[i];
    words[2 * i] = low;
    words[2 * i + 1] += Math.floor(low / 4294967296);
  }
}

/**
 * Appends the distinct values, ascending, and which of them each slot holds: quantiles of a window move to and fro
 * between a few values. Values are finite.
 * @returns false where there are more than 256 distinct ones, or more than half as many as slots
 */
export function encodeRepeating(
  values: Float64Array,
  count: number,
  head: ByteWriter,
  body: ByteWriter,
): boolean {
  const distinct = new Set<number>();
  const limit = Math.min(REPEATING_MAX, count >>> 1);
  for (let i = 0; i < count; i++) {
    distinct.add(values[i]);
    if (distinct.size > limit) return false;
  }
  const sorted = Float64Array.from(distinct).sort();
  const indexOf = new Map<number, number>();
  for (let k = 0; k < sorted.length; k++) indexOf.set(sorted[k], k);
  head.u8(sorted.length - 1);
  encodeBits(sorted, sorted.length, head, body);
  const bytes = body.reserve(count);
  for (let i = 0; i < count; i++) bytes[body.length++] = indexOf.get(values[i]) as number;
  return true;
}

export function decodeRepeating(
  head: ByteReader,
  body: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const distinct = head.u8() + 1;
  reserve(distinct);
  decodeBits(head, body, distinct, 0, distinct, corrections, 0);
  const indexes = body.at;
  body.skip(count);
  for (let i = first; i < last; i++) {
    const index = body.bytes[indexes + i];
    if (index >= distinct) throw new DamagedError(`Column has value ${index} of ${distinct}`);
    out[outAt + i - first] = corrections[index];
  }
}

/**
 * Appends the bits of values as 64-bit integers, each less the one before and folded: a bitmap of those that changed,
 * and their bytes as eight planes. As float64s of one sign grow, so do their bits: differences of neighbours are short.
 * Before each restart stands the value to begin with. Takes anything.
 */
export function encodeBits(values: Float64Array, count: number, head: ByteWriter, body: ByteWriter): void {
  const words = wordsOf(values, 0, count);
  let stored = 1;
  for (let w = 2; w < 2 * count; w += 2)
    if (words[w] !== words[w - 2] || words[w + 1] !== words[w - 1]) stored++;
  for (let slot = RESTART_SLOTS; slot < count; slot += RESTART_SLOTS) {
    head.u32(words[2 * slot - 2]);
    head.u32(words[2 * slot - 1]);
  }
  head.varint(stored);
  const mapBytes = (count + 7) >>> 3;
  const bytes = body.reserve(mapBytes + 8 * stored);
  const map = body.length;
  bytes.fill(0, map, map + mapBytes);
  let at = map + mapBytes;
  let lowBefore = 0;
  let highBefore = 0;
  for (let i = 0; i < count; i++) {
    const low = words[2 * i];
    const high = words[2 * i + 1];
    if (i > 0 && low === lowBefore && high === highBefore) continue;
    const lowStep = (low - lowBefore) | 0;
    const highStep = (high - highBefore - (low < lowBefore ? 1 : 0)) | 0;
    lowBefore = low;
    highBefore = high;
    // Folding: the sign moves to the lowest bit, and the bits of a negative difference are turned over.
    const sign = highStep >> 31;
    let foldedLow = (lowStep << 1) ^ sign;
    let foldedHigh = ((highStep << 1) | (lowStep >>> 31)) ^ sign;
    bytes[map + (i >>> 3)] |= 1 << (i & 7);
    for (let p = 0, b = at; p < 4; p++, b += stored) {
      bytes[b] = foldedLow;
      bytes[b + 4 * stored] = foldedHigh;
      foldedLow >>>= 8;
      foldedHigh >>>= 8;
    }
    at++;
  }
  body.length += mapBytes + 8 * stored;
}

export function decodeBits(
  head: ByteReader,
  body: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const { bytes } = body;
  const restart = Math.floor(first / RESTART_SLOTS);
  const restartsAt = head.at;
  head.skip(8 * (Math.ceil(count / RESTART_SLOTS) - 1));
  let low = 0;
  let high = 0;
  if (restart > 0) {
    low = readU32(head.bytes, restartsAt + 8 * restart - 8);
    high = readU32(head.bytes, restartsAt + 8 * restart - 4);
  }
  const stored = head.varint();
  const map = body.at;
  body.skip((count + 7) >>> 3);
  let at = body.at;
  if (stored > count) throw new DamagedError(`Column has ${stored} changes in ${count} samples`);
  body.skip(8 * stored);
  const planesEnd = at + stored;
  const from = restart * RESTART_SLOTS;
  at += countBits(bytes, map, 0, from);
  const words = wordsOf(out, outAt, last - first);
  for (let i = from; i < last; i++) {
    if (((bytes[map + (i >>> 3)] >>> (i & 7)) & 1) !== 0) {
      if (at >= planesEnd) throw new DamagedError('Column has more changes than it says');
      let foldedLow = 0;
      let foldedHigh = 0;
      for (let shift = 0, b = at; shift < 32; shift += 8, b += stored) {
        foldedLow |= bytes[b] << shift;
        foldedHigh |= bytes[b + 4 * stored] << shift;
      }
      at++;
      const sign = -(foldedLow & 1);
      const sum = low + ((((foldedLow >>> 1) | (foldedHigh << 31)) ^ sign) >>> 0);
      high = (high + ((foldedHigh >>> 1) ^ sign) + (sum > 0xffffffff ? 1 : 0)) | 0;
      low = sum >>> 0;
    }
    if (i >= first) {
      words[2 * (i - first)] = low;
      words[2 * (i - first) + 1] = high;
    }
  }
}

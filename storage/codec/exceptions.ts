// Values that arithmetic does not carry from encoder to decoder: NaNs (stale markers are NaNs), infinities, -0. A
// column's encoding sees the value before in their place; they themselves stand in the head, bit for bit.
//
//   for each run of equal exceptions: its slots, slots since the run before, 8 bytes
//   0
import { DamagedError } from '../errors.ts';
import { type ByteReader, type ByteWriter, wordsOf } from './bytes.ts';

/**
 * Copies `values[from … from + count)` to `regular`, with exceptions replaced by the value before (those in front by
 * the first regular one), and appends the exceptions to `head`.
 * @returns false where there are none; nothing is appended then
 */
export function splitExceptions(
  values: Float64Array,
  from: number,
  count: number,
  regular: Float64Array,
  head: ByteWriter,
): boolean {
  const words = wordsOf(values, from, count);
  if (allRegular(values, from, count, words)) {
    wordsOf(regular, 0, count).set(words);
    return false;
  }
  let last = 0;
  for (let i = count - 1; i >= 0; i--)
    if (isRegular(values[from + i], words[2 * i + 1])) last = values[from + i];
  let runEnd = 0;
  for (let i = 0; i < count; i++) {
    if (isRegular(values[from + i], words[2 * i + 1])) {
      last = values[from + i];
      regular[i] = last;
      continue;
    }
    let end = i + 1;
    while (end < count && words[2 * end] === words[2 * i] && words[2 * end + 1] === words[2 * i + 1]) end++;
    head.varint(end - i);
    head.varint(i - runEnd);
    head.u32(words[2 * i]);
    head.u32(words[2 * i + 1]);
    regular.fill(last, i, end);
    runEnd = end;
    i = end - 1;
  }
  head.varint(0);
  return true;
}

/** Moves the reader behind the exceptions of a column of `count` slots. */
export function skipExceptions(head: ByteReader, count: number): void {
  let slots = 0;
  for (let length = head.varint(); length !== 0; length = head.varint()) {
    slots += length + head.varint();
    if (slots > count) throw new DamagedError('Column has exceptions beyond its end');
    head.skip(8);
  }
}

/** Puts exceptions into slots `first … last - 1`, which stand in `out` from `outAt` on. */
export function applyExceptions(
  head: ByteReader,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const words = wordsOf(out, outAt, last - first);
  let slot = 0;
  for (let length = head.varint(); length !== 0; length = head.varint()) {
    const from = slot + head.varint();
    const low = head.u32();
    const high = head.u32();
    slot = from + length;
    for (let i = Math.max(from, first), to = Math.min(slot, last); i < to; i++) {
      words[2 * (i - first)] = low;
      words[2 * (i - first) + 1] = high;
    }
  }
}

/** v - v is 0 for finite values only; the high word of 0 is 0, that of -0 has the sign. */
function isRegular(v: number, highWord: number): boolean {
  return v - v === 0 && (v !== 0 || highWord === 0);
}

/** The same for all values, without a branch for most. */
function allRegular(values: Float64Array, from: number, count: number, words: Uint32Array): boolean {
  let rest = 0;
  let negativeZeros = 0;
  for (let i = 0; i < count; i++) {
    const v = values[from + i];
    rest += v - v;
    if (v === 0) negativeZeros |= words[2 * i + 1];
  }
  return rest === 0 && negativeZeros === 0;
}

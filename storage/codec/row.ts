// Journal rows: the values of one scrape as what changed since a keyframe (an earlier row of the same layout that was
// itself written against zeros). Most values of a scrape stand still and many others change in a few bits only.
//
// A row is a sequence of items. The first byte of an item is two nibbles, t and n:
//   t + n + 1 ≤ 16: one value. Its XOR with the keyframe has t zero nibbles at the low end and at most n + 1 nibbles
//     above them; those follow, packed into bytes, low ones first.
//   t + n + 1 > 16: a run of unchanged values, as long as RUN_OF says. The 120 combinations that no value can have
//     stand for runs of 1 to 120.
// There is no checksum in here: the journal adds one over everything it stores.
import { DamagedError } from '../errors.ts';
import { endsEarly, wordsOf } from './bytes.ts';

/** Item byte to length of its run, 0 where the byte starts a value. */
const RUN_OF = new Uint8Array(256);
/** Length of a run to its item byte. */
const RUN_BYTE = new Uint8Array(121);
const RUN_MAX = 120;
for (let byte = 0, run = 0; byte < 256; byte++) {
  if ((byte >>> 4) + (byte & 15) + 1 <= 16) continue;
  RUN_OF[byte] = ++run;
  RUN_BYTE[run] = byte;
}

/** An upper bound for the bytes of a row of `count` values. */
export function rowBytesMax(count: number): number {
  return 9 * count + 8;
}

/**
 * Writes `values[0 … count)` to `out` from `at` on and returns the offset behind them. `keyframe` are the values of the
 * row to differ from, null to write a keyframe. `out` has `rowBytesMax(count)` bytes of room. Every bit of every
 * value survives, those of NaNs too. Allocates two small views, nothing per value.
 */
export function encodeRow(
  values: Float64Array,
  count: number,
  keyframe: Float64Array | null,
  out: Uint8Array,
  at: number,
): number {
  const words = wordsOf(values, 0, count);
  const base = keyframe === null ? ZERO : wordsOf(keyframe, 0, count);
  const step = keyframe === null ? 0 : 2;
  let run = 0;
  for (let i = 0, w = 0, b = 0; i < count; i++, w += 2, b += step) {
    let low = words[w] ^ base[b];
    let high = words[w + 1] ^ base[b + 1];
    if ((low | high) === 0) {
      run++;
      continue;
    }
    if (run > 0) {
      at = writeRun(run, out, at);
      run = 0;
    }
    // Shift the zero nibbles out at the low end; afterwards the lowest nibble of `low` is not zero.
    let zeros = 0;
    if (low === 0) {
      low = high;
      high = 0;
      zeros = 8;
    }
    const shift = (31 - Math.clz32(low & -low)) & ~3;
    if (shift !== 0) {
      low = (low >>> shift) | (high << (32 - shift));
      high >>>= shift;
      zeros += shift >>> 2;
    }
    const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    out[at++] = (zeros << 4) | ((bits - 1) >>> 2);
    out[at++] = low;
    if (bits > 8) {
      out[at++] = low >>> 8;
      if (bits > 16) {
        out[at++] = low >>> 16;
        if (bits > 24) {
          out[at++] = low >>> 24;
          for (let left = bits - 32; left > 0; left -= 8) {
            out[at++] = high;
            high >>>= 8;
          }
        }
      }
    }
  }
  return writeRun(run, out, at);
}

/** Writes the items of `run` unchanged values, perhaps none. */
function writeRun(run: number, out: Uint8Array, at: number): number {
  for (; run > RUN_MAX; run -= RUN_MAX) out[at++] = RUN_BYTE[RUN_MAX];
  if (run > 0) out[at++] = RUN_BYTE[run];
  return at;
}

/**
 * Reads a row of `count` values from `bytes[at … end)` into `out[0 … count)`. `keyframe` is what `encodeRow` was given;
 * it may be `out` itself.
 * @throws DamagedError where the bytes end early or some are left over
 */
export function decodeRow(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
  keyframe: Float64Array | null,
  out: Float64Array,
): void {
  const words = wordsOf(out, 0, count);
  if (keyframe === null) words.fill(0);
  else if (keyframe !== out) words.set(wordsOf(keyframe, 0, count));
  let w = 0;
  const stop = 2 * count;
  while (w < stop) {
    if (at >= end) throw endsEarly(at);
    const item = bytes[at++];
    const run = RUN_OF[item];
    if (run !== 0) {
      w += 2 * run;
      continue;
    }
    const size = ((item & 15) + 2) >>> 1;
    if (at + size > end) throw endsEarly(at);
    let low = 0;
    let high = 0;
    if (size <= 4) {
      low = bytes[at];
      if (size > 1) low |= bytes[at + 1] << 8;
      if (size > 2) low |= bytes[at + 2] << 16;
      if (size > 3) low |= bytes[at + 3] << 24;
    } else {
      low = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      for (let k = 4; k < size; k++) high |= bytes[at + k] << (8 * k - 32);
    }
    at += size;
    const shift = (item >>> 4) << 2;
    if (shift >= 32) {
      high = low << (shift - 32);
      low = 0;
    } else if (shift !== 0) {
      high = (high << shift) | (low >>> (32 - shift));
      low <<= shift;
    }
    words[w] ^= low;
    words[w + 1] ^= high;
    w += 2;
  }
  if (w !== stop) throw new DamagedError(`Row has more than its ${count} values`);
  if (at !== end) throw new DamagedError(`Row has ${end - at} bytes left over`);
}

/**
 * Reads some values of a row: `out[k]` becomes value `slots[k]` for the first `wanted` of `slots`, which ascend.
 * Stops behind the last of them, so it costs less the further in front they stand. `keyframe` holds whole rows, as in
 * `decodeRow`, and is not `out`.
 * @throws DamagedError where the bytes end before the last wanted value
 */
export function decodeRowSlots(
  bytes: Uint8Array,
  at: number,
  end: number,
  keyframe: Float64Array | null,
  slots: Int32Array,
  wanted: number,
  out: Float64Array,
): void {
  const words = wordsOf(out, 0, wanted);
  const base = keyframe === null ? null : wordsOf(keyframe, 0, keyframe.length);
  let slot = 0;
  for (let k = 0; k < wanted; k++) {
    const target = slots[k];
    let low = 0;
    let high = 0;
    while (slot <= target) {
      if (at >= end) throw endsEarly(at);
      const item = bytes[at++];
      const run = RUN_OF[item];
      if (run !== 0) {
        slot += run;
        continue;
      }
      const size = ((item & 15) + 2) >>> 1;
      if (at + size > end) throw endsEarly(at);
      if (slot === target) {
        for (let i = 0; i < size; i++) {
          if (i < 4) low |= bytes[at + i] << (8 * i);
          else high |= bytes[at + i] << (8 * i - 32);
        }
        const shift = (item >>> 4) << 2;
        if (shift >= 32) {
          high = low << (shift - 32);
          low = 0;
        } else if (shift !== 0) {
          high = (high << shift) | (low >>> (32 - shift));
          low <<= shift;
        }
      }
      at += size;
      slot++;
    }
    words[2 * k] = low ^ (base === null ? 0 : base[2 * target]);
    words[2 * k + 1] = high ^ (base === null ? 0 : base[2 * target + 1]);
  }
}

const ZERO = new Uint32Array(2);

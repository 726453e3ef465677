// Timelines as bytes: the times of a run of rows, stored once and shared by every column over them. Equal times give
// equal bytes, so the store keeps one of each: it looks for `timelineHash`, then compares the bytes.
import { ByteReader, ByteWriter, checkTime } from './codec/bytes.ts';
import { DamagedError } from './errors.ts';

const VERSION = 1;
/** More times than any page has rows; what says it has more is damaged. */
export const TIMELINE_LENGTH_MAX = 1 << 24;

/**
 * The first `count` times as bytes: 10 or so for a regular timeline, a byte or less for each time off the beat.
 * @throws RangeError where times are not whole milliseconds in ascending order
 */
export function encodeTimeline(times: Float64Array, count: number): Uint8Array {
  const out = new ByteWriter(64);
  out.u8(VERSION);
  out.varint(count);
  if (count === 0) return out.copy();
  checkTimes(times, count);
  out.signedVarint(times[0]);
  if (count === 1) return out.copy();
  const step = usualStep(times, count);
  out.varint(step);
  let regular = 0;
  for (let i = 1; i < count; i++) {
    const off = times[i] - times[i - 1] - step;
    if (off === 0) {
      regular++;
      continue;
    }
    out.varint(regular);
    out.signedVarint(off);
    regular = 0;
  }
  out.varint(regular);
  return out.copy();
}

/** @throws DamagedError where the bytes do not follow the format */
export function decodeTimeline(bytes: Uint8Array): Float64Array {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DamagedError(`Timeline of version ${version}, expected ${VERSION}`);
  const count = reader.varint();
  if (count > TIMELINE_LENGTH_MAX) throw new DamagedError(`Timeline says it has ${count} times`);
  const times = new Float64Array(count);
  if (count > 0) times[0] = reader.signedVarint();
  if (count > 1) {
    const step = reader.varint();
    let i = 1;
    for (;;) {
      const regular = reader.varint();
      if (regular > count - i) throw new DamagedError(`Timeline has more than its ${count} times`);
      for (const to = i + regular; i < to; i++) times[i] = times[i - 1] + step;
      if (i === count) break;
      times[i] = times[i - 1] + step + reader.signedVarint();
      i++;
    }
  }
  reader.finish();
  for (let i = 1; i < count; i++)
    if (!(times[i] > times[i - 1])) throw new DamagedError(`Timeline is not in order at ${i}`);
  return times;
}

/** A number below 2^53 for finding equal timelines; equal bytes have equal hashes, others nearly always differ. */
export function timelineHash(bytes: Uint8Array): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b ^ bytes[i], 0x85ebca6b) + (b >>> 15);
  }
  a ^= a >>> 16;
  b ^= b >>> 13;
  return ((a >>> 0) & 0x1fffff) * 2 ** 32 + (b >>> 0);
}

/** The most frequent difference, so that a missed scrape or a late one costs only itself. */
function usualStep(times: Float64Array, count: number): number {
  const seen = new Map<number, number>();
  let best = times[1] - times[0];
  let bestCount = 0;
  for (let i = 1; i < count; i++) {
    const step = times[i] - times[i - 1];
    const n = (seen.get(step) ?? 0) + 1;
    seen.set(step, n);
    if (n > bestCount) {
      best = step;
      bestCount = n;
    }
  }
  return best;
}

function checkTimes(times: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const time = times[i];
    checkTime(time);
    if (i > 0 && !(time > times[i - 1])) throw new RangeError(`Time ${time} does not follow ${times[i - 1]}`);
  }
}

// Timelines as bytes: the times of a run of rows, stored once and shared by every column over them. Equal times give
// equal bytes, so the store keeps one of each: it looks for `timelineHash`, then compares the bytes.
import { ByteReader, ByteWriter, checkTime, TIME_MS_MAX } from './codec/bytes.ts';
import { DamagedError } from './errors.ts';

const VERSION = 1;
/** More times than any page has rows; what says it has more is damaged. */
export const TIMELINE_LENGTH_MAX = 1 << 24;
/** Runs shorter than this on average take more memory than the times themselves, or no less. */
const RUN_LENGTH_MIN = 3;

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

/**
 * @throws DamagedError where the bytes do not follow the format
 */
export function decodeTimeline(bytes: Uint8Array): Times {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DamagedError(`Timeline of version ${version}, expected ${VERSION}`);
  const count = reader.varint();
  if (count > TIMELINE_LENGTH_MAX) throw new DamagedError(`Timeline says it has ${count} times`);
  if (count === 0) {
    reader.finish();
    return new TimeList(new Float64Array(0));
  }
  const slots = [0];
  const starts = [reader.signedVarint()];
  let step = 0;
  if (count > 1) {
    step = reader.varint();
    readRuns(reader, count, step, slots, starts);
  }
  reader.finish();
  const runs = new TimeRuns(count, step, Int32Array.from(slots), Float64Array.from(starts));
  // Differences are positive, so these two tell that all times are whole and exact.
  if (Math.abs(starts[0]) > TIME_MS_MAX || runs.last > TIME_MS_MAX)
    throw new DamagedError(`Timeline runs from ${starts[0]} to ${runs.last}`);
  return slots.length * RUN_LENGTH_MIN > count ? new TimeList(runs.all()) : runs;
}

/** Reads where runs of equal steps begin, and at what time. */
function readRuns(reader: ByteReader, count: number, step: number, slots: number[], starts: number[]): void {
  let last = starts[0];
  for (let i = 1; ; i++) {
    const regular = reader.varint();
    if (regular > count - i) throw new DamagedError(`Timeline has more than its ${count} times`);
    if (regular > 0 && step === 0) throw new DamagedError(`Timeline is not in order at ${i}`);
    last += regular * step;
    i += regular;
    if (i === count) return;
    const next = last + step + reader.signedVarint();
    if (!(next > last)) throw new DamagedError(`Timeline is not in order at ${i}`);
    slots.push(i);
    starts.push(next);
    last = next;
  }
}

/** Ascending times that need not lie decoded in memory. */
export interface Times {
  readonly length: number;
  /** Memory of its arrays. */
  readonly bytes: number;
  /** The first and the last time, where there is one. */
  readonly first: number;
  readonly last: number;
  /** How many times are below `timeMs`. */
  lowerBound(timeMs: number): number;
  /** Writes times `from … to - 1` to `out` from `at` on. */
  copy(from: number, to: number, out: Float64Array, at: number): void;
}

/** Times one by one. */
export class TimeList implements Times {
  readonly times: Float64Array;
  readonly length: number;

  constructor(times: Float64Array) {
    this.times = times;
    this.length = times.length;
  }

  get bytes(): number {
    return this.times.byteLength;
  }

  get first(): number {
    return this.times[0];
  }

  get last(): number {
    return this.times[this.length - 1];
  }

  lowerBound(timeMs: number): number {
    return lowerBound(this.times, this.length, timeMs);
  }

  copy(from: number, to: number, out: Float64Array, at: number): void {
    out.set(this.times.subarray(from, to), at);
  }
}

/** Runs of times one step apart: what scrapes on the beat leave, in a few bytes however many they are. */
class TimeRuns implements Times {
  readonly length: number;
  readonly #step: number;
  /** Run r is slots `slots[r] … slots[r + 1] - 1` and begins at `starts[r]`. */
  readonly #slots: Int32Array;
  readonly #starts: Float64Array;

  constructor(length: number, step: number, slots: Int32Array, starts: Float64Array) {
    this.length = length;
    this.#step = step;
    this.#slots = slots;
    this.#starts = starts;
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#starts.byteLength;
  }

  get first(): number {
    return this.#starts[0];
  }

  get last(): number {
    const r = this.#starts.length - 1;
    return this.#starts[r] + (this.length - 1 - this.#slots[r]) * this.#step;
  }

  lowerBound(timeMs: number): number {
    const r = lowerBound(this.#starts, this.#starts.length, timeMs);
    if (r === 0) return 0;
    // Within the run before, or where that ends.
    const slot = this.#slots[r - 1] + Math.ceil((timeMs - this.#starts[r - 1]) / this.#step);
    return Math.min(slot, this.#endOf(r - 1));
  }

  copy(from: number, to: number, out: Float64Array, at: number): void {
    const step = this.#step;
    let r = lowerBound(this.#slots, this.#slots.length, from + 1) - 1;
    for (let slot = from; slot < to; r++) {
      const end = Math.min(to, this.#endOf(r));
      let time = this.#starts[r] + (slot - this.#slots[r]) * step;
      for (; slot < end; slot++) {
        out[at++] = time;
        time += step;
      }
    }
  }

  all(): Float64Array {
    const times = new Float64Array(this.length);
    this.copy(0, this.length, times, 0);
    return times;
  }

  #endOf(r: number): number {
    return r + 1 < this.#slots.length ? this.#slots[r + 1] : this.length;
  }
}

/** The first of the ascending `times[0 … length)` that is not below `timeMs`. */
export function lowerBound(times: ArrayLike<number>, length: number, timeMs: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
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

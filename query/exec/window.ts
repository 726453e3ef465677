// Which samples each step sees, found from times alone: once per timeline, not once per series. Both kinds of look
// are left-open as in Prometheus 3: the window of a step that ends at t is (t - range, t].
import { type Bitset, EMPTY_TIMELINE, setBit, type Timeline } from '../../storage/model/sample.ts';
import type { Grid, Windows } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';

/**
 * What one operator may remember of timelines. Series of one metric come target by target, so with a thousand targets
 * the same timeline comes again after a thousand series.
 */
const REMEMBERED_BYTES = 8 * 2 ** 20;

/** Remembers what was derived from timelines, by their identity; the oldest is forgotten when it gets too much. */
export class ByTimeline<T> {
  readonly #derive: (timeline: Timeline) => T;
  readonly #derived = new Map<Timeline, T>();
  readonly #most: number;
  #lastTimeline: Timeline | null = null;
  #last: T | null = null;

  /** `steps`: of the grid; what is derived has about 8 bytes for each. */
  constructor(steps: number, derive: (timeline: Timeline) => T) {
    this.#derive = derive;
    this.#most = Math.max(16, Math.floor(REMEMBERED_BYTES / (steps * 8 + 256)));
  }

  get(timeline: Timeline): T {
    // Neighbouring series mostly share their timeline.
    if (timeline === this.#lastTimeline) return this.#last as T;
    let derived = this.#derived.get(timeline);
    if (derived === undefined) {
      derived = this.#derive(timeline);
      if (this.#derived.size === this.#most) this.#forgetOldest();
      this.#derived.set(timeline, derived);
    }
    this.#lastTimeline = timeline;
    this.#last = derived;
    return derived;
  }

  #forgetOldest(): void {
    for (const timeline of this.#derived.keys()) {
      this.#derived.delete(timeline);
      return;
    }
  }
}

/**
 * Where the steps of a grid look, in the data's time: their own moments, or the one of `@` at every step, less the
 * offset.
 */
export function lookTimes(grid: Grid, atMs: number | null, offsetMs: number): Float64Array {
  const { startMs, stepMs, count } = grid;
  const times = new Float64Array(count);
  if (atMs !== null) return times.fill(atMs - offsetMs);
  const start = startMs - offsetMs;
  for (let k = 0; k < count; k++) times[k] = start + k * stepMs;
  return times;
}

/** The windows `(ends[k] - rangeMs, ends[k]]` over a timeline. `ends` ascend. */
export function windowsOver(timeline: Timeline, ends: Float64Array, rangeMs: number): Windows {
  const count = ends.length;
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  const { times, length } = timeline;
  let from = 0;
  let to = 0;
  for (let k = 0; k < count; k++) {
    const end = ends[k];
    const start = end - rangeMs;
    while (to < length && times[to] <= end) to++;
    while (from < to && times[from] <= start) from++;
    first[k] = from;
    last[k] = to;
  }
  return { timeline, rangeMs, count, first, last, ends };
}

/** For each step the slot of the newest sample within lookback. */
export interface Lookups {
  /** Slot by step; -1 where there is none. */
  readonly slots: Int32Array;
  /** Steps with a slot, null where all have one. */
  readonly present: Bitset | null;
  /** Number of steps with a slot. */
  readonly found: number;
  /** The first slot where slots ascend by one from step to step (sampled as often as asked for), else -1. */
  readonly run: number;
}

/** Finds for every time of `times` (ascending) the newest sample in `(time - lookbackMs, time]`. */
export function lookupsOver(timeline: Timeline, times: Float64Array, lookbackMs: number): Lookups {
  const count = times.length;
  const slots = new Int32Array(count);
  const mask = emptyMask(count);
  const { times: samples, length } = timeline;
  let next = 0;
  let found = 0;
  let isRun = count > 0;
  for (let k = 0; k < count; k++) {
    const time = times[k];
    while (next < length && samples[next] <= time) next++;
    const slot = next - 1;
    if (slot >= 0 && samples[slot] > time - lookbackMs) {
      slots[k] = slot;
      setBit(mask, k);
      found++;
      if (slot !== slots[0] + k) isRun = false;
    } else {
      slots[k] = -1;
      isRun = false;
    }
  }
  return { slots, present: denseOrMask(mask, count), found, run: isRun ? slots[0] : -1 };
}

/**
 * Moves the values of all slots but those in `gone` to the front and gives the timeline of what is left: `known`
 * where the caller has it already.
 */
export function withoutSlots(
  timeline: Timeline,
  gone: Bitset,
  values: Float64Array,
  known: Timeline | null,
): Timeline {
  const { times, length } = timeline;
  const kept = known ? null : new Float64Array(length);
  let count = 0;
  for (let j = 0; j < length; j++) {
    if ((gone[j >>> 5] & (1 << (j & 31))) !== 0) continue;
    if (kept) kept[count] = times[j];
    values[count] = values[j];
    count++;
  }
  if (known || !kept) return known ?? EMPTY_TIMELINE;
  return count === 0 ? EMPTY_TIMELINE : { times: kept, length: count };
}

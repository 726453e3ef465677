// Change over a window: rate, increase and delta with Prometheus's extrapolation, irate and idelta, resets and
// changes, and the anchored and smoothed variants that do not extrapolate. Every addition happens in the order in
// which Prometheus does it, so results agree to the last bit. Times are milliseconds.
//
// A slot whose window holds too few samples is left 0; which slots those are depends on times alone and is the
// caller's to know (exec/range.ts).
import type { Spans } from './accumulators.ts';

/** What extrapolation knows from times alone, in seconds, one slot a step. */
export interface Extrapolation {
  /** From the first sample of the window to its last. */
  readonly sampled: Float64Array;
  /** How far the slope is carried on before the first sample and behind the last one. */
  readonly toStart: Float64Array;
  readonly toEnd: Float64Array;
}

/**
 * The terms of extrapolation: to the window's edge where a sample lies within 1.1 mean intervals of it, else half a
 * mean interval.
 */
export function extrapolation(
  times: Float64Array,
  spans: Spans,
  ends: Float64Array,
  rangeMs: number,
): Extrapolation {
  const { count, first, last } = spans;
  const sampled = new Float64Array(count);
  const toStart = new Float64Array(count);
  const toEnd = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const steps = last[k] - first[k] - 1;
    if (steps < 1) continue;
    const firstMs = times[first[k]];
    const lastMs = times[last[k] - 1];
    const length = (lastMs - firstMs) / 1000;
    const mean = length / steps;
    const threshold = mean * 1.1;
    let before = (firstMs - (ends[k] - rangeMs)) / 1000;
    let behind = (ends[k] - lastMs) / 1000;
    if (before >= threshold) before = mean / 2;
    if (behind >= threshold) behind = mean / 2;
    sampled[k] = length;
    toStart[k] = before;
    toEnd[k] = behind;
  }
  return { sampled, toStart, toEnd };
}

/**
 * Writes to `positions` where a counter fell: every j in (from, to) with `values[j] < values[j - 1]`.
 * @returns how many there are; `positions` needs room for `to - from`
 */
export function findResets(values: Float64Array, from: number, to: number, positions: Int32Array): number {
  let n = 0;
  let before = values[from];
  for (let j = from + 1; j < to; j++) {
    const v = values[j];
    if (v < before) positions[n++] = j;
    before = v;
  }
  return n;
}

/**
 * rate (`perSeconds` the range in seconds) and increase (`perSeconds` 0) of a counter. `resets` holds the positions
 * of all its resets, so a window adds up only those inside it, in order.
 */
export function counterRate(
  values: Float64Array,
  spans: Spans,
  terms: Extrapolation,
  perSeconds: number,
  resets: Int32Array,
  resetCount: number,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  const { sampled, toStart, toEnd } = terms;
  let reset = 0;
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const to = last[k];
    if (to - from < 2) {
      out[k] = 0;
      continue;
    }
    const start = values[from];
    let result = values[to - 1] - start;
    while (reset < resetCount && resets[reset] <= from) reset++;
    for (let r = reset; r < resetCount && resets[r] < to; r++) result += values[resets[r] - 1];
    const length = sampled[k];
    let before = toStart[k];
    if (result > 0 && start >= 0) {
      // A counter cannot have been negative: carry the slope back to zero at most.
      const toZero = length * (start / result);
      if (toZero < before) before = toZero;
    }
    let factor = (length + before + toEnd[k]) / length;
    if (perSeconds !== 0) factor /= perSeconds;
    out[k] = result * factor;
  }
}

/** delta of a gauge. */
export function gaugeDelta(
  values: Float64Array,
  spans: Spans,
  terms: Extrapolation,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  const { sampled, toStart, toEnd } = terms;
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const to = last[k];
    if (to - from < 2) {
      out[k] = 0;
      continue;
    }
    const length = sampled[k];
    out[k] = (values[to - 1] - values[from]) * ((length + toStart[k] + toEnd[k]) / length);
  }
}

/** irate (`isRate`) and idelta: the last two samples of each window. */
export function instantDelta(
  values: Float64Array,
  times: Float64Array,
  spans: Spans,
  isRate: boolean,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++) {
    const to = last[k];
    if (to - first[k] < 2) {
      out[k] = 0;
      continue;
    }
    const now = values[to - 1];
    const before = values[to - 2];
    let result = isRate && now < before ? now : now - before;
    if (isRate) result /= (times[to - 1] - times[to - 2]) / 1000;
    out[k] = result;
  }
}

/**
 * Counts events between neighbours in each window: falls (`resets`) or changes (NaN equals NaN).
 * `counts` is scratch with a slot for each sample up to the last window.
 */
export function countEvents(
  values: Float64Array,
  spans: Spans,
  kind: 'resets' | 'changes',
  counts: Int32Array,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  const falls = kind === 'resets';
  // Empty windows may lie anywhere.
  let from = values.length;
  let to = 0;
  for (let k = 0; k < count; k++) {
    if (first[k] >= last[k]) continue;
    if (first[k] < from) from = first[k];
    if (last[k] > to) to = last[k];
  }
  if (from < to) {
    let n = 0;
    counts[from] = 0;
    let before = values[from];
    for (let j = from + 1; j < to; j++) {
      const v = values[j];
      if (falls ? v < before : v !== before && (v === v || before === before)) n++;
      counts[j] = n;
      before = v;
    }
  }
  for (let k = 0; k < count; k++) out[k] = last[k] > first[k] ? counts[last[k] - 1] - counts[first[k]] : 0;
}

/** How an extended window fills its edges. */
export type Edges = 'anchored' | 'smoothed';

/**
 * rate, increase and delta without extrapolation. `wide` are the samples within the lookback beyond the range as well
 * (behind it only where smoothed); a result is the change from the left edge to the right one, the edges being the
 * nearest sample at or before them (anchored) or interpolated between their neighbours (smoothed).
 *
 * @param perSeconds the range in seconds for rate, 0 for increase and delta
 * @param present gets 1 for each step that has a result, else 0
 */
export function extendedDelta(
  values: Float64Array,
  times: Float64Array,
  wide: Spans,
  ends: Float64Array,
  rangeMs: number,
  edges: Edges,
  isCounter: boolean,
  perSeconds: number,
  out: Float64Array,
  present: Uint8Array,
): void {
  const smoothed = edges === 'smoothed';
  for (let k = 0; k < wide.count; k++) {
    out[k] = 0;
    present[k] = 0;
    const from = wide.first[k];
    const to = wide.last[k];
    if (from >= to) continue;
    const startMs = ends[k] - rangeMs;
    const endMs = ends[k];
    // The last sample at or before the left edge, or the first of all.
    let i = from;
    while (i + 1 < to - 1 && times[i + 1] <= startMs) i++;
    let j = to - 1;
    if (smoothed) {
      // The first sample at or after the right edge, or the last of all.
      j = from;
      while (j < to - 1 && times[j] < endMs) j++;
    }
    if (times[j] <= startMs || times[i] > endMs) continue;
    const left =
      smoothed && times[i] < startMs ? interpolate(values, times, i, startMs, isCounter) : values[i];
    const right =
      smoothed && j > from && times[j] > endMs
        ? interpolate(values, times, j - 1, endMs, isCounter)
        : values[j];
    let result = right - left;
    if (isCounter) {
      const inner = times[i] <= startMs ? i + 1 : i;
      const innerEnd = times[j] >= endMs ? j - 1 : j;
      result += resetCorrection(values, inner, innerEnd, left, right);
    }
    out[k] = perSeconds !== 0 ? result / perSeconds : result;
    present[k] = 1;
  }
}

/** What resets between `left`, the samples [from, to] and `right` took away. */
function resetCorrection(
  values: Float64Array,
  from: number,
  to: number,
  left: number,
  right: number,
): number {
  let correction = 0;
  let before = left;
  for (let p = from; p <= to; p++) {
    if (values[p] < before) correction += before;
    before = values[p];
  }
  return right < before ? correction + before : correction;
}

/** The line from sample i to the next one at `ms`; a counter that fell started from 0. */
function interpolate(
  values: Float64Array,
  times: Float64Array,
  i: number,
  ms: number,
  isCounter: boolean,
): number {
  const b = values[i + 1];
  const a = isCounter && b < values[i] ? 0 : values[i];
  return a + ((b - a) * (ms - times[i])) / (times[i + 1] - times[i]);
}

/**
 * The samples that resets and changes of an anchored window look at: those of the range and the last one before it,
 * none where nothing lies inside the range.
 */
export function anchoredSpans(times: Float64Array, wide: Spans, ends: Float64Array, rangeMs: number): Spans {
  const { count } = wide;
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const to = wide.last[k];
    const startMs = ends[k] - rangeMs;
    let from = wide.first[k];
    last[k] = to;
    if (from >= to || times[to - 1] <= startMs) from = to;
    else while (from + 1 < to - 1 && times[from + 1] <= startMs) from++;
    first[k] = from;
  }
  return { count, first, last };
}

// The functions over a window besides rate and its kin. Each fills one slot a step for all windows of a series at
// once; slots of empty windows (fewer than two samples for deriv, predict_linear and smoothing) get 0, and which
// those are is the caller's to know.
//
// Where windows overlap much, sliding forms replace the loop over every window. They are used only where they give
// the digits of that loop, which is what Prometheus computes.
import {
  columnShape,
  compensatedSum,
  longestWindow,
  neumaierCarry,
  type Spans,
  samplesSeen,
  slidingSums,
  type Workspace,
} from './accumulators.ts';
import { quantile, quantileSorted } from './quantile.ts';

/** Sliding sums cost as much as this many looks at each sample. */
const SLIDING_SUM_COST = 4;
/** From this many samples a window on average, queues and sorted windows beat a loop over each window. */
const LONG_WINDOW = 40;
/** A sum below this share of the largest addends has cancelled: only upstream's own order gives its digits. */
const CANCELLED = 1e-9;

/** sum_over_time (`average` false) and avg_over_time. */
export function sumOverTime(
  values: Float64Array,
  spans: Spans,
  average: boolean,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  if (count === 0) return;
  const from = first[0];
  const to = last[count - 1];
  if (samplesSeen(spans) > SLIDING_SUM_COST * (to - from)) {
    const shape = columnShape(values, from, to);
    if (shape.exactIntegers) integerSums(values, spans, average, work, out);
    else if (shape.tame) longSums(values, spans, average, shape.maxAbs, work, out);
    else directSums(values, spans, average, work, out);
  } else directSums(values, spans, average, work, out);
}

function directSums(
  values: Float64Array,
  spans: Spans,
  average: boolean,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++) {
    work.tick(last[k] - first[k]);
    out[k] = directSum(values, first[k], last[k], average);
  }
}

function directSum(values: Float64Array, from: number, to: number, average: boolean): number {
  if (from >= to) return 0;
  return average ? averageOf(values, from, to) : compensatedSum(values, from, to);
}

/** Integers whose sums are exact in any order: differences of running sums. */
function integerSums(
  values: Float64Array,
  spans: Spans,
  average: boolean,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  const from = first[0];
  const to = last[count - 1];
  const running = work.floats(to - from + 1);
  let sum = 0;
  running[0] = 0;
  for (let j = from; j < to; j++) {
    sum += values[j];
    running[j - from + 1] = sum;
  }
  for (let k = 0; k < count; k++) {
    const n = last[k] - first[k];
    const total = n > 0 ? running[last[k] - from] - running[first[k] - from] : 0;
    out[k] = average && n > 0 ? total / n : total;
  }
}

function longSums(
  values: Float64Array,
  spans: Spans,
  average: boolean,
  maxAbs: number,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  const low = work.moreFloats(count);
  slidingSums(values, spans, out, low, work.floats(2 * longestWindow(spans)));
  for (let k = 0; k < count; k++) {
    const n = last[k] - first[k];
    const high = out[k];
    if (Math.abs(high) < CANCELLED * maxAbs * n) {
      work.tick(n);
      out[k] = directSum(values, first[k], last[k], average);
    } else if (average && n > 0) out[k] = high / n + low[k] / n;
  }
}

/**
 * The mean of `values[from, to)`: sum divided by count, or, from where the sum would overflow, an incremental mean.
 */
export function averageOf(values: Float64Array, from: number, to: number): number {
  let sum = values[from];
  let carry = 0;
  for (let i = from + 1; i < to; i++) {
    const v = values[i];
    const t = sum + v;
    if (t === Infinity || t === -Infinity) return incrementalMean(values, from, i, to, sum, carry);
    carry = neumaierCarry(carry, sum, v, t);
    sum = t;
  }
  const count = to - from;
  return sum / count + carry / count;
}

/** Goes on from the sum of `values[from, at)`, keeping the mean instead. */
function incrementalMean(
  values: Float64Array,
  from: number,
  at: number,
  to: number,
  sum: number,
  sumCarry: number,
): number {
  let mean = sum / (at - from);
  let carry = sumCarry / (at - from);
  for (let i = at; i < to; i++) {
    const count = i - from + 1;
    const share = (count - 1) / count;
    const value = values[i] / count;
    const before = share * mean;
    mean = before + value;
    carry = neumaierCarry(share * carry, before, value, mean);
  }
  return mean + carry;
}

/** max_over_time and min_over_time. NaN counts only where there is nothing else. */
export function extremeOverTime(
  values: Float64Array,
  spans: Spans,
  isMax: boolean,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  if (count === 0) return;
  if (samplesSeen(spans) >= LONG_WINDOW * count) {
    const slots = work.ints(last[count - 1] - first[0] + 1);
    extremeSlots(values, spans, isMax, false, slots, out);
    for (let k = 0; k < count; k++) out[k] = first[k] < last[k] ? values[out[k]] : 0;
    return;
  }
  for (let k = 0; k < count; k++)
    out[k] = first[k] < last[k] ? values[extremeSlot(values, first[k], last[k], isMax, false)] : 0;
}

/** ts_of_max_over_time and ts_of_min_over_time, in seconds: the last sample that holds the extreme. */
export function extremeTimes(
  values: Float64Array,
  times: Float64Array,
  spans: Spans,
  isMax: boolean,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  if (count === 0) return;
  if (samplesSeen(spans) >= LONG_WINDOW * count) {
    extremeSlots(values, spans, isMax, true, work.ints(last[count - 1] - first[0] + 1), out);
    for (let k = 0; k < count; k++) out[k] = first[k] < last[k] ? times[out[k]] / 1000 : 0;
    return;
  }
  for (let k = 0; k < count; k++)
    out[k] = first[k] < last[k] ? times[extremeSlot(values, first[k], last[k], isMax, true)] / 1000 : 0;
}

/** Slot of the extreme of `values[from, to)`: the first one that holds it, or the last. */
function extremeSlot(
  values: Float64Array,
  from: number,
  to: number,
  isMax: boolean,
  wantsLast: boolean,
): number {
  let slot = from;
  let best = values[from];
  for (let i = from + 1; i < to; i++) {
    const v = values[i];
    const better = isMax ? v > best : v < best;
    if (better || best !== best || (wantsLast && v === best)) {
      best = v;
      slot = i;
    }
  }
  return slot;
}

/** Slots of the extremes of all windows, by a queue of candidates: each sample enters and leaves it once. */
function extremeSlots(
  values: Float64Array,
  spans: Spans,
  isMax: boolean,
  wantsLast: boolean,
  queue: Int32Array,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  let head = 0;
  let tail = 0;
  let next = first[0];
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const to = last[k];
    for (; next < to; next++) {
      const v = values[next];
      if (v !== v) continue;
      while (tail > head) {
        const back = values[queue[tail - 1]];
        if (!(isMax ? back < v : back > v) && !(wantsLast && back === v)) break;
        tail--;
      }
      queue[tail++] = next;
    }
    while (head < tail && queue[head] < from) head++;
    // Nothing but NaN: the last of them where the last extreme is wanted.
    out[k] = head < tail ? queue[head] : wantsLast ? to - 1 : from;
  }
}

/** first_over_time and last_over_time. */
export function edgeOverTime(values: Float64Array, spans: Spans, isLast: boolean, out: Float64Array): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++) out[k] = first[k] < last[k] ? values[isLast ? last[k] - 1 : first[k]] : 0;
}

/** ts_of_first_over_time and ts_of_last_over_time, in seconds. */
export function edgeTimes(times: Float64Array, spans: Spans, isLast: boolean, out: Float64Array): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++)
    out[k] = first[k] < last[k] ? times[isLast ? last[k] - 1 : first[k]] / 1000 : 0;
}

/** count_over_time. */
export function countOverTime(spans: Spans, out: Float64Array): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++) out[k] = last[k] - first[k];
}

/** quantile_over_time; `phis` has φ of every step. */
export function quantileOverTime(
  values: Float64Array,
  spans: Spans,
  phis: Float64Array,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  if (count === 0) return;
  const seen = samplesSeen(spans);
  const slides = seen >= LONG_WINDOW * count && seen > SLIDING_SUM_COST * (last[count - 1] - first[0]);
  const copy = work.floats(longestWindow(spans) + 1);
  if (slides) {
    slidingQuantiles(values, spans, phis, copy, work, out);
    return;
  }
  for (let k = 0; k < count; k++) {
    const n = last[k] - first[k];
    work.tick(n);
    for (let i = 0; i < n; i++) copy[i] = values[first[k] + i];
    out[k] = n > 0 ? quantile(phis[k], copy, n) : 0;
  }
}

/** Keeps the window sorted while it moves on. */
function slidingQuantiles(
  values: Float64Array,
  spans: Spans,
  phis: Float64Array,
  sorted: Float64Array,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  let from = first[0];
  let to = from;
  let n = 0;
  for (let k = 0; k < count; k++) {
    if (first[k] >= to) {
      n = 0;
      from = first[k];
      to = from;
    }
    // Each sample that comes or goes moves half of the window, a thousand values in the time of a few hundred steps.
    work.tick(n >> 2);
    // What leaves goes first, so that the window never outgrows the longest one.
    for (; from < first[k]; from++) {
      const at = sortedPlace(sorted, n, values[from]);
      sorted.copyWithin(at, at + 1, n);
      n--;
    }
    for (; to < last[k]; to++) {
      const v = values[to];
      const at = sortedPlace(sorted, n, v);
      sorted.copyWithin(at + 1, at, n);
      sorted[at] = v;
      n++;
    }
    out[k] = n > 0 ? quantileSorted(phis[k], sorted, 0, n) : 0;
  }
}

/** Index of the first of `sorted[0, n)` that is not less than v; NaN stands before all numbers. */
function sortedPlace(sorted: Float64Array, n: number, v: number): number {
  if (v !== v) return 0;
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] >= v) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** mad_over_time: the median of the distances from the median; NaN where any sample is. */
export function medianDeviationOverTime(
  values: Float64Array,
  spans: Spans,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  const copy = work.floats(longestWindow(spans));
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const n = last[k] - from;
    out[k] = 0;
    if (n <= 0) continue;
    work.tick(4 * n);
    let hasNaN = false;
    for (let i = 0; i < n; i++) {
      const v = values[from + i];
      if (v !== v) hasNaN = true;
      copy[i] = v;
    }
    if (hasNaN) {
      out[k] = NaN;
      continue;
    }
    const median = quantile(0.5, copy, n);
    for (let i = 0; i < n; i++) copy[i] = Math.abs(values[from + i] - median);
    out[k] = quantile(0.5, copy, n);
  }
}

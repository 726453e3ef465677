// stdvar_over_time and stddev_over_time. Each window by itself is Welford's running mean with compensated sums, as in
// Prometheus. Where windows overlap much, sums of values and of squares slide along as double-doubles (about 32
// digits), which loses nothing that matters as long as the mean is below 1e5 standard deviations; beyond that
// Prometheus is inexact itself, and only its own way gives its digits.
import {
  columnShape,
  longestWindow,
  neumaierCarry,
  type Spans,
  samplesSeen,
  type Workspace,
} from './accumulators.ts';

/** Sliding costs as much as this many looks at each sample. */
const SLIDING_COST = 6;
/** Squares of values up to here neither overflow nor lose their low parts. */
const LARGE_SQUARE = 1e140;
/** Least ratio of m2 to the sum of squares that still leaves more digits than Prometheus has. */
const ILL_CONDITIONED = 1e-10;
/** Below this, squares have lost digits to underflow. */
const TINY = 1e-250;
/** Splits a float64 into two halves of 26 bits (T. J. Dekker, Numer. Math. 18, 1971). */
const SPLIT = 134_217_729;

/** The variance of all windows, or its root. */
export function varianceOverTime(
  values: Float64Array,
  spans: Spans,
  root: boolean,
  work: Workspace,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  if (count === 0) return;
  const from = first[0];
  const to = last[count - 1];
  let slides = samplesSeen(spans) > SLIDING_COST * (to - from);
  if (slides) {
    const { tame, maxAbs } = columnShape(values, from, to);
    slides = tame && maxAbs < LARGE_SQUARE;
  }
  if (slides) slidingVariances(values, spans, work, out);
  else
    for (let k = 0; k < count; k++) {
      work.tick(2 * (last[k] - first[k]));
      out[k] = first[k] < last[k] ? varianceOf(values, first[k], last[k]) : 0;
    }
  if (root) for (let k = 0; k < count; k++) out[k] = Math.sqrt(out[k]);
}

/** The population variance of `values[from, to)`. */
export function varianceOf(values: Float64Array, from: number, to: number): number {
  let mean = 0;
  let meanCarry = 0;
  let squares = 0;
  let squaresCarry = 0;
  for (let i = from; i < to; i++) {
    const v = values[i];
    const delta = v - (mean + meanCarry);
    const share = delta / (i - from + 1);
    let t = mean + share;
    meanCarry = neumaierCarry(meanCarry, mean, share, t);
    mean = t;
    const square = delta * (v - (mean + meanCarry));
    t = squares + square;
    squaresCarry = neumaierCarry(squaresCarry, squares, square, t);
    squares = t;
  }
  return (squares + squaresCarry) / (to - from);
}

/** By two stacks, as slidingSums does: the front has sums of suffixes, the back a running sum. */
function slidingVariances(values: Float64Array, spans: Spans, work: Workspace, out: Float64Array): void {
  const { count, first, last } = spans;
  const runs = runStarts(values, first[0], last[count - 1], work.ints(last[count - 1]));
  const front = work.floats(4 * longestWindow(spans));
  const back = new Float64Array(4);
  let pivot = 0;
  let base = 0;
  let next = 0;
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const to = last[k];
    if (from >= to || runs[to - 1] <= from) {
      // Nothing, or one value all along: exactly 0, as the running mean finds it.
      out[k] = 0;
      continue;
    }
    if (from >= pivot) {
      base = from;
      pivot = to;
      next = to;
      suffixMoments(values, from, to, front);
      back.fill(0);
    }
    if (next < to) addMoments(values, next, to, back);
    next = to;
    const variance = combine(front, 4 * (from - base), back, to - from);
    if (variance > TINY) out[k] = variance;
    else {
      work.tick(2 * (to - from));
      out[k] = varianceOf(values, from, to);
    }
  }
}

/** For each sample where the run of equal values begins that it belongs to. */
function runStarts(values: Float64Array, from: number, to: number, starts: Int32Array): Int32Array {
  let start = from;
  for (let j = from; j < to; j++) {
    if (values[j] !== values[start]) start = j;
    starts[j] = start;
  }
  return starts;
}

/** Sums of values and of squares of every suffix of `values[from, to)`: four numbers a sample. */
function suffixMoments(values: Float64Array, from: number, to: number, out: Float64Array): void {
  const sums = new Float64Array(4);
  for (let j = to - 1; j >= from; j--) {
    addMoments(values, j, j + 1, sums);
    const p = 4 * (j - from);
    out[p] = sums[0];
    out[p + 1] = sums[1];
    out[p + 2] = sums[2];
    out[p + 3] = sums[3];
  }
}

/** Adds `values[from, to)` and their squares to `sums`: high and low part of each. */
function addMoments(values: Float64Array, from: number, to: number, sums: Float64Array): void {
  let h = sums[0];
  let l = sums[1];
  let squareH = sums[2];
  let squareL = sums[3];
  for (let j = from; j < to; j++) {
    const v = values[j];
    let s = h + v;
    let z = s - h;
    let e = h - (s - z) + (v - z) + l;
    h = s + e;
    l = e - (h - s);
    // The square, exactly: p + rest.
    const p = v * v;
    const c = SPLIT * v;
    const high = c - (c - v);
    const low = v - high;
    const rest = high * high - p + 2 * high * low + low * low;
    s = squareH + p;
    z = s - squareH;
    e = squareH - (s - z) + (p - z) + (squareL + rest);
    squareH = s + e;
    squareL = e - (squareH - s);
  }
  sums[0] = h;
  sums[1] = l;
  sums[2] = squareH;
  sums[3] = squareL;
}

/**
 * The variance from sums of values and squares, `(Σv² - (Σv)²/n) / n`; -1 where so much cancels that the running mean
 * has to do it.
 */
function combine(front: Float64Array, at: number, back: Float64Array, n: number): number {
  const a = front[at];
  const b = back[0];
  const sum = a + b;
  const z = sum - a;
  const sumLow = a - (sum - z) + (b - z) + (front[at + 1] + back[1]);
  const c = front[at + 2];
  const d = back[2];
  const squares = c + d;
  const y = squares - c;
  const squaresLow = c - (squares - y) + (d - y) + (front[at + 3] + back[3]);
  // (Σv)² as p + pLow, then divided by n as q + qLow.
  const p = sum * sum;
  const pLow = productRest(sum, sum, p) + 2 * sum * sumLow;
  const q = p / n;
  const qn = q * n;
  const qLow = (p - qn - productRest(q, n, qn) + pLow) / n;
  const m2 = squares - q + (squaresLow - qLow);
  return m2 < ILL_CONDITIONED * squares ? -1 : m2 / n;
}

/** What rounding took from the product `p` of a and b. */
function productRest(a: number, b: number, p: number): number {
  const ca = SPLIT * a;
  const aHigh = ca - (ca - a);
  const aLow = a - aHigh;
  const cb = SPLIT * b;
  const bHigh = cb - (cb - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - p + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

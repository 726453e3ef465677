// Sums that keep what a plain float64 addition loses. Two kinds: the running sum that Prometheus uses (its digits must
// come out again), and sums over sliding windows by two stacks, which never subtract.
//
// The running sum is Kahan's with Neumaier's improvement: O. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur
// Summation endlicher Summen", ZAMM 54 (1974). Callers keep `sum` and `carry` in locals, since a function can return
// only one number without allocating: the step is written out where it is used,
//
//   const t = sum + v;
//   carry = t is infinite ? 0 : carry + (|sum| >= |v| ? sum - t + v : v - t + sum);
//   sum = t;
//
// and `neumaierCarry` is the middle line.

/** Which samples each step sees: `first[k] ≤ j < last[k]`. Both never decrease with k. */
export interface Spans {
  readonly count: number;
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Told of every so many samples looked at; may throw to end the work. */
export type Tick = (work: number) => void;

/**
 * Scratch arrays that grow and are used again, so that a series costs no allocation. Contents are left over. Kernels
 * whose work grows with windows × samples report it to `tick`, window by window.
 */
export class Workspace {
  readonly tick: Tick;
  #floats = new Float64Array(0);
  #moreFloats = new Float64Array(0);
  #ints = new Int32Array(0);

  constructor(tick: Tick = () => {}) {
    this.tick = tick;
  }

  floats(length: number): Float64Array {
    if (this.#floats.length < length) this.#floats = new Float64Array(Math.ceil(length * 1.5));
    return this.#floats;
  }

  moreFloats(length: number): Float64Array {
    if (this.#moreFloats.length < length) this.#moreFloats = new Float64Array(Math.ceil(length * 1.5));
    return this.#moreFloats;
  }

  ints(length: number): Int32Array {
    if (this.#ints.length < length) this.#ints = new Int32Array(Math.ceil(length * 1.5));
    return this.#ints;
  }
}

/** The new carry after `total = sum + value`. An overflow forgets the carry, as upstream does. */
export function neumaierCarry(carry: number, sum: number, value: number, total: number): number {
  if (total === Infinity || total === -Infinity) return 0;
  return Math.abs(sum) >= Math.abs(value) ? carry + (sum - total + value) : carry + (value - total + sum);
}

/** Compensated sum of `values[from, to)`, as `sum_over_time` gives it. */
export function compensatedSum(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let carry = 0;
  for (let i = from; i < to; i++) {
    const v = values[i];
    const t = sum + v;
    carry = neumaierCarry(carry, sum, v, t);
    sum = t;
  }
  return sum === Infinity || sum === -Infinity ? sum : sum + carry;
}

/** What one look over a column tells about how it may be summed. */
export interface ColumnShape {
  /** All values are integers and every sum of them is exact. */
  readonly exactIntegers: boolean;
  /** Neither NaN, infinities nor values so large that sums of them could overflow. */
  readonly tame: boolean;
  readonly maxAbs: number;
}

const LARGE = 1e290;

/** Looks over `values[from, to)`. */
export function columnShape(values: Float64Array, from: number, to: number): ColumnShape {
  let maxAbs = 0;
  let integers = true;
  let tame = true;
  for (let i = from; i < to; i++) {
    const v = values[i];
    const a = v < 0 ? -v : v;
    if (!(a <= LARGE)) {
      tame = false;
      integers = false;
      break;
    }
    if (a > maxAbs) maxAbs = a;
    if (integers && Math.trunc(v) !== v) integers = false;
  }
  return { exactIntegers: integers && maxAbs * (to - from) <= 2 ** 53, tame, maxAbs };
}

/**
 * Sums over sliding windows as double-doubles, by two stacks: the back stack is a running sum of what came last, the
 * front stack holds sums of every suffix of what came before. A window is one front entry plus the back sum, so
 * nothing is ever subtracted and a large value leaves no trace once it has left the window.
 *
 * `high[k]` is the rounded sum of window k, `low[k]` what rounding left out. Empty windows get 0. The windows must
 * move forward, `shape.tame` must hold, and `scratch` needs two slots a sample of the longest window.
 */
export function slidingSums(
  values: Float64Array,
  spans: Spans,
  high: Float64Array,
  low: Float64Array,
  scratch: Float64Array,
): void {
  const { count, first, last } = spans;
  // Suffix sums of the front stack for samples [.., pivot), at 2·(j - base) and the slot after it.
  let pivot = 0;
  let base = 0;
  let backHigh = 0;
  let backLow = 0;
  let backEnd = 0;
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const to = last[k];
    if (from >= to) {
      high[k] = 0;
      low[k] = 0;
      continue;
    }
    if (from >= pivot) {
      // The front is used up: turn the whole window into suffix sums and start an empty back.
      base = from;
      pivot = to;
      suffixSums(values, from, to, scratch);
      backHigh = 0;
      backLow = 0;
      backEnd = to;
    }
    for (; backEnd < to; backEnd++) {
      const v = values[backEnd];
      const s = backHigh + v;
      const z = s - backHigh;
      const e = backHigh - (s - z) + (v - z) + backLow;
      backHigh = s + e;
      backLow = e - (backHigh - s);
    }
    const p = 2 * (from - base);
    const frontHigh = scratch[p];
    const s = frontHigh + backHigh;
    const z = s - frontHigh;
    const e = frontHigh - (s - z) + (backHigh - z) + (scratch[p + 1] + backLow);
    const h = s + e;
    high[k] = h;
    low[k] = e - (h - s);
  }
}

/** Samples in the longest window. */
export function longestWindow(spans: Spans): number {
  const { count, first, last } = spans;
  let longest = 0;
  for (let k = 0; k < count; k++) if (last[k] - first[k] > longest) longest = last[k] - first[k];
  return longest;
}

function suffixSums(values: Float64Array, from: number, to: number, out: Float64Array): void {
  let h = 0;
  let l = 0;
  for (let j = to - 1; j >= from; j--) {
    const v = values[j];
    const s = h + v;
    const z = s - h;
    const e = h - (s - z) + (v - z) + l;
    h = s + e;
    l = e - (h - s);
    const p = 2 * (j - from);
    out[p] = h;
    out[p + 1] = l;
  }
}

/** Samples that all windows see together; a sample seen by three windows counts three times. */
export function samplesSeen(spans: Spans): number {
  const { count, first, last } = spans;
  let seen = 0;
  for (let k = 0; k < count; k++) seen += last[k] - first[k];
  return seen;
}

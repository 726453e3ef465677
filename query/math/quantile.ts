// Quantiles of samples, and quantiles and fractions of classic histograms (cumulative buckets).
//
// Sorting follows Prometheus: NaN comes before every number.

/** A difference between neighbouring buckets below this share of their sum is noise of float arithmetic. */
const SMALL_DELTA = 1e-12;
const MIN_NORMAL = 2.2250738585072014e-308;

/**
 * The φ-quantile of `values[0, n)`, interpolated linearly between neighbours. The values get reordered.
 * No value or φ NaN gives NaN, φ < 0 gives -Inf, φ > 1 gives +Inf.
 */
export function quantile(phi: number, values: Float64Array, n: number): number {
  const edge = quantileEdge(phi, n);
  if (edge === edge || n === 0 || phi !== phi) return edge;
  const rank = phi * (n - 1);
  const lower = Math.floor(rank);
  const weight = rank - lower;
  const start = nanFirst(values, n);
  // Both neighbours are wanted; after a selection the upper one is the least of what lies behind.
  select(values, start, n, lower);
  const upper = lower + 1 < n ? leastOf(values, Math.max(lower + 1, start), n, lower + 1) : values[lower];
  return values[lower] * (1 - weight) + upper * weight;
}

/** The φ-quantile of `sorted[from, from + n)`, NaN first. */
export function quantileSorted(phi: number, sorted: Float64Array, from: number, n: number): number {
  const edge = quantileEdge(phi, n);
  if (edge === edge || n === 0 || phi !== phi) return edge;
  const rank = phi * (n - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(n - 1, lower + 1);
  const weight = rank - lower;
  return sorted[from + lower] * (1 - weight) + sorted[from + upper] * weight;
}

/** The answers that need no values; NaN for everything else. */
function quantileEdge(phi: number, n: number): number {
  if (n === 0 || phi !== phi) return NaN;
  if (phi < 0) return -Infinity;
  return phi > 1 ? Infinity : NaN;
}

/** Moves NaNs to the front and tells where the numbers begin. */
function nanFirst(values: Float64Array, n: number): number {
  let start = 0;
  for (let i = 0; i < n; i++) {
    const v = values[i];
    if (v === v) continue;
    values[i] = values[start];
    values[start++] = v;
  }
  return start;
}

/** The least of `values[from, to)`, or the NaN at `nanSlot` where that slot is still among the NaNs. */
function leastOf(values: Float64Array, from: number, to: number, nanSlot: number): number {
  if (nanSlot < from) return values[nanSlot];
  let least = values[from];
  for (let i = from + 1; i < to; i++) if (values[i] < least) least = values[i];
  return least;
}

/**
 * Hoare's selection: afterwards slot `k` holds what it would hold if `values[from, to)` were sorted, nothing before
 * it is larger and nothing behind it smaller.
 */
function select(values: Float64Array, from: number, to: number, k: number): void {
  let low = from;
  let high = to - 1;
  if (k < low) return;
  while (low < high) {
    const pivot = values[(low + high) >>> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const v = values[i];
        values[i] = values[j];
        values[j] = v;
        i++;
        j--;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}

/** What had to be mended before a histogram's buckets could be used; owned by the caller, filled anew each time. */
export interface BucketFix {
  /** Counts fell from one bucket to the next by more than noise. */
  forced: boolean;
  /** The lowest and highest upper bound of such a bucket, and the largest fall. */
  minBucket: number;
  maxBucket: number;
  maxDiff: number;
}

/**
 * The φ-quantile of a classic histogram with `n` buckets: `bounds` are upper bounds in ascending order, `counts` are
 * cumulative. Both are overwritten (equal bounds are merged, falling counts are lifted).
 *
 * NaN for φ NaN, for a highest bound that is not +Inf, for fewer than two buckets and for no observation; -Inf for
 * φ < 0, +Inf for φ > 1. Interpolation is linear within a bucket; the first bucket starts at 0 where its bound is
 * above 0; in the last one the answer is the bound before it.
 */
export function bucketQuantile(
  phi: number,
  bounds: Float64Array,
  counts: Float64Array,
  n: number,
  fix: BucketFix,
): number {
  fix.forced = false;
  const edge = quantileEdge(phi, n);
  if (edge === edge || n === 0 || phi !== phi) return edge;
  if (bounds[n - 1] !== Infinity) return NaN;
  const buckets = mergeEqualBounds(bounds, counts, n);
  makeMonotonic(bounds, counts, buckets, fix);
  if (buckets < 2) return NaN;
  const observations = counts[buckets - 1];
  if (observations === 0) return NaN;
  let rank = phi * observations;
  const b = firstAtLeast(counts, buckets - 1, rank);
  if (b === buckets - 1) return bounds[buckets - 2];
  if (b === 0 && bounds[0] <= 0) return bounds[0];
  let start = 0;
  let count = counts[b];
  if (b > 0) {
    start = bounds[b - 1];
    count -= counts[b - 1];
    rank -= counts[b - 1];
  }
  return start + (bounds[b] - start) * (rank / count);
}

/**
 * The share of observations between `lower` and `upper` in a classic histogram; arguments as in `bucketQuantile`.
 * NaN for a NaN argument, a highest bound that is not +Inf and no observation; 0 where `lower` ≥ `upper`.
 */
export function bucketFraction(
  lower: number,
  upper: number,
  bounds: Float64Array,
  counts: Float64Array,
  n: number,
): number {
  if (n === 0 || bounds[n - 1] !== Infinity) return NaN;
  const buckets = mergeEqualBounds(bounds, counts, n);
  const count = counts[buckets - 1];
  if (count === 0 || lower !== lower || upper !== upper) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, bounds, counts, buckets) - rankOf(lower, bounds, counts, buckets)) / count;
}

/** How many observations lie below `value`, interpolated linearly. */
function rankOf(value: number, bounds: Float64Array, counts: Float64Array, n: number): number {
  const total = counts[n - 1];
  let rank = 0;
  let from = bounds[0] <= 0 ? -Infinity : 0;
  for (let i = 0; i < n; i++) {
    const to = bounds[i];
    if (from >= value) return Math.min(rank, total);
    if (to > value) {
      // Without a finite start nothing can be interpolated: all of the bucket lies below.
      if (from === -Infinity) return Math.min(counts[i], total);
      return Math.min(rank + ((counts[i] - rank) * (value - from)) / (to - from), total);
    }
    rank = counts[i];
    from = to;
  }
  return total;
}

/** Adds up buckets of the same bound; returns how many are left. */
function mergeEqualBounds(bounds: Float64Array, counts: Float64Array, n: number): number {
  let kept = 0;
  for (let i = 1; i < n; i++) {
    if (bounds[i] === bounds[kept]) counts[kept] += counts[i];
    else {
      kept++;
      bounds[kept] = bounds[i];
      counts[kept] = counts[i];
    }
  }
  return kept + 1;
}

/** Levels differences that are noise, whatever their direction, and lifts counts that fall. */
function makeMonotonic(bounds: Float64Array, counts: Float64Array, n: number, fix: BucketFix): void {
  fix.minBucket = Infinity;
  fix.maxBucket = -Infinity;
  fix.maxDiff = 0;
  let before = counts[0];
  for (let i = 1; i < n; i++) {
    const now = counts[i];
    if (now === before) continue;
    if (almostEqual(before, now, SMALL_DELTA)) counts[i] = before;
    else if (now < before) {
      counts[i] = before;
      fix.forced = true;
      fix.minBucket = Math.min(fix.minBucket, bounds[i]);
      fix.maxBucket = Math.max(fix.maxBucket, bounds[i]);
      fix.maxDiff = Math.max(fix.maxDiff, before - now);
    } else before = now;
  }
}

/** Index of the first of `counts[0, n)` that is at least `rank`, n where none is. */
function firstAtLeast(counts: Float64Array, n: number, rank: number): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (counts[middle] >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** True where a and b differ by less than `epsilon` times the sum of their sizes; NaN equals NaN. */
export function almostEqual(a: number, b: number, epsilon: number): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  const size = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || size < MIN_NORMAL) return difference < epsilon * MIN_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < epsilon;
}

// The arithmetic of aggregations: running results of all groups at all steps, into which one series after the other
// is folded. Flat arrays, group by group; a step vector's absent slots hold 0, which sums may take along.
import { type Bitset, bitsetWords } from '../../storage/model/sample.ts';
import type { StepVector } from './operator.ts';
import { clearAbsent, denseOrMask, PresenceTable } from './presence.ts';

/** Folds vectors of many series into one vector a group. */
export interface Fold {
  add(group: number, vector: StepVector): void;
  /** Writes the result of a group; `out` shares nothing with the fold afterwards. */
  finish(group: number, out: StepVector): void;
  /** Forgets everything, for the next group where groups are folded one at a time. */
  reset(): void;
}

/** Bytes that a fold keeps for one step of one group, at most. */
export const FOLD_BYTES = 32;

/** How many series have a value at each step of each group. Series without gaps are counted in one number. */
class GroupCounts {
  readonly #steps: number;
  readonly #dense: Float64Array;
  readonly #sparse: Float64Array;

  constructor(groups: number, steps: number) {
    this.#steps = steps;
    this.#dense = new Float64Array(groups);
    this.#sparse = new Float64Array(groups * steps);
  }

  add(group: number, present: Bitset | null): void {
    if (!present) {
      this.#dense[group]++;
      return;
    }
    const sparse = this.#sparse;
    const base = group * this.#steps;
    for (let k = 0; k < this.#steps; k++) if ((present[k >>> 5] & (1 << (k & 31))) !== 0) sparse[base + k]++;
  }

  at(group: number, k: number): number {
    return this.#dense[group] + this.#sparse[group * this.#steps + k];
  }

  reset(): void {
    this.#dense.fill(0);
    this.#sparse.fill(0);
  }
}

function finishVector(out: StepVector, present: Bitset | null, steps: number): void {
  out.present = present;
  out.histograms = null;
  out.timesMs = null;
  clearAbsent(out.values, present, steps);
}

/**
 * Compensated sum, to the bit what upstream's Kahan-Babuška-Neumaier sum gives: the compensation gathers the exact
 * rounding error of each addition, found here without a branch on magnitude (Knuth's two-sum), and starts anew at 0
 * where the sum is infinite.
 */
export class SumFold implements Fold {
  readonly #steps: number;
  readonly #sums: Float64Array;
  readonly #rests: Float64Array;
  readonly #presence: PresenceTable;

  constructor(groups: number, steps: number) {
    this.#steps = steps;
    this.#sums = new Float64Array(groups * steps);
    this.#rests = new Float64Array(groups * steps);
    this.#presence = new PresenceTable(groups, steps);
  }

  add(group: number, vector: StepVector): void {
    this.#presence.add(group, vector.present);
    const steps = this.#steps;
    const { values } = vector;
    const sums = this.#sums;
    const rests = this.#rests;
    for (let k = 0, at = group * steps; k < steps; k++, at++) {
      const sum = sums[at];
      const v = values[k];
      const t = sum + v;
      sums[at] = t;
      if (t - t === 0) {
        const added = t - sum;
        rests[at] += sum - (t - added) + (v - added);
      } else rests[at] = 0;
    }
  }

  finish(group: number, out: StepVector): void {
    const steps = this.#steps;
    const base = group * steps;
    for (let k = 0; k < steps; k++) out.values[k] = this.#sums[base + k] + this.#rests[base + k];
    finishVector(out, this.#presence.of(group), steps);
  }

  reset(): void {
    this.#sums.fill(0);
    this.#rests.fill(0);
    this.#presence.reset();
  }
}

/**
 * Average: the compensated sum over the count, and from the step on where that sum would overflow a running mean, as
 * upstream does it.
 */
export class AvgFold implements Fold {
  readonly #steps: number;
  /** Sums, or means where #isMean says so. */
  readonly #sums: Float64Array;
  readonly #rests: Float64Array;
  readonly #counts: GroupCounts;
  readonly #presence: PresenceTable;
  #isMean: Uint8Array | null = null;

  constructor(groups: number, steps: number) {
    this.#steps = steps;
    this.#sums = new Float64Array(groups * steps);
    this.#rests = new Float64Array(groups * steps);
    this.#counts = new GroupCounts(groups, steps);
    this.#presence = new PresenceTable(groups, steps);
  }

  add(group: number, vector: StepVector): void {
    this.#counts.add(group, vector.present);
    this.#presence.add(group, vector.present);
    if (this.#isMean) {
      this.#addWithMeans(group, vector, 0, this.#isMean);
      return;
    }
    const steps = this.#steps;
    const { values } = vector;
    const sums = this.#sums;
    const rests = this.#rests;
    for (let k = 0, at = group * steps; k < steps; k++, at++) {
      const sum = sums[at];
      const v = values[k];
      const t = sum + v;
      if (t - t === 0) {
        const added = t - sum;
        rests[at] += sum - (t - added) + (v - added);
      } else {
        if (sum - sum === 0 && v - v === 0) {
          this.#isMean = new Uint8Array(sums.length);
          this.#addWithMeans(group, vector, k, this.#isMean);
          return;
        }
        rests[at] = 0;
      }
      sums[at] = t;
    }
  }

  #addWithMeans(group: number, vector: StepVector, from: number, isMean: Uint8Array): void {
    const steps = this.#steps;
    const { values, present } = vector;
    const sums = this.#sums;
    const rests = this.#rests;
    for (let k = from; k < steps; k++) {
      if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
      const at = group * steps + k;
      const v = values[k];
      const count = this.#counts.at(group, k);
      const t = sums[at] + v;
      if (isMean[at] === 0) {
        if (count > 1 && t === t && t - t !== 0) {
          isMean[at] = 1;
          sums[at] /= count - 1;
          rests[at] /= count - 1;
        } else {
          rests[at] = neumaierRest(sums[at], v, rests[at]);
          sums[at] = t;
          continue;
        }
      }
      const share = (count - 1) / count;
      const mean = share * sums[at];
      rests[at] = neumaierRest(mean, v / count, share * rests[at]);
      sums[at] = mean + v / count;
    }
  }

  finish(group: number, out: StepVector): void {
    const steps = this.#steps;
    for (let k = 0; k < steps; k++) {
      const at = group * steps + k;
      const count = this.#counts.at(group, k);
      out.values[k] =
        this.#isMean?.[at] === 1
          ? this.#sums[at] + this.#rests[at]
          : this.#sums[at] / count + this.#rests[at] / count;
    }
    finishVector(out, this.#presence.of(group), steps);
  }

  reset(): void {
    this.#sums.fill(0);
    this.#rests.fill(0);
    this.#counts.reset();
    this.#presence.reset();
    this.#isMean = null;
  }
}

/** The compensation after `v` was added to `sum`. */
function neumaierRest(sum: number, v: number, rest: number): number {
  const t = sum + v;
  if (t - t !== 0) return 0;
  const added = t - sum;
  return rest + (sum - (t - added) + (v - added));
}

/** Minimum or maximum; NaN only where there is nothing else. */
export class ExtremeFold implements Fold {
  readonly #steps: number;
  readonly #isMax: boolean;
  readonly #values: Float64Array;
  readonly #presence: PresenceTable;

  constructor(groups: number, steps: number, isMax: boolean) {
    this.#steps = steps;
    this.#isMax = isMax;
    this.#values = new Float64Array(groups * steps).fill(Number.NaN);
    this.#presence = new PresenceTable(groups, steps);
  }

  add(group: number, vector: StepVector): void {
    this.#presence.add(group, vector.present);
    const base = group * this.#steps;
    if (this.#isMax) foldMax(this.#values, base, vector, this.#steps);
    else foldMin(this.#values, base, vector, this.#steps);
  }

  finish(group: number, out: StepVector): void {
    const base = group * this.#steps;
    out.values.set(this.#values.subarray(base, base + this.#steps));
    finishVector(out, this.#presence.of(group), this.#steps);
  }

  reset(): void {
    this.#values.fill(Number.NaN);
    this.#presence.reset();
  }
}

function foldMax(best: Float64Array, base: number, vector: StepVector, steps: number): void {
  const { values, present } = vector;
  for (let k = 0, at = base; k < steps; k++, at++) {
    if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
    const b = best[at];
    const v = values[k];
    if (b < v || b !== b) best[at] = v;
  }
}

function foldMin(best: Float64Array, base: number, vector: StepVector, steps: number): void {
  const { values, present } = vector;
  for (let k = 0, at = base; k < steps; k++, at++) {
    if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
    const b = best[at];
    const v = values[k];
    if (b > v || b !== b) best[at] = v;
  }
}

/** Number of series with a value, or 1 where there is any (`group`). */
export class CountFold implements Fold {
  readonly #steps: number;
  readonly #isGroup: boolean;
  readonly #counts: GroupCounts;

  constructor(groups: number, steps: number, isGroup: boolean) {
    this.#steps = steps;
    this.#isGroup = isGroup;
    this.#counts = new GroupCounts(groups, steps);
  }

  add(group: number, vector: StepVector): void {
    this.#counts.add(group, vector.present);
  }

  finish(group: number, out: StepVector): void {
    const steps = this.#steps;
    const present = new Uint32Array(bitsetWords(steps));
    for (let k = 0; k < steps; k++) {
      const count = this.#counts.at(group, k);
      out.values[k] = this.#isGroup ? Math.min(count, 1) : count;
      if (count > 0) present[k >>> 5] |= 1 << (k & 31);
    }
    out.present = denseOrMask(present, steps);
    out.histograms = null;
    out.timesMs = null;
  }

  reset(): void {
    this.#counts.reset();
  }
}

/** Standard deviation or variance of the population, by Welford's running mean, in upstream's order of operations. */
export class DeviationFold implements Fold {
  readonly #steps: number;
  readonly #isRoot: boolean;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  readonly #counts: Float64Array;
  readonly #presence: PresenceTable;

  constructor(groups: number, steps: number, isRoot: boolean) {
    this.#steps = steps;
    this.#isRoot = isRoot;
    this.#means = new Float64Array(groups * steps);
    this.#squares = new Float64Array(groups * steps);
    this.#counts = new Float64Array(groups * steps);
    this.#presence = new PresenceTable(groups, steps);
  }

  add(group: number, vector: StepVector): void {
    this.#presence.add(group, vector.present);
    const steps = this.#steps;
    const { values, present } = vector;
    const means = this.#means;
    const squares = this.#squares;
    const counts = this.#counts;
    for (let k = 0, at = group * steps; k < steps; k++, at++) {
      if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
      const v = values[k];
      const delta = v - means[at];
      const mean = means[at] + delta / ++counts[at];
      means[at] = mean;
      squares[at] += delta * (v - mean);
    }
  }

  finish(group: number, out: StepVector): void {
    const steps = this.#steps;
    for (let k = 0, at = group * steps; k < steps; k++, at++) {
      const variance = this.#squares[at] / this.#counts[at];
      out.values[k] = this.#isRoot ? Math.sqrt(variance) : variance;
    }
    finishVector(out, this.#presence.of(group), steps);
  }

  reset(): void {
    this.#means.fill(0);
    this.#squares.fill(0);
    this.#counts.fill(0);
    this.#presence.reset();
  }
}

// The contract of the engine: a query is a tree of operators, each a table of series over one grid of steps.
//
// Series first, values later. `series()` names every series that can ever come out, as labels of symbol ids, before
// any value is computed; a filter or a set operator names all candidates and leaves values absent. From then on
// everything indexes by a small integer, and no label is hashed inside a loop.
//
// Series at a time, all steps at once. `read(i, out)` fills a buffer that the caller owns with series i at every
// step. An aggregation reads its input series by series into one buffer and folds it away: memory grows with
// groups × steps, not with series × steps.
//
// What a caller must keep:
//   - call `series()` once before the first `read`; it may do work and may throw;
//   - `read` each series any number of times, in any order; ascending order is cheapest (the source's neighbours lie
//     together), and reading twice costs twice, so an operator that needs a series twice keeps a copy of its own;
//   - never keep `out` of a child beyond the next read into it, never write to `labels` arrays.
// What an operator must keep:
//   - it does not look at `out` before overwriting it, and fills exactly `grid.count` slots;
//   - a series read twice gives the same values;
//   - it asks `context.tick(n)` for every n slots or samples of work, so that deadline, cancellation and limits are
//     noticed within milliseconds.
import type { Bitset, Column, Histogram, Timeline } from '../../storage/model/sample.ts';

/** The moments at which an expression is evaluated: `startMs + k·stepMs` for `0 ≤ k < count`. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** The series an operator yields. */
export interface SeriesTable {
  readonly count: number;
  /**
   * Labels of series i as symbol ids, name and value in turn, ordered by name text; the metric name is an ordinary
   * label `__name__`. Ids ≥ 2^30 are texts that this query made (`context.symbols`).
   */
  labels(i: number): Int32Array;
  /** True where the metric name is to be dropped at the very end (delayed name removal); null: for none. */
  readonly dropName: Uint8Array | null;
}

/**
 * One series at all steps.
 *
 * - `present` null: every step has a value. Otherwise bit k tells whether step k has one; an absent slot of `values`
 *   holds 0, so that sums may run over it without a branch. Absent is not NaN. Bits behind the last step are 0. The
 *   bitset and `timesMs` may be shared with other vectors: replace them, never write to them. `values` is the
 *   owner's own.
 * - `histograms` null for floats only; else `histograms[k]` is set where the value of step k is a native histogram.
 * - `timesMs` null: a value's time is its step. Instant selectors set it where `timestamp()` asks for sample times.
 */
export class StepVector {
  values: Float64Array;
  present: Bitset | null = null;
  histograms: (Histogram | undefined)[] | null = null;
  timesMs: Float64Array | null = null;

  constructor(slots: number) {
    this.values = new Float64Array(slots);
  }
}

/** One node of a running query. */
export interface Operator {
  /** Every series that can come out. Called once, before any read. */
  series(): SeriesTable;
  /** Fills `out` with series i (0 ≤ i < series().count) at every step of the operator's grid. */
  read(i: number, out: StepVector): void;
  /** What this node is, for explain output: a short name such as `rate(x[5m])`, and the nodes it reads from. */
  explain(): { readonly name: string; readonly inputs: readonly Operator[] };
}

/** A node whose result has no labels and one value at every step: literals, time(), scalar(), arithmetic on those. */
export interface ScalarOperator {
  /** Fills `out` with `grid.count` values. */
  readScalar(out: Float64Array): void;
  explain(): { readonly name: string; readonly inputs: readonly (Operator | ScalarOperator)[] };
}

/**
 * Which samples each step of a grid sees: step k sees slots `first[k] ≤ j < last[k]` of the timeline, those with
 * `end[k] - rangeMs < time ≤ end[k]` (left-open). Depends on times only, so it is found once per timeline and shared by all
 * series on it (exec/window.ts); whoever derives more from it alone caches that by this object's identity.
 */
export interface Windows {
  readonly timeline: Timeline;
  readonly rangeMs: number;
  readonly count: number;
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** End of each step's window in ms: the step's time, moved by `offset` and `@`. */
  readonly ends: Float64Array;
}

/**
 * What a range function reads: raw samples (or the inner steps of a subquery) and the windows over them. Same rules
 * as Operator: `series()` first, `read` in any order, `out` belongs to the caller.
 */
export interface RangeOperator {
  series(): SeriesTable;
  /**
   * Fills `out` with the samples of series i that any window needs and returns their windows. Stale markers are
   * already left out: `out.stale` is null. The Windows object is the same for every series on the same timeline.
   * For `anchored` and `smoothed` selectors the column holds more than the windows: see exec/selector.ts.
   */
  read(i: number, out: Column): Windows;
  explain(): { readonly name: string; readonly inputs: readonly Operator[] };
}

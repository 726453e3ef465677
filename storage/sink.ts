// The contract for writing: what scraping, remote write and embedding programs see of a store. The store's Writer
// implements it. Synchronous, for one thread: a store has one writer.
//
// Nothing is durable, and no reader sees it, before `commit`. Callers gather what arrives within a few milliseconds
// and commit once (src/threads does that); an answer that promises storage is sent after the commit, never before.
import type { Labels } from './model/labels.ts';
import type { MetricMetadata } from './source.ts';

/** Why samples were not stored, or were and are worth counting. Every refused sample is in exactly one field. */
export interface AppendCounts {
  /** Samples accepted (stale markers included). */
  appended: number;
  /** Not newer than the newest sample of their own series, outside the out-of-order window. */
  outOfOrder: number;
  /** Same series and time as a stored sample, with another value: the first stays. */
  duplicate: number;
  /** Older than retention. */
  tooOld: number;
  /** More than ten minutes ahead of the clock. */
  tooFarAhead: number;
}

export interface Sink {
  /** Series that were given an id so far, committed or not. */
  readonly seriesCount: number;

  /**
   * The id of a series, given at its first use and never reused. Ids are dense from 1, so arrays may be indexed by
   * them.
   * @throws RangeError where `labels` is empty, unsorted, repeats a name or has an empty value;
   * SeriesLimitError, one of them, where the series is new and the store has as many as it may.
   */
  seriesId(labels: Labels): number;

  /**
   * The id of an ordered list of distinct series: what one target yields in one scrape. The same list gives the same
   * id. Make one when an exposition changes, not per scrape.
   */
  layoutId(seriesIds: Int32Array): number;

  /**
   * Appends one sample to every series of a layout, all at one time. `values[i]` belongs to the layout's i-th series;
   * a stale marker (model/sample.ts) ends it. The values are encoded before the call returns, so the array may be
   * reused at once.
   */
  appendRow(layoutId: number, timeMs: number, values: Float64Array): AppendCounts;

  /**
   * Appends samples with times of their own: sample k is (seriesIds[k], timesMs[k], values[k]). Samples of one series
   * should be neighbours and ascending in time; they may arrive in any order. `counts` tells what became of them.
   */
  appendSamples(
    seriesIds: Int32Array,
    timesMs: Float64Array,
    values: Float64Array,
    count: number,
  ): AppendCounts;

  /** Keeps type, help and unit of metrics; the newest statement of a metric wins. */
  appendMetadata(metadata: readonly MetricMetadata[]): void;

  /** Makes all appends since the last commit durable and visible, as one transaction. No-op without appends. */
  commit(): void;
}

// The contract for reading: what the query engine, the API and the command line see of a store. The store's Reader
// implements it over journal and pages; test/support has an implementation in memory. All of it is synchronous and
// for one thread; several threads or processes each open a Reader of their own on the same file.
//
// Two ideas carry it.
//
// 1. Labels are numbers. A source numbers every label name and value text once (a symbol); a series' labels are a
//    flat array of symbol ids. Grouping and matching compare ids; text is looked up for output and for patterns.
// 2. Samples are columns over shared timelines. Series that were scraped together share one Timeline object, so work
//    that depends on times alone is done once for all of them.
import type { Matcher } from './model/matcher.ts';
import type { Column } from './model/sample.ts';

export type { Column, Timeline } from './model/sample.ts';

/** Texts by small integer. An id is never reused while the source is open, and equal texts have equal ids. */
export interface Symbols {
  /** Text of an id that this table gave out. */
  text(id: number): string;
  /** Id of a text, or -1 where the source has never seen it. Ids are below 2^30; those above are the engine's own. */
  find(text: string): number;
}

/** A store open for reading. */
export interface Source {
  readonly symbols: Symbols;
  /**
   * Opens a view: everything read through it is the store as of this moment. Short-lived: one query opens one and
   * closes it, since an open view keeps the store from reclaiming space. At most one view is open at a time.
   */
  view(): View;
}

/** A moment of the store. Unusable after `close`. */
export interface View {
  /**
   * The series that satisfy all matchers and may have samples with `startMs ≤ time ≤ endMs` (both inclusive). A
   * series without a sample there may be among them (its column comes out empty), never the other way round.
   * No matcher at all selects every series. Cost grows with the series selected, not with their samples.
   */
  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesSet;

  /**
   * Label names, or the values of one label, of the series that satisfy at least one of the matcher lists (every
   * series where `anyOf` is empty) and may have samples in the range; sorted by `compareText`, cut after `limit`
   * (0: no limit). "May" is as exact as the index is: a series is never missed, and one that ended long outside the
   * range is not listed.
   */
  labelNames(anyOf: readonly (readonly Matcher[])[], startMs: number, endMs: number, limit: number): TextList;
  labelValues(
    name: string,
    anyOf: readonly (readonly Matcher[])[],
    startMs: number,
    endMs: number,
    limit: number,
  ): TextList;

  /** Metric metadata (type, help, unit) by metric name; all metrics where `metric` is undefined. */
  metadata(metric?: string): readonly MetricMetadata[];

  /** Ends the view. Columns that were read stay valid; timelines too. */
  close(): void;
}

/** The series of one selection. */
export interface SeriesSet {
  readonly count: number;
  /**
   * Labels of series i as symbol ids `[name0, value0, name1, value1, …]`, ordered by the names' text (so equal label
   * sets are equal arrays). Owned by the source, valid while it is open; do not write to it.
   */
  labels(i: number): Int32Array;
  /** The store's id of series i: the same in every query, distinct in one set. */
  id(i: number): number;
  /**
   * Fills `out` with the samples of series i with `startMs ≤ time ≤ endMs`, in order. Any i, any number of times;
   * ascending i is fastest, because neighbours lie together on disk. `out` belongs to the caller and is overwritten
   * by its next use. Throws StorageError where the file cannot be read; damaged pages are left out, and counted.
   */
  read(i: number, out: Column): void;
}

export interface TextList {
  readonly values: string[];
  /** True where `limit` cut the list. */
  readonly truncated: boolean;
}

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

export interface MetricMetadata {
  readonly metric: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

// What a query gives: values by type, and the warnings and infos gathered on the way. Plain data apart from labels,
// which stay symbol ids until somebody writes them out (query/json.ts).
import type { Symbols } from '../storage/source.ts';
import type { Grid, StepVector } from './exec/operator.ts';

/** Kinds as Prometheus names them in the API. */
export type ResultType = 'vector' | 'matrix' | 'scalar' | 'string';

/** The series of a result at every step of its grid, sorted as the API answers them; all-absent series are gone. */
export interface SeriesResult {
  readonly type: 'vector' | 'matrix';
  readonly grid: Grid;
  readonly symbols: Symbols;
  readonly series: readonly { readonly labels: Int32Array; readonly vector: StepVector }[];
}
/** A matrix of raw samples: what an instant query of a range selector (`up[5m]`) gives. */
export interface RawResult {
  readonly type: 'raw';
  readonly symbols: Symbols;
  readonly series: readonly {
    readonly labels: Int32Array;
    readonly timesMs: Float64Array;
    readonly values: Float64Array;
  }[];
}
export interface ScalarResult {
  readonly type: 'scalar';
  readonly grid: Grid;
  readonly values: Float64Array;
}
export interface StringResult {
  readonly type: 'string';
  readonly timeMs: number;
  readonly value: string;
}

export interface QueryResult {
  readonly value: SeriesResult | RawResult | ScalarResult | StringResult;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats: QueryStats;
  /** What each node did; null unless asked for. */
  readonly explain: Explanation | null;
}

/** Where a query's work went, and why there is nothing to show where there is nothing. */
export interface Explanation {
  /** Null for queries that read no series. */
  readonly root: ExplainNode | null;
  /** Where the result is empty: what each selector found instead, and what may have been meant. */
  readonly hints: readonly string[];
}

/** One operator of a query. Samples and seconds include those of its inputs. */
export interface ExplainNode {
  readonly name: string;
  /** Series that it named, whether they have values or not. */
  readonly series: number;
  /** How many series were read from it. */
  readonly reads: number;
  /** Samples loaded from the store meanwhile. */
  readonly samples: number;
  readonly seconds: number;
  readonly inputs: readonly ExplainNode[];
}

export interface QueryStats {
  readonly totalSamples: number;
  readonly peakSamples: number;
  /** Samples read by step; null unless asked for. */
  readonly samplesPerStep: Float64Array | null;
  readonly seconds: { readonly prepare: number; readonly evaluate: number };
}

/** Why a query gave no answer. */
export type QueryErrorKind = 'parse' | 'execution' | 'timeout' | 'canceled' | 'limit' | 'not_implemented';

/** A query that failed. `line` and `column` (from 1) are set where a place in the text is to blame. */
export class QueryError extends Error {
  override name = 'QueryError';
  readonly kind: QueryErrorKind;
  readonly line: number | undefined;
  readonly column: number | undefined;
  constructor(kind: QueryErrorKind, message: string, place?: { line: number; column: number }) {
    super(place ? `${place.line}:${place.column}: ${message}` : message);
    this.kind = kind;
    this.line = place?.line;
    this.column = place?.column;
  }
}

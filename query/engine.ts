// The engine's door: evaluates PromQL text against a source. Synchronous: one query at a time on its thread.
import type { Source } from '../storage/source.ts';
import type { QueryResult } from './result.ts';

export interface EngineOptions {
  /** How far back an instant selector looks for a sample. */
  readonly lookbackMs: number;
  /** Step of subqueries that name none: the global evaluation interval. */
  readonly defaultStepMs: number;
  readonly maxSamples: number;
  readonly maxMemoryBytes: number;
  /** Values of --enable-feature that change the language. */
  readonly features: {
    readonly delayedNameRemoval: boolean;
    readonly typeAndUnitLabels: boolean;
    /** Refuse what upstream hides behind feature flags. */
    readonly strict: boolean;
  };
}

/** What one query asks beyond its text. */
export interface QueryRequest {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0: an instant query at `startMs`. */
  readonly stepMs: number;
  readonly lookbackMs?: number;
  /** Wall-clock moment (performance.now() scale) at which the query fails with `timeout`. */
  readonly deadline?: number;
  /** A cell in shared memory; any value but 0 cancels the query. */
  readonly cancelFlag?: Int32Array;
  readonly perStepStats?: boolean;
}

export interface Engine {
  /** @throws QueryError */
  run(source: Source, request: QueryRequest): QueryResult;
}

// The engine's door: evaluates PromQL text against a source. Synchronous: one query at a time on its thread.
import { Column } from '../storage/model/sample.ts';
import type { Source, Symbols } from '../storage/source.ts';
import { type Build, createBuild } from './exec/build.ts';
import { QueryContext } from './exec/context.ts';
import { mergeResult, removeNames } from './exec/distinct.ts';
import { compareLabelIds } from './exec/labels.ts';
import { type Grid, StepVector } from './exec/operator.ts';
import { anyPresent } from './exec/presence.ts';
import type { Expr, ValueType } from './lang/ast.ts';
import { typeOf } from './lang/check.ts';
import { parse } from './lang/parse.ts';
import { resolveDurations } from './lang/resolve.ts';
import {
  QueryError,
  type QueryResult,
  type QueryStats,
  type RawResult,
  type SeriesResult,
} from './result.ts';

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

/** Makes an engine. It keeps nothing between queries. */
export function createEngine(options: EngineOptions): Engine {
  return { run: (source, request) => run(source, request, options) };
}

function run(source: Source, request: QueryRequest, options: EngineOptions): QueryResult {
  const started = performance.now();
  const isRange = request.stepMs > 0;
  const expr = resolveDurations(parse(request.query, options.features), request, request.query);
  const type = typeOf(expr);
  if (isRange && type !== 'vector' && type !== 'scalar')
    throw new QueryError(
      'parse',
      `invalid expression type "${TYPE_NAMES[type]}" for range query, must be Scalar or instant Vector`,
    );
  const view = source.view();
  try {
    const context = new QueryContext(view, source.symbols, options, request);
    const count = isRange ? Math.floor((request.endMs - request.startMs) / request.stepMs) + 1 : 1;
    const grid: Grid = { startMs: request.startMs, stepMs: request.stepMs, count };
    context.tick(0);
    const build = createBuild(grid, context);
    const prepared = performance.now();
    const value = evaluate(expr, type, build, isRange);
    const seconds = { prepare: (prepared - started) / 1000, evaluate: (performance.now() - prepared) / 1000 };
    return { value, warnings: context.warnings, infos: context.infos, stats: statsOf(context, seconds) };
  } catch (error) {
    throw translated(error);
  } finally {
    view.close();
  }
}

/** Types as Prometheus names them to users. */
const TYPE_NAMES: Record<ValueType, string> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** What the runtime throws when a query is too much for it, as the error of a query. */
function translated(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  if (error.message.includes('call stack'))
    return new QueryError('limit', 'expression is nested too deeply to be evaluated');
  if (/allocation|array length|array size|buffer/i.test(error.message))
    return new QueryError('limit', `query needs more memory than there is: ${error.message}`);
  return error;
}

function statsOf(context: QueryContext, seconds: QueryStats['seconds']): QueryStats {
  return {
    totalSamples: context.samplesQueried,
    peakSamples: Math.max(context.samplesRead, context.samplesQueried),
    samplesPerStep: context.samplesPerStep,
    seconds,
  };
}

function evaluate(expr: Expr, type: ValueType, build: Build, isRange: boolean): QueryResult['value'] {
  const { grid } = build;
  switch (type) {
    case 'string':
      return { type: 'string', timeMs: grid.startMs, value: build.string(expr) };
    case 'matrix':
      return readRaw(expr, build);
    case 'scalar': {
      build.context.countBytes(grid.count * 8);
      const values = new Float64Array(grid.count);
      build.scalar(expr).readScalar(values);
      return { type: 'scalar', grid, values };
    }
    case 'vector':
      return readSeries(expr, build, isRange);
  }
}

/** What a series of a result takes beside its values: objects, typed array, mask. */
const RESULT_SERIES_BYTES = 256;

/** Reads all series; those without any value are not answered. */
function readSeries(expr: Expr, build: Build, isRange: boolean): SeriesResult {
  const { grid, context } = build;
  const steps = grid.count;
  let operator = build.vector(expr);
  if (context.options.features.delayedNameRemoval)
    operator = mergeResult(removeNames(operator, context), context, steps);
  const table = operator.series();
  const series: { labels: Int32Array; vector: StepVector }[] = [];
  let vector = new StepVector(steps);
  for (let i = 0; i < table.count; i++) {
    operator.read(i, vector);
    context.tick(steps);
    if (!anyPresent(vector.present, steps)) continue;
    context.countBytes(steps * 8 + RESULT_SERIES_BYTES);
    series.push({ labels: table.labels(i), vector });
    vector = new StepVector(steps);
  }
  if (isRange) sortByLabels(series, context.symbols);
  return { type: isRange ? 'matrix' : 'vector', grid, symbols: context.symbols, series };
}

/** Reads the samples of a range selector or subquery at one step. */
function readRaw(expr: Expr, build: Build): RawResult {
  const { context } = build;
  const operator = build.range(expr);
  const table = operator.series();
  const column = new Column();
  const series: { labels: Int32Array; timesMs: Float64Array; values: Float64Array }[] = [];
  for (let i = 0; i < table.count; i++) {
    const { timeline, first, last } = operator.read(i, column);
    const count = last[0] - first[0];
    if (count <= 0) continue;
    context.countBytes(count * 16 + RESULT_SERIES_BYTES);
    const timesMs = timeline.times.slice(first[0], last[0]);
    series.push({ labels: table.labels(i), timesMs, values: column.values.slice(first[0], last[0]) });
  }
  sortByLabels(series, context.symbols);
  return { type: 'raw', symbols: context.symbols, series };
}

function sortByLabels(series: { readonly labels: Int32Array }[], symbols: Symbols): void {
  series.sort((a, b) => compareLabelIds(a.labels, b.labels, symbols));
}

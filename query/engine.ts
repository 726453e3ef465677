// The engine's door: evaluates PromQL text against a source. Synchronous: one query at a time on its thread.
import { Column } from '../storage/model/sample.ts';
import type { Source, Symbols } from '../storage/source.ts';
import { type Build, createBuild } from './exec/build.ts';
import { QueryContext } from './exec/context.ts';
import { mergeResult, removeNames, sameLabelset } from './exec/distinct.ts';
import { extendedSamples, type RawSamples } from './exec/edges.ts';
import { explainTree } from './exec/explain.ts';
import { compareLabelIds, dropLabels, metadataIds } from './exec/labels.ts';
import { type Operator, StepVector, type Windows } from './exec/operator.ts';
import { countPresent } from './exec/presence.ts';
import { whyEmpty } from './exec/why-empty.ts';
import type { Expr, ValueType, VectorSelector } from './lang/ast.ts';
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
  /** Also tell what each node of the query did, and why the result is empty where it is. */
  readonly explain?: boolean;
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
  try {
    const expr = resolveDurations(parse(request.query, options.features), request, request.query);
    const type = typeOf(expr);
    checkType(type, request);
    const view = source.view();
    try {
      const context = new QueryContext(view, source.symbols, options, request);
      return runOver(context, expr, type, started);
    } finally {
      view.close();
    }
  } catch (error) {
    throw translated(error);
  }
}

/** Runs a checked expression; its moment `started` was when the query came in. */
function runOver(context: QueryContext, expr: Expr, type: ValueType, started: number): QueryResult {
  const { request } = context;
  const { startMs, endMs, stepMs } = request;
  const count = stepMs > 0 ? Math.floor((endMs - startMs) / stepMs) + 1 : 1;
  // It may have waited for its turn longer than it had.
  context.check();
  const prepared = performance.now();
  const { value, root } = evaluate(expr, type, createBuild({ startMs, stepMs, count }, context));
  context.finish();
  const seconds = { prepare: (prepared - started) / 1000, evaluate: (performance.now() - prepared) / 1000 };
  const explain = request.explain
    ? { root: root && explainTree(root), hints: isEmpty(value) ? whyEmpty(expr, context) : [] }
    : null;
  return {
    value,
    warnings: context.warnings,
    infos: context.infos,
    stats: statsOf(context, seconds),
    explain,
  };
}

function isEmpty(value: QueryResult['value']): boolean {
  return 'series' in value && value.series.length === 0;
}

function checkType(type: ValueType, request: QueryRequest): void {
  if (request.stepMs === 0 || type === 'vector' || type === 'scalar') return;
  throw new QueryError(
    'parse',
    `invalid expression type "${TYPE_NAMES[type]}" for range query, must be Scalar or instant Vector`,
  );
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

interface Evaluated {
  readonly value: QueryResult['value'];
  /** The operator that was read, of vectors. */
  readonly root: Operator | null;
}

function evaluate(expr: Expr, type: ValueType, build: Build): Evaluated {
  const { grid } = build;
  switch (type) {
    case 'string':
      return { value: { type: 'string', timeMs: grid.startMs, value: build.string(expr) }, root: null };
    case 'matrix':
      return { value: readRaw(expr, build), root: null };
    case 'scalar': {
      build.context.countBytes(grid.count * 8);
      const values = new Float64Array(grid.count);
      build.scalar(expr).readScalar(values);
      return { value: { type: 'scalar', grid, values }, root: null };
    }
    case 'vector': {
      const root = rootOf(expr, build);
      return { value: readSeries(root, build), root };
    }
  }
}

/** The operator of a query, behind which names are gone where they were to go at the end. */
function rootOf(expr: Expr, build: Build): Operator {
  const { context, grid } = build;
  const operator = build.vector(expr);
  if (!context.options.features.delayedNameRemoval) return operator;
  return mergeResult(removeNames(operator, context), context, grid.count);
}

/** What a series of a result takes beside its values: objects, typed array, mask. */
const RESULT_SERIES_BYTES = 256;
/** What a point of a result will take as text of the answer, which is in memory as a whole before it is sent. */
const ANSWER_POINT_BYTES = 32;

/** Reads all series; those without any value are not answered. */
function readSeries(operator: Operator, build: Build): SeriesResult {
  const { grid, context } = build;
  const steps = grid.count;
  const table = operator.series();
  const series: { labels: Int32Array; vector: StepVector }[] = [];
  let vector = new StepVector(steps);
  for (let i = 0; i < table.count; i++) {
    operator.read(i, vector);
    context.tick(steps);
    const points = countPresent(vector.present, steps);
    if (points === 0) continue;
    context.countBytes(steps * 8 + points * ANSWER_POINT_BYTES + RESULT_SERIES_BYTES);
    series.push({ labels: table.labels(i), vector });
    vector = new StepVector(steps);
  }
  const isRange = grid.stepMs > 0;
  if (isRange) sortByLabels(series, context.symbols);
  return { type: isRange ? 'matrix' : 'vector', grid, symbols: context.symbols, series };
}

/** Reads the samples of a range selector or subquery at one step. */
function readRaw(expr: Expr, build: Build): RawResult {
  const { context } = build;
  const operator = build.range(expr);
  const edges = edgesOf(expr);
  const table = operator.series();
  const names = metadataIds(context.symbols);
  const column = new Column();
  const series: ({ labels: Int32Array } & RawSamples)[] = [];
  for (let i = 0; i < table.count; i++) {
    const windows = operator.read(i, column);
    const samples =
      edges === ''
        ? samplesIn(column, windows)
        : extendedSamples(column, windows, context.lookbackMs, edges === 'smoothed');
    if (!samples) continue;
    context.countBytes(samples.values.length * (16 + ANSWER_POINT_BYTES) + RESULT_SERIES_BYTES);
    const isNamed = table.dropName?.[i] !== 1;
    series.push({ labels: isNamed ? table.labels(i) : dropLabels(table.labels(i), names), ...samples });
  }
  sortByLabels(series, context.symbols);
  // Only names that were dropped just now can have told them apart.
  for (let i = 1; i < series.length; i++)
    if (compareLabelIds(series[i - 1].labels, series[i].labels, context.symbols) === 0) throw sameLabelset();
  return { type: 'raw', symbols: context.symbols, series };
}

function edgesOf(expr: Expr): VectorSelector['edges'] {
  if (expr.kind === 'Paren') return edgesOf(expr.expr);
  return expr.kind === 'MatrixSelector' ? expr.selector.edges : '';
}

/** Copies of the samples of the first window, null where it is empty. */
function samplesIn(column: Column, { timeline, first, last }: Windows): RawSamples | null {
  if (first[0] === last[0]) return null;
  return {
    timesMs: timeline.times.slice(first[0], last[0]),
    values: column.values.slice(first[0], last[0]),
  };
}

function sortByLabels(series: { readonly labels: Int32Array }[], symbols: Symbols): void {
  series.sort((a, b) => compareLabelIds(a.labels, b.labels, symbols));
}

// Runs test scripts against an engine and a store, both given by the caller, and reports every statement as passed,
// failed or skipped.
//
// As Prometheus's runner does, an instant query is asked three ways: as it stands, with `@` of its own time at every
// selector and from other evaluation times, and as the middle step of a range query. All must agree.

import {
  type Engine,
  type EngineOptions,
  QueryError,
  type QueryRequest,
  type QueryResult,
} from '../../query/index.ts';
import { type Labels, labelValue } from '../../storage/model/labels.ts';
import { setStale } from '../../storage/model/sample.ts';
import type { Source } from '../../storage/source.ts';
import { atVariants } from './at-variants.ts';
import { checkAnnotations, checkFailure, checkResult, middleStep } from './check.ts';
import { type LoadedKinds, needsUnsupported } from './needs.ts';
import { type EvalCommand, type LoadCommand, type LoadedSeries, parseScript } from './script.ts';

/** Where a script's samples go. */
export interface ScriptStore {
  /**
   * Adds samples of one series, times ascending, stale markers by their bits. Called for each series of a load, then
   * `commit` once.
   */
  append(labels: Labels, timesMs: Float64Array, values: Float64Array): void;
  commit(): void;
  /** What was committed, to be queried. */
  source(): Source;
  /** Forgets everything. */
  reset(): void;
}

/** How the engine of a script is set up, whatever the server's settings are. */
export const scriptEngineOptions: EngineOptions = {
  lookbackMs: 300_000,
  defaultStepMs: 60_000,
  maxSamples: 50_000_000,
  maxMemoryBytes: 1 << 30,
  features: { delayedNameRemoval: true, typeAndUnitLabels: false, strict: false },
};

/** What became of one eval statement. */
export interface Outcome {
  readonly line: number;
  readonly query: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or what is wrong. */
  readonly reason: string;
  /** The statement as written, and the result that came, for failures. */
  readonly expected: string;
  readonly got: string;
}

export interface ScriptReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly outcomes: readonly Outcome[];
}

export interface RunOptions {
  /** Relative difference of numbers that still counts as equal; 1e-6 as upstream where not given. */
  readonly tolerance?: number;
}

/**
 * Runs one script.
 * @throws ScriptError where the script cannot be read
 */
export function runScript(
  script: string,
  store: ScriptStore,
  engine: Engine,
  options: RunOptions = {},
): ScriptReport {
  const commands = parseScript(script);
  const tolerance = options.tolerance ?? 1e-6;
  const outcomes: Outcome[] = [];
  let loaded: LoadedKinds = { histograms: [], starts: [] };
  store.reset();
  for (const command of commands) {
    if (command.kind === 'clear') {
      store.reset();
      loaded = { histograms: [], starts: [] };
    } else if (command.kind === 'load') load(command, store, loaded);
    else outcomes.push(evaluate(command, store, engine, loaded, tolerance));
  }
  const count = (status: Outcome['status']): number => outcomes.filter((o) => o.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), outcomes };
}

/** Appends the float series; what holds anything else is remembered, so that statements about it are skipped. */
function load(command: LoadCommand, store: ScriptStore, loaded: LoadedKinds): void {
  // A series given twice in one load counts once, with its last values.
  const byLabels = new Map(command.series.map((series) => [JSON.stringify(series.labels), series]));
  for (const series of byLabels.values()) {
    if (series.hasStart) loaded.starts.push(series.labels);
    if (series.values.some((value) => value.kind === 'histogram')) loaded.histograms.push(series.labels);
    else append(series, command.stepMs, store);
    if (command.withCustomBuckets) loaded.histograms.push(...customBucketLabels(series.labels));
  }
  store.commit();
}

function append({ labels, values }: LoadedSeries, stepMs: number, store: ScriptStore): void {
  const times = new Float64Array(values.length);
  const samples = new Float64Array(values.length);
  let n = 0;
  values.forEach((value, i) => {
    if (value.kind === 'none') return;
    times[n] = i * stepMs;
    if (value.kind === 'float') samples[n] = value.value;
    else setStale(samples, n);
    n++;
  });
  if (n > 0) store.append(labels, times.subarray(0, n), samples.subarray(0, n));
}

/** Labels of the native histogram that `load_with_nhcb` makes of a classic one. */
function customBucketLabels(labels: Labels): Labels[] {
  const base = /^(.*)_(?:bucket|count|sum)$/.exec(labelValue(labels, '__name__'))?.[1];
  if (base === undefined) return [];
  const out: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === 'le') continue;
    out.push(labels[i], labels[i] === '__name__' ? base : labels[i + 1]);
  }
  return [out];
}

function evaluate(
  command: EvalCommand,
  store: ScriptStore,
  engine: Engine,
  loaded: LoadedKinds,
  tolerance: number,
): Outcome {
  const { line, query, source } = command;
  const skip = needsUnsupported(command, loaded);
  const base = { line, query, expected: source, got: '' };
  if (skip !== null) return { ...base, status: 'skipped', reason: skip };
  const asker: Asker = (request) => engine.run(store.source(), request);
  try {
    const complaint = command.isRange
      ? askRange(command, asker, tolerance)
      : askInstant(command, asker, tolerance);
    if (complaint === null) return { ...base, status: 'passed', reason: '' };
    return { ...base, status: 'failed', reason: complaint.reason, got: complaint.got };
  } catch (error) {
    const got = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...base, status: 'failed', reason: 'the engine broke', got };
  }
}

type Asker = (request: QueryRequest) => QueryResult;

interface Complaint {
  readonly reason: string;
  readonly got: string;
}

/** The answer, or the error that a query is allowed to end in. */
function ask(asker: Asker, request: QueryRequest): QueryResult | QueryError {
  try {
    return asker(request);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}

function askRange(command: EvalCommand, asker: Asker, tolerance: number): Complaint | null {
  const { query, startMs, endMs, stepMs } = command;
  return judge(command, ask(asker, { query, startMs, endMs, stepMs }), tolerance);
}

function judge(command: EvalCommand, answer: QueryResult | QueryError, tolerance: number): Complaint | null {
  if (answer instanceof QueryError) return checkFailure(command, answer);
  if (command.expectations.some((e) => e.kind === 'fail'))
    return { reason: 'expected an error but got none', got: '' };
  return checkAnnotations(command, answer) ?? checkResult(command, answer.value, tolerance);
}

/** Results that depend on the query's own span: such queries are not asked as range queries. */
const SPAN_FUNCTIONS = /(?:start|end|range|step)\(\)/;

function askInstant(command: EvalCommand, asker: Asker, tolerance: number): Complaint | null {
  const atMs = command.startMs;
  const variants = [{ query: command.query, atMs }, ...atVariants(command.query, atMs)];
  for (const variant of variants) {
    const complaint =
      askOnce(command, variant.query, variant.atMs, asker, tolerance) ??
      askAsStep(command, variant.query, variant.atMs, asker, tolerance);
    if (complaint === null) continue;
    const isFirst = variant === variants[0];
    const where = isFirst ? '' : ` (asked as ${variant.query} at ${variant.atMs} ms)`;
    return { ...complaint, reason: complaint.reason + where };
  }
  return null;
}

function askOnce(
  command: EvalCommand,
  query: string,
  atMs: number,
  asker: Asker,
  tolerance: number,
): Complaint | null {
  return judge(command, ask(asker, { query, startMs: atMs, endMs: atMs, stepMs: 0 }), tolerance);
}

/** Asks an instant query as the middle one of three steps. */
function askAsStep(
  command: EvalCommand,
  query: string,
  atMs: number,
  asker: Asker,
  tolerance: number,
): Complaint | null {
  const isExcluded =
    command.text !== null ||
    command.samples !== null ||
    command.expectations.some((e) => e.kind === 'fail' || e.kind === 'ordered') ||
    SPAN_FUNCTIONS.test(query);
  if (isExcluded) return null;
  const stepMs = 60_000;
  const answer = ask(asker, { query, startMs: atMs - stepMs, endMs: atMs + stepMs, stepMs });
  if (answer instanceof QueryError)
    return { reason: `as a range query it fails: ${answer.message}`, got: answer.message };
  const complaint = checkResult(command, middleStep(answer.value, 1, command.scalar !== null), tolerance);
  return complaint && { ...complaint, reason: `as a range query: ${complaint.reason}` };
}

// Compares what a query gave with what a statement expects. Every check gives a complaint or null.

import { RE2JS } from 're2js';
import type { QueryError, QueryResult } from '../../query/index.ts';
import { compareLabels, type Labels } from '../../storage/model/labels.ts';
import { hasBit } from '../../storage/model/sample.ts';
import type { EvalCommand, Expectation, ExpectedSeries } from './script.ts';

export interface Complaint {
  readonly reason: string;
  readonly got: string;
}

/** One series of a result as plain data. */
interface Row {
  readonly labels: Labels;
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
}

/** A result as plain data. */
export type Answer =
  | { readonly kind: 'rows'; readonly isVector: boolean; readonly rows: readonly Row[] }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

/** A query that ended in an error: fine where that was expected, with this message if the statement names one. */
export function checkFailure(command: EvalCommand, error: QueryError): Complaint | null {
  const expected = command.expectations.filter((e) => e.kind === 'fail');
  if (expected.length === 0) return { reason: `the query failed: ${error.message}`, got: error.message };
  for (const expectation of expected)
    if (!matches(expectation, error.message))
      return { reason: `another error was expected: ${describe(expectation)}`, got: error.message };
  return null;
}

function matches(expectation: Expectation, message: string): boolean {
  if (expectation.message !== undefined) return expectation.message === message;
  if (expectation.pattern !== undefined) return RE2JS.compile(expectation.pattern).matcher(message).find();
  return true;
}

function describe(expectation: Expectation): string {
  if (expectation.message !== undefined) return expectation.message;
  return expectation.pattern === undefined ? 'any' : `/${expectation.pattern}/`;
}

/** Warnings and infos: all that are expected must come, and where some are, no others. */
export function checkAnnotations(command: EvalCommand, result: QueryResult): Complaint | null {
  return (
    checkNotes(command, 'warn', 'no_warn', result.warnings) ??
    checkNotes(command, 'info', 'no_info', result.infos)
  );
}

function checkNotes(
  command: EvalCommand,
  kind: 'warn' | 'info',
  none: 'no_warn' | 'no_info',
  notes: readonly string[],
): Complaint | null {
  const got = notes.join('\n');
  if (notes.length > 0 && command.expectations.some((e) => e.kind === none))
    return { reason: `no ${kind} was expected`, got };
  const expected = command.expectations.filter((e) => e.kind === kind);
  for (const expectation of expected)
    if (!notes.some((note) => matches(expectation, note)))
      return { reason: `missing ${kind}: ${describe(expectation)}`, got };
  for (const note of notes)
    if (expected.length > 0 && !expected.some((expectation) => matches(expectation, note)))
      return { reason: `unexpected ${kind}`, got: note };
  return null;
}

/** Turns a result into plain data. */
function toAnswer(result: QueryResult['value']): Answer {
  if (result.type === 'string') return { kind: 'string', value: result.value };
  if (result.type === 'scalar') {
    const { grid, values } = result;
    if (grid.count === 1 && grid.stepMs === 0) return { kind: 'scalar', value: values[0] };
    const timesMs = Array.from({ length: grid.count }, (_, k) => grid.startMs + k * grid.stepMs);
    return { kind: 'rows', isVector: false, rows: [{ labels: [], timesMs, values: [...values] }] };
  }
  const { symbols } = result;
  const textsOf = (labels: Int32Array): Labels => Array.from(labels, (id) => symbols.text(id));
  if (result.type === 'raw')
    return {
      kind: 'rows',
      isVector: false,
      rows: result.series.map(({ labels, timesMs, values }) => ({
        labels: textsOf(labels),
        timesMs: [...timesMs],
        values: [...values],
      })),
    };
  const { grid } = result;
  const rows = result.series.map(({ labels, vector }) => {
    const timesMs: number[] = [];
    const values: number[] = [];
    for (let k = 0; k < grid.count; k++) {
      if (vector.present && !hasBit(vector.present, k)) continue;
      timesMs.push(grid.startMs + k * grid.stepMs);
      values.push(vector.values[k]);
    }
    return { labels: textsOf(labels), timesMs, values };
  });
  return { kind: 'rows', isVector: result.type === 'vector', rows };
}

/** The answer that step `k` of a range query gives as an instant one; a scalar comes as a series without labels. */
export function middleStep(result: QueryResult['value'], k: number, isScalar: boolean): Answer {
  if (result.type === 'scalar') return { kind: 'scalar', value: result.values[k] };
  const answer = toAnswer(result);
  if (answer.kind !== 'rows' || !('grid' in result)) return answer;
  const { grid } = result;
  const time = grid.startMs + k * grid.stepMs;
  const rows: Row[] = [];
  for (const row of answer.rows) {
    const at = row.timesMs.indexOf(time);
    if (at >= 0) rows.push({ labels: row.labels, timesMs: [time], values: [row.values[at]] });
  }
  if (isScalar && rows.length === 1) return { kind: 'scalar', value: rows[0].values[0] };
  return { kind: 'rows', isVector: true, rows };
}

/** Compares values, and with `expect ordered` the order of series. */
export function checkResult(
  command: EvalCommand,
  result: QueryResult['value'] | Answer,
  tolerance: number,
): Complaint | null {
  const answer = 'kind' in result ? result : toAnswer(result);
  const got = showAnswer(answer);
  if (answer.kind === 'string')
    return answer.value === (command.text ?? '') ? null : { reason: 'another text was expected', got };
  if (answer.kind === 'scalar') {
    if (command.scalar === null) return { reason: 'a vector was expected, a scalar came', got };
    if (almostEqual(command.scalar, answer.value, tolerance)) return null;
    return { reason: `the scalar should be ${command.scalar}`, got };
  }
  if (command.scalar !== null) return { reason: 'a scalar was expected, a vector came', got };
  const reason = checkRows(command, answer.rows, answer.isVector, tolerance);
  return reason === null ? null : { reason, got };
}

function checkRows(
  command: EvalCommand,
  rows: readonly Row[],
  isVector: boolean,
  tolerance: number,
): string | null {
  const expected = new Map<string, { series: ExpectedSeries; place: number }>();
  command.series.forEach((series, place) => {
    expected.set(showLabels(series.labels), { series, place });
  });
  const isOrdered = command.expectations.some((e) => e.kind === 'ordered');
  if (isOrdered && !isVector) return 'an ordered result was expected, a matrix came';
  for (let i = 0; i < rows.length; i++) {
    const key = showLabels(rows[i].labels);
    const match = expected.get(key);
    if (!match) return `unexpected series ${key}`;
    if (isOrdered && match.place !== i) return `${key} should be number ${match.place + 1}, is ${i + 1}`;
    const wrong = checkRow(command, match.series, rows[i], isVector, tolerance);
    if (wrong !== null) return `${key}: ${wrong}`;
    if (!isVector && i > 0 && compareLabels(rows[i - 1].labels, rows[i].labels) > 0)
      return `the matrix is not sorted by labels at ${key}`;
  }
  const found = new Set(rows.map((row) => showLabels(row.labels)));
  if (found.size !== rows.length) return 'a label set came twice';
  for (const key of expected.keys()) if (!found.has(key)) return `missing series ${key}`;
  return null;
}

function checkRow(
  command: EvalCommand,
  { values }: ExpectedSeries,
  row: Row,
  isVector: boolean,
  tolerance: number,
): string | null {
  const span = command.samples ?? command;
  const expected: { time: number; value: number }[] = [];
  values.forEach((value, i) => {
    if (value.kind === 'float') expected.push({ time: span.startMs + i * span.stepMs, value: value.value });
  });
  if (expected.length !== row.values.length)
    return `${expected.length} values were expected, ${row.values.length} came`;
  for (let i = 0; i < expected.length; i++) {
    if (!isVector && expected[i].time !== row.timesMs[i])
      return `value ${i + 1} should be at ${expected[i].time} ms, is at ${row.timesMs[i]}`;
    if (!almostEqual(expected[i].value, row.values[i], tolerance))
      return `${expected[i].value} was expected at ${row.timesMs[i]} ms, ${row.values[i]} came`;
  }
  return null;
}

function showLabels(labels: Labels): string {
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) pairs.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  return `{${pairs.join(', ')}}`;
}

/** Rows and values shown of a result; more than this helps nobody. */
const SHOWN = 40;

function showAnswer(answer: Answer): string {
  if (answer.kind !== 'rows') return String(answer.value);
  if (answer.rows.length === 0) return '(no series)';
  return answer.rows
    .slice(0, SHOWN)
    .map(({ labels, values, timesMs }) => {
      const shown = values.slice(0, SHOWN).map((value, i) => `${value} @${timesMs[i] / 1000}`);
      return `${showLabels(labels)} ${shown.join(' ')}`;
    })
    .join('\n');
}

/** Least float64 that is not subnormal. */
const MIN_NORMAL = 2.2250738585072014e-308;

/** Equal, both NaN, or closer than `tolerance` times the sum of their sizes, as upstream's runner compares. */
function almostEqual(a: number, b: number, tolerance: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  const size = Math.abs(a) + Math.abs(b);
  const distance = Math.abs(a - b);
  if (a === 0 || b === 0 || size < MIN_NORMAL) return distance < tolerance * MIN_NORMAL;
  return distance / Math.min(size, Number.MAX_VALUE) < tolerance;
}

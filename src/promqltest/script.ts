// Reads scripts in the test language of PromQL engines: `load` puts samples into a store, `eval` asks a query and says
// what must come out, `clear` starts anew. The language is that of Prometheus's promqltest package, older forms
// included. Parsing knows nothing of engines; run.ts does the work.
import type { Labels } from '../../storage/model/labels.ts';
import { parseDuration } from '../durations.ts';
import { parseSeriesLine, type SeriesLine, type Value } from './series.ts';
import { unquote } from './unquote.ts';

export type Command = ClearCommand | LoadCommand | EvalCommand;

export interface ClearCommand {
  readonly kind: 'clear';
}

/** Samples of each series at 0, `stepMs`, 2·`stepMs` … */
export interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  readonly stepMs: number;
  readonly series: readonly LoadedSeries[];
  /** Classic histograms are to be loaded as native ones with custom buckets as well. */
  readonly withCustomBuckets: boolean;
}

export interface LoadedSeries extends SeriesLine {
  /** Samples carry start timestamps. */
  readonly hasStart: boolean;
}

/** An `expect` line with an optional text or pattern for messages. */
export interface Expectation {
  readonly kind: 'fail' | 'warn' | 'info' | 'no_warn' | 'no_info' | 'ordered';
  readonly message?: string;
  readonly pattern?: string;
}

export interface ExpectedSeries {
  readonly labels: Labels;
  readonly values: readonly Value[];
}

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  readonly isRange: boolean;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for instant queries. */
  readonly stepMs: number;
  readonly expectations: readonly Expectation[];
  readonly series: readonly ExpectedSeries[];
  /** A bare number: the result is a scalar. */
  readonly scalar: number | null;
  readonly text: string | null;
  /** `expect range vector …`: when the samples of the range vector are expected. */
  readonly samples: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | null;
  /** The statement's own lines. */
  readonly source: string;
}

/** A script that cannot be read; `line` counts from 1. */
export class ScriptError extends Error {
  override name = 'ScriptError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

const LOAD = /^load(_with_nhcb)?\s+(\S+)\s*$/i;
const EVAL_INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+)$/;
const EVAL_RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;

/**
 * Parses a script.
 * @throws ScriptError
 */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => {
    const trimmed = line.trim();
    return trimmed.startsWith('#') ? '' : trimmed;
  });
  const commands: Command[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (line === '') {
      at++;
      continue;
    }
    // A command reaches to the next empty line or comment.
    let end = at + 1;
    const isBlock = /^(?:load|eval)/i.test(line);
    while (isBlock && end < lines.length && lines[end] !== '') end++;
    const block = lines.slice(at, end);
    if (/^clear\b/i.test(line)) commands.push({ kind: 'clear' });
    else if (/^load/i.test(line)) commands.push(parseLoad(block, at + 1));
    else if (/^eval/.test(line)) end = at + pushEval(block, at + 1, commands);
    else throw new ScriptError(at + 1, `unknown command: ${line}`);
    at = end;
  }
  return commands;
}

/** Runs a parser of one line and puts the line's number before its complaint. */
function onLine<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ScriptError) throw error;
    throw new ScriptError(line, (error as Error).message);
  }
}

function parseLoad(block: string[], line: number): LoadCommand {
  const found = LOAD.exec(block[0]);
  if (!found) throw new ScriptError(line, `a load command is "load[_with_nhcb] <step>", not "${block[0]}"`);
  const stepMs = onLine(line, () => durationMs(found[2]));
  const series: LoadedSeries[] = [];
  let startsAll = false;
  let startsNext = false;
  block.slice(1).forEach((text, i) => {
    const first = /^\S+/.exec(text)?.[0] ?? '';
    if (first.endsWith('@st')) {
      if (first === '@st') startsAll = true;
      else startsNext = true;
      return;
    }
    const parsed = onLine(line + i + 1, () => parseSeriesLine(text));
    series.push({ ...parsed, hasStart: startsAll || startsNext });
    startsNext = false;
  });
  return { kind: 'load', line, stepMs, series, withCustomBuckets: found[1] !== undefined };
}

/** Parses an eval command and tells how many lines of the block belong to it. */
function pushEval(block: string[], line: number, commands: Command[]): number {
  const head = onLine(line, () => parseEvalHead(block[0]));
  const expectations: Expectation[] = head.mode ? [head.mode] : [];
  const series: ExpectedSeries[] = [];
  let scalar: number | null = null;
  let text: string | null = null;
  let samples: EvalCommand['samples'] = null;
  let used = 1;
  for (; used < block.length && scalar === null; used++) {
    const own = block[used];
    onLine(line + used, () => {
      const range = EXPECT_RANGE.exec(own);
      if (range) samples = { ...parseSpan(range[1], range[2], range[3]) };
      else if (/^expect string\b/.test(own)) text = unquote(own.slice('expect string'.length).trim());
      else if (/^expect\s/.test(own) && !/^expect\s*\{/.test(own)) expectations.push(parseExpect(own));
      else if (/^expected_fail_(?:message|regexp)\b/.test(own)) refineFailure(expectations, own);
      else if (isNumber(own)) scalar = parseNumber(own);
      else series.push(parseSeriesLine(own));
    });
  }
  commands.push({
    kind: 'eval',
    line,
    query: head.query,
    isRange: head.isRange,
    startMs: head.startMs,
    endMs: head.endMs,
    stepMs: head.stepMs,
    expectations,
    series,
    scalar,
    text,
    samples,
    source: block.slice(0, used).join('\n'),
  });
  return used;
}

interface EvalHead {
  readonly query: string;
  readonly isRange: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Expectation that the command's name carries (`eval_fail`). */
  readonly mode: Expectation | null;
}

function parseEvalHead(text: string): EvalHead {
  const instant = EVAL_INSTANT.exec(text);
  if (instant) {
    const atMs = durationMs(instant[2]);
    return {
      query: instant[3],
      isRange: false,
      startMs: atMs,
      endMs: atMs,
      stepMs: 0,
      mode: modeOf(instant[1]),
    };
  }
  const range = EVAL_RANGE.exec(text);
  if (!range)
    throw new Error(
      `an eval command is "eval instant at <time> <query>" or "eval range from <start> to <end> step <step> <query>", not "${text}"`,
    );
  return {
    query: range[5],
    isRange: true,
    ...parseSpan(range[2], range[3], range[4]),
    mode: modeOf(range[1]),
  };
}

function modeOf(mode: string | undefined): Expectation | null {
  return mode === undefined ? null : { kind: mode as Expectation['kind'] };
}

function parseSpan(
  start: string,
  end: string,
  step: string,
): { startMs: number; endMs: number; stepMs: number } {
  const span = {
    startMs: durationMs(start),
    endMs: durationMs(end),
    stepMs: durationMs(step),
  };
  if (span.endMs < span.startMs) throw new Error(`the end (${end}) lies before the start (${start})`);
  return span;
}

function parseExpect(text: string): Expectation {
  const found = EXPECT.exec(text);
  if (!found) throw new Error(`an expect line is "expect <type> [msg:|regex:] <text>", not "${text}"`);
  const kind = found[1] as Expectation['kind'];
  if (found[2] === 'msg') return { kind, message: found[3].trim() };
  if (found[2] === 'regex') return { kind, pattern: found[3].trim() };
  return { kind };
}

/** The older way to say which error is expected. */
function refineFailure(expectations: Expectation[], text: string): void {
  const [, form, value] = /^expected_fail_(message|regexp)\s*(.*)$/.exec(text) ?? [];
  const at = expectations.findIndex((e) => e.kind === 'fail');
  if (at < 0) throw new Error(`${text.split(' ')[0]} needs eval_fail`);
  expectations[at] = form === 'message' ? { kind: 'fail', message: value } : { kind: 'fail', pattern: value };
}

const NUMBER = /^[+-]?(?:0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i;

function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

function parseNumber(text: string): number {
  const bare = text.replace(/^[+-]/, '').toLowerCase();
  const size = bare.startsWith('inf') ? Infinity : bare === 'nan' ? NaN : Number(bare);
  return text.startsWith('-') ? -size : size;
}

/** Milliseconds of a duration such as `5m`. @throws Error where the text is none */
function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`not a duration: "${text}" (expected for example 5m or 1h30m)`);
  return ms;
}

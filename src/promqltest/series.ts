// One line of a load or of an expected result: `metric{label="value"} 1+1x5 _ stale {{schema:0 …}}`.
import { compareText, type Labels } from '../../storage/model/labels.ts';
import { readQuoted } from './unquote.ts';

/** A float, no sample at all, a stale marker, or a native histogram (whose text alone is kept). */
export type Value =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'histogram'; readonly text: string };

export interface SeriesLine {
  readonly labels: Labels;
  readonly values: readonly Value[];
}

/**
 * Parses a line.
 * @throws Error that says what is wrong
 */
export function parseSeriesLine(line: string): SeriesLine {
  const { labels, end } = readLabels(line);
  return { labels, values: readValues(line, end) };
}

function readLabels(line: string): { labels: Labels; end: number } {
  const pairs = new Map<string, string>();
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? '';
  if (name !== '') pairs.set('__name__', name);
  let at = skipSpace(line, name.length);
  if (line[at] === '{' && line[at + 1] !== '{') at = readBraces(line, at + 1, pairs);
  else at = name.length;
  if (at === 0) throw new Error(`expected a series: ${line}`);
  const labels = [...pairs]
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => compareText(a, b))
    .flat();
  return { labels, end: at };
}

/** Reads `a="b", "c.d"="e", "metric"}` from behind the brace and gives the place behind the closing one. */
function readBraces(line: string, from: number, pairs: Map<string, string>): number {
  let at = skipSpace(line, from);
  while (line[at] !== '}') {
    let name = /^[a-zA-Z_]\w*/.exec(line.slice(at))?.[0];
    const isQuoted = name === undefined;
    if (name === undefined) ({ value: name, end: at } = readQuoted(line, at));
    else at += name.length;
    at = skipSpace(line, at);
    if (line[at] === '=') {
      const quoted = readQuoted(line, skipSpace(line, at + 1));
      pairs.set(name, quoted.value);
      at = skipSpace(line, quoted.end);
    } else if (isQuoted) pairs.set('__name__', name);
    else throw new Error(`expected "=" behind label ${name}: ${line}`);
    if (line[at] === ',') at = skipSpace(line, at + 1);
    else if (line[at] !== '}') throw new Error(`expected "," or "}" in the labels: ${line}`);
  }
  return at + 1;
}

function skipSpace(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ' || line[at] === '\t') at++;
  return at;
}

const FLOAT = String.raw`(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI][nN][fF]|[nN][aA][nN])`;
const BLANK = /^_(?:x(\d+))?$/;
const FLOATS = new RegExp(`^([+-]?${FLOAT})(?:([+-]${FLOAT})?x(\\d+))?$`);
const HISTOGRAMS = /^\{\{[^}]*\}\}(?:(?:[+-]\{\{[^}]*\}\})?x(\d+))?$/;

/** More values than this in one item are a mistake. */
const MAX_REPEAT = 10_000_000;

function readValues(line: string, from: number): Value[] {
  const values: Value[] = [];
  const items = line.slice(from).match(/(?:\{\{[^}]*\}\}|[^\s{}])+/g) ?? [];
  for (const item of items) pushItem(item, values);
  return values;
}

function pushItem(item: string, values: Value[]): void {
  const blank = BLANK.exec(item);
  const floats = FLOATS.exec(item);
  const histograms = HISTOGRAMS.exec(item);
  if (blank) repeat(values, { kind: 'none' }, blank[1] === undefined ? 1 : count(blank[1]));
  else if (item === 'stale') values.push({ kind: 'stale' });
  else if (floats) pushFloats(floats, values);
  else if (histograms)
    repeat(
      values,
      { kind: 'histogram', text: item },
      histograms[1] === undefined ? 1 : count(histograms[1]) + 1,
    );
  else throw new Error(`not a value of the series notation: ${item}`);
}

/** `v`, `vxN` (N more of the same) or `v+dxN` (N more, each d higher). */
function pushFloats([, start, step, times]: RegExpExecArray, values: Value[]): void {
  const more = times === undefined ? 0 : count(times);
  const delta = step === undefined ? 0 : float(step);
  let value = float(start);
  for (let i = 0; i <= more; i++) {
    values.push({ kind: 'float', value });
    value += delta;
  }
}

function repeat(values: Value[], value: Value, times: number): void {
  for (let i = 0; i < times; i++) values.push(value);
}

function count(text: string): number {
  const n = Number(text);
  if (n > MAX_REPEAT) throw new Error(`too many repetitions: ${text} (at most ${MAX_REPEAT})`);
  return n;
}

function float(text: string): number {
  const bare = text.replace(/^[+-]/, '').toLowerCase();
  const size = bare === 'inf' ? Infinity : bare === 'nan' ? NaN : Number(bare);
  return text.startsWith('-') ? -size : size;
}

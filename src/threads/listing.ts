// Answers that are made from labels alone, or from the newest sample of each series: lists of series, federation, the
// store's statistics, and the raw samples of a remote read.
import { formatPlain } from '../../query/index.ts';
import { compareLabels, compareText, type Labels, METRIC_NAME } from '../../storage/model/labels.ts';
import { createMatcher, type Matcher } from '../../storage/model/matcher.ts';
import { Column, hasBit } from '../../storage/model/sample.ts';
import type { SeriesSet, Symbols, View } from '../../storage/source.ts';
import { type ReadResult, withExternalLabels } from '../remote/read-response.ts';
import type { ReadRequest, RemoteReadQuery } from './services.ts';

/** Series are written in pieces of so many characters. */
const PIECE_CHARS = 1 << 16;
const encoder = new TextEncoder();

/** Series that satisfy one of several matcher lists, each once. */
interface Found {
  readonly set: SeriesSet;
  readonly i: number;
}

function* distinct(
  view: View,
  matcherLists: readonly (readonly Matcher[])[],
  startMs: number,
  endMs: number,
): Generator<Found> {
  const seen = matcherLists.length > 1 ? new Set<number>() : null;
  for (const matchers of matcherLists) {
    const set = view.select(matchers, startMs, endMs);
    for (let i = 0; i < set.count; i++) {
      if (seen?.has(set.id(i))) continue;
      seen?.add(set.id(i));
      yield { set, i };
    }
  }
}

/**
 * The label sets of series as JSON objects in a list, with upstream's order: as stored for one selector, sorted for
 * several. A text is escaped once however often it stands there.
 * @returns whether `limit` (0: none) cut the list
 */
export function writeSeries(
  symbols: Symbols,
  view: View,
  matcherLists: readonly (readonly Matcher[])[],
  { startMs, endMs, limit }: { startMs: number; endMs: number; limit: number },
  chunks: Uint8Array[],
): boolean {
  const escaped: string[] = [];
  const textOf = (id: number): string => (escaped[id] ??= JSON.stringify(symbols.text(id)));
  let labelLists: Iterable<Int32Array> = labelsOf(distinct(view, matcherLists, startMs, endMs));
  if (matcherLists.length > 1)
    labelLists = [...labelLists].sort((a, b) => compareLabels(texts(a, symbols), texts(b, symbols)));
  let piece = '[';
  let written = 0;
  let cut = false;
  for (const labels of labelLists) {
    if (limit > 0 && written === limit) {
      cut = true;
      break;
    }
    piece += written++ === 0 ? '{' : ',{';
    for (let k = 0; k < labels.length; k += 2)
      piece += `${k === 0 ? '' : ','}${textOf(labels[k])}:${textOf(labels[k + 1])}`;
    piece += '}';
    if (piece.length > PIECE_CHARS) {
      chunks.push(encoder.encode(piece));
      piece = '';
    }
  }
  chunks.push(encoder.encode(`${piece}]`));
  return cut;
}

function* labelsOf(found: Iterable<Found>): Generator<Int32Array> {
  for (const { set, i } of found) yield set.labels(i);
}

function texts(labels: Int32Array, symbols: Symbols): Labels {
  return Array.from(labels, (id) => symbols.text(id));
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The newest sample of each series within the lookback, as exposition text sorted by metric: what /federate answers.
 * Series that ended are left out. External labels are added where a series has none of that name, and an empty
 * `instance`, so that the scraper's own does not take its place.
 */
export function federate(
  symbols: Symbols,
  view: View,
  matcherLists: readonly (readonly Matcher[])[],
  { nowMs, externalLabels }: Extract<ReadRequest, { kind: 'federate' }>,
  lookbackMs: number,
): Uint8Array[] {
  const column = new Column();
  const byMetric = new Map<string, string[]>();
  const external = withExternalLabels(externalLabels, ['instance', '']);
  for (const { set, i } of distinct(view, matcherLists, nowMs - lookbackMs + 1, nowMs)) {
    set.read(i, column);
    const last = column.timeline.length - 1;
    if (last < 0 || (column.stale !== null && hasBit(column.stale, last))) continue;
    const labels = texts(set.labels(i), symbols);
    const metric = nameOf(labels);
    if (metric === '') continue;
    const line = `${sampleName(metric, labels, external)} ${valueText(column.values[last])} ${column.timeline.times[last]}\n`;
    const lines = byMetric.get(metric);
    if (lines) lines.push(line);
    else byMetric.set(metric, [line]);
  }
  return [...byMetric.keys()].sort(compareText).map((metric) => {
    const name = LEGACY_METRIC.test(metric) ? metric : quote(metric);
    return encoder.encode(`# TYPE ${name} untyped\n${byMetric.get(metric)!.join('')}`);
  });
}

function nameOf(labels: Labels): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === METRIC_NAME) return labels[i + 1];
  return '';
}

function sampleName(metric: string, labels: Labels, external: Labels): string {
  const isLegacy = LEGACY_METRIC.test(metric);
  const pairs = isLegacy ? [] : [quote(metric)];
  const own = new Set<string>();
  for (const list of [labels, external])
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i];
      if (name === METRIC_NAME || own.has(name)) continue;
      if (list === labels) own.add(name);
      pairs.push(`${LEGACY_LABEL.test(name) ? name : quote(name)}=${quote(list[i + 1])}`);
    }
  return `${isLegacy ? metric : ''}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''}`;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`;
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Math.abs(value) < 1e21 ? formatPlain(value) : String(value);
}

/** How far back the beginning of the data is looked for, and how exactly. */
const OLDEST_MS = Date.UTC(2000, 0, 1);
const TIME_EXACTNESS_MS = 1_000;

/** The `data` of /api/v1/status/tsdb: how many series there are, and which names and labels make them many. */
export function tsdbStatus(symbols: Symbols, view: View, nowMs: number, limit: number): unknown {
  const all = view.select([], Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const metricSymbol = symbols.find(METRIC_NAME);
  const metrics = new Map<number, number>();
  /** Series by value, of each label. */
  const labels = new Map<number, Map<number, number>>();
  for (let i = 0; i < all.count; i++) {
    const pairs = all.labels(i);
    for (let k = 0; k < pairs.length; k += 2) {
      let values = labels.get(pairs[k]);
      if (!values) {
        values = new Map();
        labels.set(pairs[k], values);
      }
      values.set(pairs[k + 1], (values.get(pairs[k + 1]) ?? 0) + 1);
      if (pairs[k] === metricSymbol) metrics.set(pairs[k + 1], (metrics.get(pairs[k + 1]) ?? 0) + 1);
    }
  }
  const valueCounts: [string, number][] = [];
  const valueBytes: [string, number][] = [];
  const pairCounts: [string, number][] = [];
  for (const [name, values] of labels) {
    const text = symbols.text(name);
    let bytes = 0;
    for (const [value, count] of values) {
      bytes += Buffer.byteLength(symbols.text(value)) * count;
      pairCounts.push([`${text}=${symbols.text(value)}`, count]);
    }
    valueCounts.push([text, values.size]);
    valueBytes.push([text, bytes]);
  }
  const metricCounts = [...metrics].map(([id, count]): [string, number] => [symbols.text(id), count]);
  return {
    headStats: {
      numSeries: all.count,
      numLabelPairs: pairCounts.length,
      chunkCount: 0,
      ...timeBounds(view, nowMs),
    },
    seriesCountByMetricName: largest(metricCounts, limit),
    labelValueCountByLabelName: largest(valueCounts, limit),
    memoryInBytesByLabelName: largest(valueBytes, limit),
    seriesCountByLabelValuePair: largest(pairCounts, limit),
  };
}

function largest(counts: [string, number][], limit: number): { name: string; value: number }[] {
  return counts
    .sort(([a, x], [b, y]) => y - x || compareText(a, b))
    .slice(0, limit)
    .map(([name, value]) => ({ name, value }));
}

/** About when the data begins and ends, by halving, as exactly as the index tells times. */
function timeBounds(view: View, nowMs: number): { minTime: number; maxTime: number } {
  const has = (startMs: number, endMs: number): boolean =>
    view.labelNames([], startMs, endMs, 1).values.length > 0;
  if (!has(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
    return { minTime: Number.MAX_SAFE_INTEGER, maxTime: Number.MIN_SAFE_INTEGER };
  const latest = nowMs + 600_000;
  const minTime = halve(OLDEST_MS, latest, (ms) => has(Number.MIN_SAFE_INTEGER, ms));
  const maxTime = halve(minTime, latest, (ms) => !has(ms, Number.MAX_SAFE_INTEGER));
  return { minTime: Math.min(minTime, nowMs), maxTime: Math.min(maxTime, nowMs) };
}

/** The least time, to the second, from which on `holds` is true. */
function halve(fromMs: number, toMs: number, holds: (ms: number) => boolean): number {
  let low = fromMs;
  let high = toMs;
  while (high - low > TIME_EXACTNESS_MS) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The series of one query of a remote read, sorted by labels. A matcher that the external labels satisfy counts as
 * satisfied, since the reader sees them on every series.
 */
export function remoteRead(
  symbols: Symbols,
  view: View,
  { matchers, startMs, endMs }: RemoteReadQuery,
  external: Labels,
): ReadResult {
  const compiled = matchers
    .map(({ name, op, value }) => createMatcher(name, op, value))
    .filter(
      ({ name, op, value }) =>
        op !== '=' || !external.some((text, i) => i % 2 === 0 && text === name && external[i + 1] === value),
    );
  const set = view.select(compiled, startMs, endMs);
  const sorted = Array.from({ length: set.count }, (_, i) => ({
    i,
    labels: withExternalLabels(texts(set.labels(i), symbols), external),
  })).sort((a, b) => compareLabels(a.labels, b.labels));
  return {
    count: set.count,
    labels: (k) => sorted[k].labels,
    read: (k, out) => set.read(sorted[k].i, out),
  };
}

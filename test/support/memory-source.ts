// A Source in memory, for tests of the query engine and whoever needs series without a file. Series that are given
// equal times share one timeline, as series of one scrape do in the store.
import {
  compareText,
  type Labels,
  labelsFromObject,
  labelsToObject,
  METRIC_NAME,
} from '../../storage/model/labels.ts';
import type { Matcher } from '../../storage/model/matcher.ts';
import {
  bitsetWords,
  type Column,
  isStaleAt,
  setBit,
  setStale,
  type Timeline,
} from '../../storage/model/sample.ts';
import type { MetricMetadata, SeriesSet, Source, Symbols, TextList, View } from '../../storage/source.ts';

interface StoredSeries {
  readonly labels: Labels;
  readonly ids: Int32Array;
  readonly timeline: Timeline;
  readonly values: Float64Array;
}

class TextTable implements Symbols {
  readonly #texts: string[] = [];
  readonly #ids = new Map<string, number>();

  text(id: number): string {
    return this.#texts[id];
  }

  find(text: string): number {
    return this.#ids.get(text) ?? -1;
  }

  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.#ids.set(text, this.#texts.length);
    this.#texts.push(text);
    return this.#texts.length - 1;
  }
}

export class MemorySource implements Source {
  readonly symbols = new TextTable();
  readonly #series: StoredSeries[] = [];
  readonly #timelines = new Map<string, Timeline>();
  readonly #metadata: MetricMetadata[] = [];
  #isViewOpen = false;

  /** Adds a series. `values` may hold stale markers (setStale); times ascend. */
  addSeries(labels: Labels, timesMs: readonly number[], values: Float64Array): this {
    const key = timesMs.join();
    let timeline = this.#timelines.get(key);
    if (!timeline) {
      timeline = { times: Float64Array.from(timesMs), length: timesMs.length };
      this.#timelines.set(key, timeline);
    }
    const ids = Int32Array.from(labels, (text) => this.symbols.intern(text));
    this.#series.push({ labels, ids, timeline, values });
    return this;
  }

  /**
   * Adds series from lines such as `http_requests{job="a"} 0+10x4 _ stale 7 NaN`: one sample every `intervalMs` from
   * time 0. `a+bxn` and `a-bxn` are n+1 samples from a by b, `axn` n+1 times a, `_` and `_xn` leave samples out.
   */
  load(intervalMs: number, text: string): this {
    for (const line of text.split('\n').map((l) => l.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      const parts = /^([^{\s]*)(?:\{(.*)\})?\s+(.*)$/.exec(line);
      if (!parts) throw new Error(`not a series: ${line}`);
      this.addNotation(readLabels(parts[1], parts[2] ?? ''), intervalMs, parts[3]);
    }
    return this;
  }

  addNotation(labels: Labels, intervalMs: number, notation: string): void {
    const times: number[] = [];
    const values: (number | 'stale')[] = [];
    let slot = 0;
    for (const token of notation.trim().split(/\s+/))
      for (const value of expand(token)) {
        if (value !== undefined) {
          times.push(slot * intervalMs);
          values.push(value);
        }
        slot++;
      }
    const column = new Float64Array(values.length);
    values.forEach((value, i) => {
      if (value === 'stale') setStale(column, i);
      else column[i] = value;
    });
    this.addSeries(labels, times, column);
  }

  addMetadata(...metadata: MetricMetadata[]): this {
    this.#metadata.push(...metadata);
    return this;
  }

  view(): View {
    if (this.#isViewOpen) throw new Error('a view is open already');
    this.#isViewOpen = true;
    const matching = (matchers: readonly Matcher[]): StoredSeries[] => {
      if (!this.#isViewOpen) throw new Error('the view is closed');
      return this.#series.filter((series) => {
        const labels = labelsToObject(series.labels);
        return matchers.every((matcher) => matcher.matches(labels[matcher.name] ?? ''));
      });
    };
    const anyOf = (lists: readonly (readonly Matcher[])[]): StoredSeries[] =>
      lists.length === 0 ? this.#series : [...new Set(lists.flatMap(matching))];
    return {
      select: (matchers, startMs, endMs) => this.#setOf(matching(matchers), startMs, endMs),
      labelNames: (lists, _startMs, _endMs, limit) =>
        textList(
          anyOf(lists).flatMap((s) => s.labels.filter((_, i) => i % 2 === 0)),
          limit,
        ),
      labelValues: (name, lists, _startMs, _endMs, limit) =>
        textList(
          anyOf(lists).flatMap((s) => labelsToObject(s.labels)[name] ?? []),
          limit,
        ),
      metadata: (metric) => this.#metadata.filter((m) => metric === undefined || m.metric === metric),
      close: () => {
        this.#isViewOpen = false;
      },
    };
  }

  #setOf(series: readonly StoredSeries[], startMs: number, endMs: number): SeriesSet {
    const cut = new Map<Timeline, { from: number; timeline: Timeline }>();
    return {
      count: series.length,
      labels: (i) => series[i].ids,
      id: (i) => this.#series.indexOf(series[i]) + 1,
      read: (i, out) => {
        const { timeline, values } = series[i];
        let part = cut.get(timeline);
        if (!part) {
          const times = timeline.times.filter((time) => time >= startMs && time <= endMs);
          const from = timeline.times.findIndex((time) => time >= startMs);
          part = { from: Math.max(from, 0), timeline: { times, length: times.length } };
          cut.set(timeline, part);
        }
        fill(out, part.timeline, values.subarray(part.from, part.from + part.timeline.length));
      },
    };
  }
}

function fill(out: Column, timeline: Timeline, values: Float64Array): void {
  const { length } = timeline;
  out.reserve(length).set(values);
  out.timeline = timeline;
  out.stale = null;
  out.histograms = null;
  out.neverDecreases = true;
  for (let j = 0; j < length; j++) {
    if (isStaleAt(values, j)) {
      out.stale ??= new Uint32Array(bitsetWords(length));
      setBit(out.stale, j);
    }
    if (!(values[j] >= (j === 0 ? -Infinity : values[j - 1]))) out.neverDecreases = false;
  }
}

function textList(texts: string[], limit: number): TextList {
  const values = [...new Set(texts)].sort(compareText);
  const truncated = limit > 0 && values.length > limit;
  return { values: truncated ? values.slice(0, limit) : values, truncated };
}

function readLabels(name: string, body: string): Labels {
  const object: Record<string, string> = {};
  if (name !== '') object[METRIC_NAME] = name;
  for (const [, label, value] of body.matchAll(/([^\s=,]+)\s*=\s*("(?:[^"\\]|\\.)*")/g))
    object[label] = JSON.parse(value);
  return labelsFromObject(object);
}

/** The samples of one token; undefined where one is left out. */
function expand(token: string): (number | 'stale' | undefined)[] {
  const run = /^_(?:x(\d+))?$/.exec(token);
  if (run) return new Array(Number(run[1] ?? 1)).fill(undefined);
  if (token === 'stale') return ['stale'];
  const series = /^([+-]?[^+x-]*(?:e[+-]?\d+)?)([+-][^x]+)?x(\d+)$/.exec(token);
  if (!series) return [readNumber(token)];
  const start = readNumber(series[1]);
  const step = series[2] === undefined ? 0 : readNumber(series[2]);
  return Array.from({ length: Number(series[3]) + 1 }, (_, i) => start + i * step);
}

function readNumber(text: string): number {
  const plain = text.replace(/^\+/, '');
  if (/^-?inf$/i.test(plain)) return plain.startsWith('-') ? -Infinity : Infinity;
  const value = Number(plain);
  if (plain === '' || (Number.isNaN(value) && plain !== 'NaN')) throw new Error(`not a number: ${text}`);
  return value;
}

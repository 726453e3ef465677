// Samples for the store's benchmarks: the recorded bodies of real exporters, and a day of made-up series.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Labels } from '../../storage/model/labels.ts';
import { labelsFromObject } from '../../storage/model/labels.ts';

/** One scrape: times are milliseconds; `series` is one object for all scrapes with the same series. */
export interface Scrape {
  readonly timeMs: number;
  readonly series: readonly Labels[];
  readonly values: Float64Array;
}

/** Scrapes of several targets in order of time. */
export function readCapture(dir: string): Scrape[] {
  const scrapes: Scrape[] = [];
  for (const file of readdirSync(dir)
    .filter((name) => name.endsWith('.metrics.zst'))
    .sort())
    scrapes.push(...readTarget(join(dir, file), basename(file, '.metrics.zst')));
  return scrapes.sort((a, b) => a.timeMs - b.timeMs);
}

function* readTarget(file: string, job: string): Generator<Scrape> {
  const text = zstdDecompressSync(readFileSync(file)).toString('utf8');
  let last = '';
  let series: Labels[] = [];
  for (const record of text.split(/^#@ /m).slice(1)) {
    const end = record.indexOf('\n');
    const lines = record
      .slice(end + 1)
      .split('\n')
      .filter((line) => line !== '' && line[0] !== '#');
    const cuts = lines.map((line) => line.lastIndexOf(' '));
    const names = lines.map((line, i) => line.slice(0, cuts[i])).join('\n');
    if (names !== last) series = names.split('\n').map((name) => parseSeries(name, job));
    last = names;
    const values = Float64Array.from(lines, (line, i) =>
      Number(line.slice(cuts[i] + 1).replace('Inf', 'Infinity')),
    );
    yield { timeMs: Number(record.slice(0, record.indexOf(' '))), series, values };
  }
}

function parseSeries(text: string, job: string): Labels {
  const brace = text.indexOf('{');
  const object: Record<string, string> = { job, instance: `${job}:9100`, __name__: text };
  if (brace >= 0) {
    object.__name__ = text.slice(0, brace);
    for (const [, name, value] of text.slice(brace).matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      object[name] = value;
  }
  return labelsFromObject(object);
}

/**
 * A day of one target, scraped every 15 s with a few milliseconds of jitter: 1,000 counters with random steps, 1,000
 * random walks of 2-3 decimals, 480 buckets of histograms, 100 constants.
 */
export function* makeDay(startMs: number, rows: number): Generator<Scrape> {
  const series: Labels[] = [];
  const add = (name: string, labels: Record<string, string>) =>
    series.push(labelsFromObject({ __name__: name, job: 'made', instance: 'up:1', ...labels }));
  for (let i = 0; i < 1000; i++) add(`made_counter_${i % 50}_total`, { path: `/p${Math.floor(i / 50)}` });
  for (let i = 0; i < 1000; i++) add(`made_gauge_${i % 50}`, { path: `/p${Math.floor(i / 50)}` });
  for (let i = 0; i < 480; i++)
    add(`made_seconds_bucket`, { path: `/p${Math.floor(i / 12)}`, le: String(2 ** (i % 12)) });
  for (let i = 0; i < 100; i++) add(`made_info_${i}`, {});
  const random = randomNumbers(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  // Counters by the largest step, gauges by the deviation of a step in their last decimal.
  const widths = Float64Array.from(series, (_, i) =>
    i < 1000 ? 1 + Math.floor(random() * 100) : 1 + random() * 20,
  );
  // Gauges as whole numbers of their last decimal: 0.1 + 0.2 is none.
  const units = Float64Array.from(series, () => Math.floor(random() * 1e5));
  const values = new Float64Array(series.length);
  values.fill(1, 2480);
  for (let k = 0; k < rows; k++) {
    for (let i = 0; i < 1000; i++) values[i] += Math.floor(random() * (widths[i] + 1));
    for (let i = 1000; i < 2000; i++) {
      units[i] += Math.round(normal() * widths[i]);
      values[i] = units[i] / (i % 2 === 0 ? 100 : 1000);
    }
    for (let histogram = 2000; histogram < 2480; histogram += 12)
      for (let n = Math.floor(random() * widths[histogram] * 2); n > 0; n--)
        for (let b = Math.min(11, Math.floor(-3 * Math.log(1 - random()))); b < 12; b++)
          values[histogram + b]++;
    yield { timeMs: startMs + k * 15_000 + Math.floor(random() * 4), series, values };
  }
}

/** Random numbers from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Random queries to this engine and to an installed Prometheus over the same samples. Queries keep to what Prometheus
// 2.x and 3 agree on: no sample lies on the edge of a window or lookback, and nothing whose arithmetic has changed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  createEngine,
  type Engine,
  QueryError,
  type QueryRequest,
  type QueryResult,
} from '../../query/index.ts';
import { scriptEngineOptions } from '../../src/promqltest/run.ts';
import { labelsFromObject } from '../../storage/model/labels.ts';
import { hasBit } from '../../storage/model/sample.ts';
import { MemorySource } from '../support/memory-source.ts';
import { freePort, needProgram, start, untilReady } from '../support/programs.ts';
import { writeRequestBody } from '../support/remote-write.ts';
import { randomQuery, seeded } from './random-query.ts';

const QUERIES = 400;
const SEED = Number(process.env.FERULA_SEED ?? 20_261_120);
const STEP_MS = 60_000;
const STEPS = 60;

interface Series {
  readonly labels: Record<string, string>;
  readonly times: number[];
  readonly values: number[];
}

/** Two hours of counters, gauges and histograms, with resets, gaps, NaN and infinities. */
function makeSeries(random: () => number, endMs: number): Series[] {
  const all: Series[] = [];
  const add = (labels: Record<string, string>, offsetMs: number, next: (before: number) => number): void => {
    const times: number[] = [];
    const values: number[] = [];
    let value = 1e4 + Math.floor(random() * 1e4);
    let gap = 0;
    for (let ms = endMs - 7_200_000 + offsetMs; ms < endMs; ms += 15_000) {
      if (gap-- > 0) continue;
      if (random() < 0.01) gap = Math.floor(random() * 60);
      value = next(value);
      times.push(ms);
      values.push(value);
    }
    all.push({ labels, times, values });
  };
  for (const [i, job] of ['a', 'b', 'c'].entries()) {
    const offset = 1037 + i * 3111;
    for (const code of ['200', '404', '500'])
      add({ __name__: 'req_total', job, code }, offset, (v) =>
        random() < 0.01 ? 5000 : v + Math.floor(random() * 50) * (code === '200' ? 1 : 0.25),
      );
    for (const disk of ['x', 'y'])
      add(
        { __name__: 'level', job, disk },
        offset,
        (v) => Math.round((v + random() * 200 - 100) * 100) / 100,
      );
    add({ __name__: 'noise', job }, offset, () => random() * 2 - 1);
    add(
      { __name__: 'odd', job },
      offset,
      () => [NaN, Infinity, -Infinity, 1, 2, 3, 4, 5][Math.floor(random() * 8)],
    );
    const sums = [0, 0, 0, 0];
    for (const [b, le] of ['0.1', '0.5', '2.5', '+Inf'].entries())
      add({ __name__: 'lat_bucket', job, le }, offset, () => {
        sums[b] += 1 + b * 3;
        return 5000 + sums[b];
      });
  }
  return all;
}

/** Values by series and time; undefined where the query was refused. */
type Answer = Map<string, Map<number, number>> | undefined;

function ours(engine: Engine, source: MemorySource, query: string, endMs: number): Answer {
  const startMs = endMs - STEP_MS * STEPS;
  const result = ask(engine, source, { query, startMs, endMs, stepMs: STEP_MS });
  if (!result) return undefined;
  const { value } = result;
  const answer = new Map<string, Map<number, number>>();
  if (value.type !== 'matrix') throw new Error(`a matrix was expected of ${query}`);
  for (const { labels, vector } of value.series) {
    const points = new Map<number, number>();
    for (let k = 0; k < value.grid.count; k++)
      if (!vector.present || hasBit(vector.present, k)) points.set(startMs + k * STEP_MS, vector.values[k]);
    answer.set(keyOf(Array.from(labels, (id) => value.symbols.text(id))), points);
  }
  return answer;
}

function ask(engine: Engine, source: MemorySource, request: QueryRequest): QueryResult | undefined {
  try {
    return engine.run(source, request);
  } catch (error) {
    if (error instanceof QueryError) return undefined;
    throw error;
  }
}

async function theirs(base: string, query: string, endMs: number): Promise<Answer> {
  const params = new URLSearchParams({
    query,
    start: String((endMs - STEP_MS * STEPS) / 1000),
    end: String(endMs / 1000),
    step: String(STEP_MS / 1000),
  });
  const response = await fetch(`${base}/api/v1/query_range?${params}`);
  const body = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  if (body.status !== 'success') return undefined;
  return new Map(
    body.data.result.map(({ metric, values }) => [
      keyOf([...labelsFromObject(metric)]),
      new Map(
        values.map(([seconds, text]) => [
          Math.round(seconds * 1000),
          Number(text.replace('Inf', 'Infinity')),
        ]),
      ),
    ]),
  );
}

function keyOf(labels: string[]): string {
  return JSON.stringify(labels);
}

/** How the answers differ; null where they do not. */
function difference(a: Answer, b: Answer, isExact: boolean): string | null {
  if (!a || !b) return a === b ? null : `${a ? 'answered' : 'refused'}, unlike there`;
  for (const key of b.keys()) if (!a.has(key)) return `missing ${key}`;
  for (const [key, points] of a) {
    const other = b.get(key);
    if (!other) return `unexpected ${key}`;
    if (other.size !== points.size) return `${key}: ${points.size} points instead of ${other.size}`;
    for (const [ms, value] of points) {
      const wanted = other.get(ms);
      if (wanted === undefined) return `${key}: no point at ${ms}`;
      const distance = Math.abs(value - wanted);
      const isEqual = value === wanted || (Number.isNaN(value) && Number.isNaN(wanted));
      if (!isEqual && (isExact || !(distance < 1e-9 * Math.abs(wanted) || distance < 1e-9)))
        return `${key} at ${ms}: ${value} instead of ${wanted}`;
    }
  }
  return null;
}

it('answers random queries as the installed Prometheus does', { timeout: 120_000 }, async (context) => {
  const program = needProgram(context, 'prometheus');
  const folder = mkdtempSync(join(tmpdir(), 'ferula-differential-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'prometheus.yml'), 'global: {scrape_interval: 1h}\n');
  const running = start(program, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    '--log.level=error',
  ]);
  try {
    await untilReady(`${base}/-/ready`, running);
    const random = seeded(SEED);
    // Half a second past the minute: neither samples nor steps of subqueries lie on an edge.
    const endMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000 + 500;
    const series = makeSeries(random, endMs - 500);
    const source = new MemorySource();
    for (const { labels, times, values } of series)
      source.addSeries(labelsFromObject(labels), times, Float64Array.from(values));
    const body = writeRequestBody({
      series: series.map(({ labels, times, values }) => ({
        labels: Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))),
        samples: times.map((time, i) => [time, values[i]] as const),
      })),
    });
    const written = await fetch(`${base}/api/v1/write`, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' },
    });
    expect(written.status).toBe(204);
    const engine = createEngine({
      ...scriptEngineOptions,
      features: { ...scriptEngineOptions.features, delayedNameRemoval: false },
    });
    const complaints: string[] = [];
    for (let i = 0; i < QUERIES; i++) {
      const { query, isExact } = randomQuery(random);
      const complaint = difference(
        ours(engine, source, query, endMs),
        await theirs(base, query, endMs),
        isExact,
      );
      if (complaint !== null) complaints.push(`${query}: ${complaint}`);
    }
    expect(complaints).toEqual([]);
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

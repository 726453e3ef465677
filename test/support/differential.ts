// Ferula and an installed Prometheus side by side, over the same samples by remote write, and the comparison of what
// they answer to a query.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type Running, start, startFerulaProgram, untilReady } from './programs.ts';
import { type WriteRequestParts, writeRequestBody } from './remote-write.ts';

export interface Pair {
  /** Base URLs. */
  readonly ferula: string;
  readonly prometheus: string;
  /** Sends the same samples to both; throws where one does not take them. */
  write(parts: WriteRequestParts): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both in a temporary folder. `prometheus` is the path of the program. */
export async function startPair(prometheus: string): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-differential-'));
  const config = join(folder, 'prometheus.yml');
  // Subqueries without a step take the evaluation interval.
  writeFileSync(config, 'global:\n  scrape_interval: 1h\n  evaluation_interval: 1m\n');
  const [ours, theirs] = [await freePort(), await freePort()];
  const pair: [string, Running][] = [
    [
      `http://127.0.0.1:${ours}`,
      startFerulaProgram(
        [
          'serve',
          `--config.file=${config}`,
          `--storage.path=${join(folder, 'ferula.db')}`,
          `--web.listen-address=127.0.0.1:${ours}`,
          '--web.enable-remote-write-receiver',
        ],
        { cwd: folder },
      ),
    ],
    [
      `http://127.0.0.1:${theirs}`,
      start(prometheus, [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${theirs}`,
        '--web.enable-remote-write-receiver',
        '--enable-feature=promql-at-modifier,promql-negative-offset',
        '--log.level=error',
      ]),
    ],
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(pair.map(([, running]) => running.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [base, running] of pair) await untilReady(`${base}/-/ready`, running);
  } catch (error) {
    await stop();
    throw error;
  }
  const write = async (parts: WriteRequestParts): Promise<void> => {
    const body = new Uint8Array(writeRequestBody(parts));
    const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' };
    for (const [base] of pair) {
      const response = await fetch(`${base}/api/v1/write`, { method: 'POST', body, headers });
      if (response.status !== 204)
        throw new Error(`${base} answered ${response.status}: ${await response.text()}`);
    }
  };
  return { ferula: pair[0][0], prometheus: pair[1][0], write, stop };
}

/** When a query is asked: at one time, or at steps; seconds. */
export type Moment =
  | { readonly time: number }
  | { readonly start: number; readonly end: number; readonly step: number };

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** An answer of the API, as far as both versions have it. */
export interface Answer {
  readonly status: 'success' | 'error';
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

/** Asks one server. */
export async function ask(base: string, query: string, moment: Moment): Promise<Answer> {
  const path = 'time' in moment ? 'query' : 'query_range';
  const times = Object.entries(moment).map(([name, value]): [string, string] => [name, String(value)]);
  const body = new URLSearchParams([['query', query], ...times]);
  const response = await fetch(`${base}/api/v1/${path}`, { method: 'POST', body });
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { status: 'error', errorType: `no JSON, status ${response.status}`, error: text };
  }
}

/** A query as 2.42 knows it. */
export function olderWords(query: string): string {
  return query.replaceAll('double_exponential_smoothing', 'holt_winters');
}

export interface Comparison {
  /** Values must be the same text; otherwise they may differ by 1e-9 of their size. */
  readonly isExact: boolean;
  /** The order of an instant vector counts. */
  readonly isOrdered: boolean;
}

/** How an answer differs from the one wanted; null where it does not. */
export function difference(got: Answer, wanted: Answer, options: Comparison): string | null {
  if (got.status !== wanted.status)
    return `${got.status} (${got.error ?? ''}) instead of ${wanted.status} (${wanted.error ?? ''})`;
  if (got.status === 'error')
    return got.errorType === wanted.errorType
      ? null
      : `error ${got.errorType} (${got.error}) instead of ${wanted.errorType} (${wanted.error})`;
  const { resultType, result } = got.data!;
  const other = wanted.data!;
  if (resultType !== other.resultType) return `a ${resultType} instead of a ${other.resultType}`;
  if (resultType === 'scalar' || resultType === 'string')
    return differentPoint(
      result as readonly [number, string],
      other.result as readonly [number, string],
      options,
    );
  return differentSeries(result as Sample[], other.result as Sample[], resultType, options);
}

function differentSeries(
  got: readonly Sample[],
  wanted: readonly Sample[],
  type: string,
  options: Comparison,
): string | null {
  const keys = got.map(keyOf);
  const wantedKeys = wanted.map(keyOf);
  const byKey = new Map(wanted.map((sample) => [keyOf(sample), sample]));
  for (const key of wantedKeys) if (!keys.includes(key)) return `${key} is missing`;
  for (const key of keys) if (!byKey.has(key)) return `${key} is too much`;
  if (keys.length !== wantedKeys.length) return `a series came twice: ${keys.join(' ')}`;
  if (type === 'matrix' || options.isOrdered)
    for (let i = 0; i < keys.length; i++)
      if (keys[i] !== wantedKeys[i]) return `${keys[i]} stands where ${wantedKeys[i]} should`;
  for (const sample of got) {
    const points = sample.values ?? [sample.value!];
    const { value, values } = byKey.get(keyOf(sample))!;
    const wantedPoints = values ?? [value!];
    if (points.length !== wantedPoints.length)
      return `${keyOf(sample)}: ${points.length} points instead of ${wantedPoints.length}`;
    for (let i = 0; i < points.length; i++) {
      const complaint = differentPoint(points[i], wantedPoints[i], options);
      if (complaint !== null) return `${keyOf(sample)}: ${complaint}`;
    }
  }
  return null;
}

function differentPoint(
  [time, text]: readonly [number, string],
  [wantedTime, wantedText]: readonly [number, string],
  { isExact }: Comparison,
): string | null {
  if (time !== wantedTime) return `a point at ${time} instead of ${wantedTime}`;
  if (text === wantedText) return null;
  const complaint = `${text} instead of ${wantedText} at ${time}`;
  if (isExact) return complaint;
  const [value, wanted] = [text, wantedText].map((one) => Number(one.replace('Inf', 'Infinity')));
  if (!Number.isFinite(value) || !Number.isFinite(wanted)) return complaint;
  return Math.abs(value - wanted) <= 1e-9 * Math.max(Math.abs(value), Math.abs(wanted)) ? null : complaint;
}

function keyOf({ metric }: Sample): string {
  const pairs = Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

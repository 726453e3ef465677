// Queries over HTTP beside Prometheus and VictoriaMetrics, on the same samples in the same run: CPU of the whole process
// for each query. Every query of the table starts in fresh processes, so compiling and opening what it needs is part
// of the first figure; the second one is what the queries after those cost. The range moves from run to run by the
// interval of the samples, so no cache of results can help. Answers must agree, or the benchmark fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { disagreement, type Tolerance } from './query-answers.ts';
import { INTERVAL_MS, QUIET_MS, writeRequests } from './query-data.ts';
import { type Contender, Contest, cpuMs } from './query-peers.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Every query of a day has its window full at all steps, and room to move. */
const DATA_MS = DAY_MS + 2 * HOUR_MS;
/** Runs of a query in fresh processes, and again as many behind them: fewer of those that take long. */
const RUNS = 20;
const HEAVY_RUNS = 6;

interface Row {
  readonly name: string;
  /** PromQL, or the selector of a listing of series. */
  readonly query: string;
  readonly isHeavy?: true;
  /** Range query of this length; instant without. */
  readonly range?: { readonly hours: number; readonly stepSeconds: number };
  readonly isListing?: true;
  /** By design VictoriaMetrics computes something else: it looks at the sample before the window as well. */
  readonly victoriaDiffers?: true;
}

const DAY = { hours: 24, stepSeconds: 60 };
const HALF = 'made_requests_total{instance=~"host-0.*"}';

const ROWS: readonly Row[] = [
  {
    name: 'sum(rate(counter[1h])), 500 series',
    query: `sum(rate(${HALF}[1h]))`,
    isHeavy: true,
    range: DAY,
    victoriaDiffers: true,
  },
  {
    name: 'rate(counter[1h]), 500 series',
    query: `rate(${HALF}[1h])`,
    isHeavy: true,
    range: DAY,
    victoriaDiffers: true,
  },
  {
    name: 'sum by (handler) (rate(counter[5m])), 1,000 series',
    query: 'sum by (handler) (rate(made_requests_total[5m]))',
    isHeavy: true,
    range: { hours: 6, stepSeconds: 30 },
    victoriaDiffers: true,
  },
  {
    name: 'histogram_quantile(0.99, sum by (le) (rate(bucket[5m]))), 480 series',
    query: 'histogram_quantile(0.99, sum by (le) (rate(made_seconds_bucket[5m])))',
    isHeavy: true,
    range: DAY,
    victoriaDiffers: true,
  },
  {
    name: 'sum by (instance) (gauge), 1,000 series',
    query: 'sum by (instance) (made_temperature)',
    isHeavy: true,
    range: DAY,
  },
  {
    name: 'quantile_over_time(0.9, gauge[6h]), 1,000 series, instant',
    query: 'quantile_over_time(0.9, made_temperature[6h])',
    isHeavy: true,
  },
  {
    name: 'topk(10, avg_over_time(gauge[1h])), 1,000 series, instant',
    query: 'topk(10, avg_over_time(made_temperature[1h]))',
  },
  { name: 'count({__name__!=""}), instant', query: 'count({__name__!=""})' },
  {
    name: 'max_over_time(rate(counter[5m])[1h:30s]), 100 series, instant',
    query: 'max_over_time(rate(made_requests_total{instance=~"host-0[01].*"}[5m])[1h:30s])',
    victoriaDiffers: true,
  },
  {
    name: 'one series raw',
    query: 'made_temperature{instance="host-07:9100",sensor="s7"}',
    range: DAY,
  },
  { name: 'series of one metric, 1,000 series', query: 'made_temperature', isListing: true },
];

/** Milliseconds of CPU for a query: the first ones of a process, and those after them. */
interface Cost {
  readonly fresh: number;
  readonly warm: number;
}

export async function benchQuery(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-bench-query-'));
  const contest = new Contest(folder);
  const endMs = Math.floor((Date.now() - 60_000) / INTERVAL_MS) * INTERVAL_MS;
  try {
    await contest.fill(writeRequests(endMs, DATA_MS / INTERVAL_MS));
    const figures: Figure[] = [];
    for (const row of ROWS) {
      const contenders = await contest.restart();
      figures.push(...(await measureRow(row, contenders, endMs)));
    }
    return figures;
  } finally {
    await contest.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRow(row: Row, contenders: readonly Contender[], endMs: number): Promise<Figure[]> {
  const costs: Cost[] = [];
  const answers: string[] = [];
  for (const contender of contenders) {
    const fresh = await measureRuns(row, contender, endMs, 0);
    const warm = await measureRuns(row, contender, endMs, runsOf(row));
    costs.push({ fresh: fresh.cpu, warm: warm.cpu });
    answers.push(warm.answer);
  }
  for (const [i, { name }] of contenders.entries()) {
    const complaint = i === 0 ? null : disagreement(answers[0], answers[i], toleranceOf(row, name));
    if (complaint !== null) throw new Error(`${row.query}: Ferula and ${name} differ: ${complaint}`);
  }
  const figure = (kind: keyof Cost): Figure => ({
    name: `${row.name}, ${kind}`,
    unit: 'ms CPU/query',
    value: costs[0][kind],
    peers: Object.fromEntries(contenders.slice(1).map(({ name }, i) => [name, costs[i + 1][kind]])),
  });
  return [figure('fresh'), figure('warm')];
}

/** Names of metrics count where Prometheus answers; VictoriaMetrics keeps them behind some functions. */
function toleranceOf(row: Row, peer: string): Tolerance {
  const isVictoria = peer === 'VictoriaMetrics';
  return { values: isVictoria && row.victoriaDiffers ? 0.5 : 1e-9, ignoresNames: isVictoria };
}

function runsOf({ isHeavy }: Row): number {
  return isHeavy ? HEAVY_RUNS : RUNS;
}

/** CPU for each of a row's runs, the n-th of them `skipped + n` intervals back; and the last answer. */
async function measureRuns(
  row: Row,
  { name, url, running }: Contender,
  endMs: number,
  skipped: number,
): Promise<{ cpu: number; answer: string }> {
  const pid = running.process.pid!;
  const runs = runsOf(row);
  const before = cpuMs(pid);
  let body = new ArrayBuffer(0);
  for (let run = 0; run < runs; run++) {
    const response = await fetch(url + pathOf(row, endMs - (skipped + run) * INTERVAL_MS), {
      // Compressing would be most of what some answers cost.
      headers: { 'Accept-Encoding': 'identity' },
    });
    body = await response.arrayBuffer();
    if (!response.ok) throw new Error(`${name}: ${response.status} ${new TextDecoder().decode(body)}`);
  }
  return { cpu: (cpuMs(pid) - before) / runs, answer: new TextDecoder().decode(body) };
}

function pathOf({ query, range, isListing }: Row, endMs: number): string {
  const end = endMs - INTERVAL_MS + QUIET_MS;
  const seconds = (ms: number): string => String(ms / 1000);
  if (isListing) {
    const params = { 'match[]': query, start: seconds(end - HOUR_MS), end: seconds(end) };
    return `/api/v1/series?${new URLSearchParams(params)}`;
  }
  if (!range) return `/api/v1/query?${new URLSearchParams({ query, time: seconds(end) })}`;
  const start = seconds(end - range.hours * HOUR_MS);
  const params = { query, start, end: seconds(end), step: String(range.stepSeconds) };
  return `/api/v1/query_range?${new URLSearchParams(params)}`;
}

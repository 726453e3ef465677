// The HTTP API under load, with Prometheus and VictoriaMetrics beside it where they are installed: what remote writes
// cost, how many small queries are answered, how they fare beside a heavy one, and what listings take.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findProgram,
  freePort,
  type Running,
  start,
  startFerulaProgram,
  untilReady,
} from '../support/programs.ts';
import { writeRequestBody } from '../support/remote-write.ts';
import type { Figure } from './figure.ts';
import { cpuSeconds, memoryMiB } from './process.ts';

const SERIES = 10_000;
const SERIES_A_REQUEST = 5_000;
const ROUNDS = 120;
const STEP_MS = 15_000;
const CONNECTIONS = 32;
const QUERIES_MS = 5_000;
const LISTINGS = 10;

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly running: Running;
  readonly startMs: number;
}

interface Measured {
  readonly startMs: number;
  readonly idleMiB: number;
  readonly writeCpu: number;
  readonly queriesASecond: number;
  readonly p99: number;
  readonly p99Loaded: number;
  readonly labels: number;
  readonly values: number;
  readonly series: number;
}

export async function benchApi(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-bench-api-'));
  try {
    const starters = [startFerula, startPrometheus, startVictoria];
    const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
    const bodies = writeBodies(endMs - ROUNDS * STEP_MS);
    const results: (Measured & { name: string })[] = [];
    // One after the other: they would take each other's CPU.
    for (const [i, starter] of starters.entries()) {
      const contender = await starter(join(folder, String(i)));
      if (!contender) continue;
      try {
        results.push({ name: contender.name, ...(await measure(contender, bodies, endMs)) });
      } finally {
        await contender.running.stop();
      }
    }
    return figures(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function begin(
  name: string,
  command: (port: number) => Running,
  readyPath: string,
): Promise<Contender> {
  const port = await freePort();
  const begun = performance.now();
  const running = command(port);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}${readyPath}`, running);
  return { name, url, running, startMs: performance.now() - begun };
}

function startFerula(folder: string): Promise<Contender> {
  return begin(
    'Ferula',
    (port) =>
      startFerulaProgram(
        [
          'serve',
          `--storage.path=${folder}/ferula.db`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-remote-write-receiver',
          '--web.enable-admin-api',
        ],
        { cwd: tmpdir() },
      ),
    '/-/ready',
  );
}

async function startPrometheus(folder: string): Promise<Contender | undefined> {
  const program = findProgram('prometheus');
  if (!program) return undefined;
  return begin(
    'Prometheus',
    (port) =>
      start(program, [
        '--config.file=/dev/null',
        `--storage.tsdb.path=${folder}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
      ]),
    '/-/ready',
  );
}

async function startVictoria(folder: string): Promise<Contender | undefined> {
  const program = findProgram('victoria-metrics');
  if (!program) return undefined;
  return begin(
    'VictoriaMetrics',
    (port) => start(program, [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`]),
    '/health',
  );
}

async function measure(
  contender: Contender,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  endMs: number,
): Promise<Measured> {
  const { url, running, startMs } = contender;
  const idleMiB = memoryMiB(running.process.pid!).resident;
  const writeCpu = await writeAll(contender, bodies);
  const end = endMs / 1000;
  let next = 0;
  const small = (): string => {
    const series = (next++ * 7919) % SERIES;
    return `${url}/api/v1/query?time=${end - (next % 60)}&query=bench_metric_${series % 100}%7Bpod%3D%22pod-${series}%22%7D`;
  };
  await load(small, 1_000);
  const unloaded = await load(small, QUERIES_MS);
  const heavy = `${url}/api/v1/query_range?query=${encodeURIComponent('sum by (pod) (rate({__name__=~"bench_metric_.*"}[5m]))')}&start=${end - 900}&end=${end}&step=1`;
  const stop = new AbortController();
  const heavyQueries = repeat(heavy, stop.signal);
  const loaded = await load(small, QUERIES_MS);
  stop.abort();
  await heavyQueries;
  const range = `start=${end - 3600}&end=${end}`;
  return {
    startMs,
    idleMiB,
    writeCpu,
    queriesASecond: (unloaded.length / QUERIES_MS) * 1000,
    p99: percentile(unloaded, 0.99),
    p99Loaded: percentile(loaded, 0.99),
    labels: await listing(`${url}/api/v1/labels?${range}`),
    values: await listing(`${url}/api/v1/label/pod/values?${range}`),
    series: await listing(`${url}/api/v1/series?${range}&match[]=%7B__name__%3D~%22bench_metric_.*%22%7D`),
  };
}

/** The requests of all rounds, one after the other. */
function writeBodies(fromMs: number): Uint8Array<ArrayBuffer>[] {
  const labels = Array.from({ length: SERIES }, (_, i) => ({
    __name__: `bench_metric_${i % 100}`,
    cluster: 'bench',
    instance: `10.0.0.${i % 50}:9100`,
    job: 'bench',
    pod: `pod-${i}`,
  }));
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (let from = 0; from < SERIES; from += SERIES_A_REQUEST) {
      const series = labels.slice(from, from + SERIES_A_REQUEST).map((one, i) => ({
        labels: one,
        samples: [[fromMs + round * STEP_MS, round * ((from + i) % 17)]] as [number, number][],
      }));
      bodies.push(new Uint8Array(writeRequestBody({ series })));
    }
  return bodies;
}

/** Writes everything; CPU seconds per million samples, what is left to fold included. */
async function writeAll(
  { url, running, name }: Contender,
  bodies: readonly Uint8Array<ArrayBuffer>[],
): Promise<number> {
  const before = cpuSeconds(running.process.pid!);
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  for (const body of bodies) {
    const response = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
  if (name === 'Ferula') await fetch(`${url}/api/v1/admin/tsdb/compact`, { method: 'POST' });
  else await new Promise((resolve) => setTimeout(resolve, 2_000));
  return ((cpuSeconds(running.process.pid!) - before) / (SERIES * ROUNDS)) * 1e6;
}

/** Asks over all connections for some time; the milliseconds of each answer. */
async function load(next: () => string, forMs: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  const end = performance.now() + forMs;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const begun = performance.now();
      await ask(next(), agent);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  return times;
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
      response.on('end', resolve).resume();
    })
      .on('error', reject)
      .end();
  });
}

async function repeat(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Median milliseconds of a listing. */
async function listing(url: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < LISTINGS; i++) {
    const begun = performance.now();
    const response = await fetch(url);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    times.push(performance.now() - begun);
  }
  return percentile(times, 0.5);
}

function percentile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

function figures([ours, ...peers]: readonly (Measured & { name: string })[]): Figure[] {
  const figure = (name: string, unit: string, key: keyof Measured): Figure => ({
    name,
    unit,
    value: ours[key],
    peers: Object.fromEntries(peers.map((peer) => [peer.name, peer[key]])),
  });
  return [
    figure('start of an empty store to ready, from source', 'ms', 'startMs'),
    figure('resident memory when ready', 'MiB', 'idleMiB'),
    figure('remote write, 10,000 series, 5,000 a request, CPU', 's/million', 'writeCpu'),
    figure('small instant queries, 32 connections', 'a second', 'queriesASecond'),
    figure('p99 of those', 'ms', 'p99'),
    figure('p99 of those while a heavy query runs', 'ms', 'p99Loaded'),
    figure('labels, 10,000 series', 'ms', 'labels'),
    figure('10,000 values of a label', 'ms', 'values'),
    figure('10,000 series', 'ms', 'series'),
  ];
}

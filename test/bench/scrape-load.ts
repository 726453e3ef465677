// Scraping under load: 20 targets of 5,000 series every second, for a minute, with Prometheus and VictoriaMetrics
// beside where they are installed. CPU and memory are the operating system's accounts of each process; how punctual
// each one is, the times of its samples tell.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checkpointer, compactAll, foldAll, openStore } from '../../storage/index.ts';
import {
  findProgram,
  freePort,
  type Running,
  start,
  startFerulaProgram,
  TOP,
  untilReady,
} from '../support/programs.ts';
import type { Figure } from './figure.ts';
import { cpuSeconds, memoryMiB } from './process.ts';

const TARGETS = 20;
const SERIES = Number(process.env.BENCH_SERIES ?? 5_000);
const WARM_MS = 10_000;
const MEASURED_MS = Number(process.env.BENCH_SECONDS ?? 60) * 1000;
const INTERVAL_MS = 1000;

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly running: Running;
}

export async function benchScrapeLoad(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-load-'));
  const exporterPort = await freePort();
  const programs = [
    start(process.execPath, [join(TOP, 'test/bench/exporter.ts'), String(exporterPort), String(SERIES)]),
  ];
  try {
    await untilReady(`http://127.0.0.1:${exporterPort}/warm`);
    const contenders: Contender[] = [];
    for (const startOne of [startFerula, startPrometheus, startVictoriaMetrics]) {
      const contender = await startOne(folder, exporterPort);
      if (contender) contenders.push(contender);
    }
    programs.push(...contenders.map(({ running }) => running));
    await Promise.all(contenders.map(({ url, running }) => untilReady(url, running)));
    await sleep(WARM_MS);
    const before = contenders.map(cpuOf);
    await sleep(MEASURED_MS);
    const after = contenders.map(cpuOf);
    const memory = contenders.map(({ running }) => memoryMiB(running.process.pid!));
    const errors = await Promise.all(contenders.map(errorMs));
    const samples = (TARGETS * SERIES * MEASURED_MS) / INTERVAL_MS / 1e6;
    const scrape = contenders.map((_, i) => (after[i] - before[i]) / samples);
    const all = samples + (TARGETS * SERIES * WARM_MS) / INTERVAL_MS / 1e6;
    const [folded, merged] = await foldCosts(contenders[0], join(folder, 'ferula.db'), all);
    const figure = (name: string, unit: string, values: readonly number[]): Figure => ({
      name,
      unit,
      value: values[0],
      peers: Object.fromEntries(contenders.slice(1).map((peer, i) => [peer.name, values[i + 1]])),
    });
    return [
      figure('scrape and store, CPU', 's/million samples', scrape),
      figure('scrape, store and fold, CPU', 's/million samples', [scrape[0] + folded, ...scrape.slice(1)]),
      figure('the same and merge', 's/million samples', [scrape[0] + merged, ...scrape.slice(1)]),
      figure('error of the interval, p99', 'ms', errors),
      figure(
        'resident memory',
        'MiB',
        memory.map(({ resident }) => resident),
      ),
      figure(
        'peak resident memory',
        'MiB',
        memory.map(({ peak }) => peak),
      ),
    ];
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function cpuOf({ running }: Contender): number {
  return cpuSeconds(running.process.pid!);
}

/** CPU seconds to fold a million samples, and to fold and merge them, once the server has left the file. */
async function foldCosts({ running }: Contender, path: string, millions: number): Promise<[number, number]> {
  await running.stop();
  const store = openStore(path);
  const checkpointer = new Checkpointer(path);
  const [writer, reader] = [store.writer(), store.reader()];
  const start = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6 / millions;
  };
  foldAll(writer, reader);
  const folded = spent();
  compactAll(writer, reader, checkpointer, Date.now());
  const merged = spent();
  checkpointer.close();
  store.close();
  return [folded, merged];
}

/** 99th percentile, over all targets, of how far the time between two scrapes was from the interval, as stored. */
async function errorMs({ url }: Contender): Promise<number> {
  const query = encodeURIComponent(`up[${MEASURED_MS / 1000}s]`);
  const response = await fetch(new URL(`/api/v1/query?query=${query}`, url));
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  const { data } = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
  const errors = data.result
    .flatMap(({ values }) =>
      values.slice(1).map(([time], i) => Math.abs((time - values[i][0]) * 1000 - INTERVAL_MS)),
    )
    .sort((a, b) => a - b);
  return errors[Math.floor(errors.length * 0.99)] ?? Number.NaN;
}

function writeConfig(folder: string, exporterPort: number): string {
  const config = join(folder, 'prometheus.yml');
  const jobs = Array.from(
    { length: TARGETS },
    (_, i) =>
      `  - {job_name: t${i}, metrics_path: /t${i}, static_configs: [{targets: ['127.0.0.1:${exporterPort}']}]}`,
  );
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs:\n${jobs.join('\n')}\n`);
  return config;
}

async function startFerula(folder: string, exporterPort: number): Promise<Contender> {
  const port = await freePort();
  const args = [
    'serve',
    `--config.file=${writeConfig(folder, exporterPort)}`,
    `--storage.path=${join(folder, 'ferula.db')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const program = process.env.FERULA_PROGRAM;
  const running = program ? start(program, args) : startFerulaProgram(args);
  return { name: 'Ferula', url: `http://127.0.0.1:${port}/-/ready`, running };
}

async function startPrometheus(folder: string, exporterPort: number): Promise<Contender | null> {
  const program = findProgram('prometheus');
  if (!program) return null;
  const port = await freePort();
  const data = join(folder, 'prometheus');
  mkdirSync(data);
  const running = start(program, [
    `--config.file=${writeConfig(folder, exporterPort)}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  return { name: 'Prometheus', url: `http://127.0.0.1:${port}/-/ready`, running };
}

async function startVictoriaMetrics(folder: string, exporterPort: number): Promise<Contender | null> {
  const program = findProgram('victoria-metrics');
  if (!program) return null;
  const port = await freePort();
  const running = start(program, [
    `-promscrape.config=${writeConfig(folder, exporterPort)}`,
    `-storageDataPath=${join(folder, 'victoria')}`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ]);
  return { name: 'VictoriaMetrics', url: `http://127.0.0.1:${port}/health`, running };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

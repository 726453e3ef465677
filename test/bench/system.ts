// The whole program under load, with Prometheus beside it where it is installed: both scrape the same targets at the
// same time; CPU, memory and disk are the operating system's own accounts of the two processes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiClient } from '../support/api.ts';
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
import { bytesWritten, cpuSeconds, folderBytes, memoryMiB } from './process.ts';

const TARGETS = 20;
const SERIES = 1_000;
const WARM_MS = 5_000;
const MEASURED_MS = 20_000;
const QUERIES = 30;

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly running: Running;
  readonly folder: string;
}

interface Measured {
  readonly scrape: number;
  readonly query: number;
  readonly resident: number;
  readonly peak: number;
  readonly written: number;
}

/** Scrapes 20 targets of 1,000 series each every second, then asks range queries over what came. */
export async function benchSystem(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-bench-'));
  const exporterPort = await freePort();
  const programs = [
    start(process.execPath, [join(TOP, 'test/bench/exporter.ts'), String(exporterPort), String(SERIES)]),
  ];
  try {
    await untilReady(`http://127.0.0.1:${exporterPort}/warm`);
    const contenders = await startContenders(folder, exporterPort);
    programs.push(...contenders.map(({ running }) => running));
    await sleep(WARM_MS);
    const before = contenders.map(({ running }) => accounts(running));
    await sleep(MEASURED_MS);
    const after = contenders.map(({ running }) => accounts(running));
    const results: Measured[] = [];
    for (const [i, contender] of contenders.entries()) {
      const samples = TARGETS * SERIES * (MEASURED_MS / 1000);
      const { resident, peak } = memoryMiB(contender.running.process.pid!);
      results.push({
        scrape: ((after[i].cpu - before[i].cpu) / samples) * 1e6,
        written: (after[i].written - before[i].written) / samples,
        resident,
        peak,
        query: await queryCpuMs(contender),
      });
    }
    return [
      ...figures(contenders, results),
      {
        name: 'bytes per sample on disk, 25 s of scrapes, compacted',
        value: await compactedBytes(contenders[0]),
        unit: 'bytes',
      },
    ];
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function figures(contenders: readonly Contender[], results: readonly Measured[]): Figure[] {
  const figure = (name: string, unit: string, key: keyof Measured): Figure => ({
    name,
    unit,
    value: results[0][key],
    peers: Object.fromEntries(contenders.slice(1).map((peer, i) => [peer.name, results[i + 1][key]])),
  });
  return [
    figure('scrape and store, CPU of the process', 'µs/sample', 'scrape'),
    figure('written to disk', 'bytes/sample', 'written'),
    figure('sum by (code) (rate(counter[10s])), 2,000 series, CPU', 'ms/query', 'query'),
    figure('resident memory under that load', 'MiB', 'resident'),
    figure('peak resident memory', 'MiB', 'peak'),
  ];
}

async function startContenders(folder: string, exporterPort: number): Promise<Contender[]> {
  const config = join(folder, 'prometheus.yml');
  const jobs = Array.from(
    { length: TARGETS },
    (_, i) =>
      `  - {job_name: t${i}, metrics_path: /t${i}, static_configs: [{targets: ['127.0.0.1:${exporterPort}']}]}`,
  );
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs:\n${jobs.join('\n')}\n`);
  const ours = join(folder, 'ferula');
  mkdirSync(ours);
  const port = await freePort();
  const contenders: Contender[] = [
    {
      name: 'Ferula',
      url: `http://127.0.0.1:${port}`,
      folder: ours,
      running: startFerulaProgram([
        'serve',
        `--config.file=${config}`,
        `--storage.path=${join(ours, 'ferula.db')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-admin-api',
      ]),
    },
  ];
  const prometheus = findProgram('prometheus');
  if (prometheus) {
    const theirs = join(folder, 'prometheus');
    const theirPort = await freePort();
    contenders.push({
      name: 'Prometheus',
      url: `http://127.0.0.1:${theirPort}`,
      folder: theirs,
      running: start(prometheus, [
        `--config.file=${config}`,
        `--storage.tsdb.path=${theirs}`,
        `--web.listen-address=127.0.0.1:${theirPort}`,
      ]),
    });
  }
  await Promise.all(contenders.map(({ url, running }) => untilReady(`${url}/-/ready`, running)));
  return contenders;
}

function accounts({ process }: Running): { cpu: number; written: number } {
  return { cpu: cpuSeconds(process.pid!), written: bytesWritten(process.pid!) };
}

/** CPU of a range query, less what the scrapes that went on meanwhile cost. Each query has a range of its own. */
async function queryCpuMs({ url, running }: Contender): Promise<number> {
  const pid = running.process.pid!;
  const end = Math.floor(Date.now() / 1000);
  const idle = await cpuDuring(pid, () => sleep(3_000));
  const busy = await cpuDuring(pid, async () => {
    for (let i = 0; i < QUERIES; i++) {
      const params = new URLSearchParams({
        query: 'sum by (code) (rate({__name__=~"bench_requests_.*",job=~"t[0-3]"}[10s]))',
        start: String(end - 20 - i / 10),
        end: String(end - i / 10),
        step: '1',
      });
      const response = await fetch(`${url}/api/v1/query_range?${params}`);
      if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  });
  const scraping = (idle.cpu / idle.wall) * busy.wall;
  return (Math.max(0, busy.cpu - scraping) / QUERIES) * 1000;
}

async function cpuDuring(pid: number, work: () => Promise<unknown>): Promise<{ cpu: number; wall: number }> {
  const [cpu, wall] = [cpuSeconds(pid), performance.now()];
  await work();
  return { cpu: cpuSeconds(pid) - cpu, wall: (performance.now() - wall) / 1000 };
}

async function compactedBytes({ url, folder, running }: Contender): Promise<number> {
  // Every scrape stores five samples of its own beside those it scraped.
  const query = 'sum(sum_over_time(scrape_samples_scraped[10m])) + 5 * sum(count_over_time(up[10m]))';
  const samples = await apiClient(url).value(query);
  const compacted = await fetch(`${url}/api/v1/admin/tsdb/compact`, { method: 'POST' });
  if (compacted.status !== 204) throw new Error(`compaction: ${compacted.status} ${await compacted.text()}`);
  await running.stop();
  return folderBytes(folder) / samples!;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

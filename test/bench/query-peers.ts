// The programs that the query benchmark compares: Ferula from source, and Prometheus and VictoriaMetrics where they are
// installed. Each can be filled by remote write, and started again on what it has stored.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compress } from 'snappyjs';
import {
  eventually,
  findProgram,
  freePort,
  type Running,
  start,
  startFerulaProgram,
  untilReady,
} from '../support/programs.ts';

export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly running: Running;
}

/** How a contender is started on a port; `folder` holds its data. */
interface Recipe {
  readonly name: string;
  readonly start: (folder: string, port: number) => Running;
  /** Paths to post to when all is written: what the program would do in time by itself. */
  readonly settle: readonly string[];
}

/** CPU of a program at rest within the time that it is watched. */
const IDLE_MS = 5;

/** Nothing but what is asked for is scraped or evaluated. */
const QUIET_CONFIG = 'global: {scrape_interval: 1h, evaluation_interval: 1m}\n';

function recipes(): Recipe[] {
  const found: Recipe[] = [
    {
      name: 'Ferula',
      settle: ['/api/v1/admin/tsdb/compact'],
      start: (folder, port) =>
        startFerulaProgram([
          'serve',
          `--config.file=${configIn(folder)}`,
          `--storage.path=${join(folder, 'ferula.db')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-remote-write-receiver',
          '--web.enable-admin-api',
          '--log.level=warn',
        ]),
    },
  ];
  const prometheus = findProgram('prometheus');
  if (prometheus)
    found.push({
      name: 'Prometheus',
      settle: [],
      start: (folder, port) =>
        start(prometheus, [
          `--config.file=${configIn(folder)}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          '--storage.tsdb.retention.time=30d',
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-remote-write-receiver',
          '--log.level=error',
        ]),
    });
  const victoria = findProgram('victoria-metrics');
  if (victoria)
    found.push({
      name: 'VictoriaMetrics',
      settle: ['/internal/force_flush', '/internal/force_merge'],
      start: (folder, port) =>
        start(victoria, [
          `-storageDataPath=${join(folder, 'data')}`,
          `-httpListenAddr=127.0.0.1:${port}`,
          '-retentionPeriod=1',
          '-search.disableCache',
          '-loggerLevel=ERROR',
        ]),
    });
  return found;
}

function configIn(folder: string): string {
  const path = join(folder, 'prometheus.yml');
  writeFileSync(path, QUIET_CONFIG);
  return path;
}

export class Contest {
  readonly #folder: string;
  readonly #recipes = recipes();
  #running: Contender[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts all, waits until they answer and do nothing more; stops those that run. */
  async restart(): Promise<readonly Contender[]> {
    await this.stop();
    for (const { name, start: startIn } of this.#recipes) {
      const folder = join(this.#folder, name);
      mkdirSync(folder, { recursive: true });
      const port = await freePort();
      this.#running.push({ name, url: `http://127.0.0.1:${port}`, running: startIn(folder, port) });
    }
    await Promise.all(
      this.#running.map(async ({ name, url, running }) => {
        await untilReady(`${url}${name === 'VictoriaMetrics' ? '/health' : '/-/ready'}`, running);
        await untilIdle(running);
      }),
    );
    return this.#running;
  }

  /** Writes messages to all, one after the other, and lets each finish what it does with them. */
  async fill(messages: Iterable<Uint8Array>): Promise<void> {
    const contenders = await this.restart();
    for (const message of messages) {
      const body = new Uint8Array(compress(message));
      await Promise.all(contenders.map((contender) => post(contender, '/api/v1/write', body)));
    }
    for (const [i, contender] of contenders.entries()) {
      for (const path of this.#recipes[i].settle) await post(contender, path);
      await untilIdle(contender.running);
    }
  }

  async stop(): Promise<void> {
    const stopped = this.#running;
    this.#running = [];
    await Promise.all(stopped.map(({ running }) => running.stop()));
  }
}

async function post({ name, url }: Contender, path: string, body?: Uint8Array<ArrayBuffer>): Promise<void> {
  const headers = body && { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' };
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers });
  if (!response.ok)
    throw new Error(`${name} answered ${response.status} to ${path}: ${await response.text()}`);
  await response.arrayBuffer();
}

/** CPU of a process in milliseconds, all threads, as exactly as the scheduler knows it: /proc/PID/stat counts tens. */
export function cpuMs(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0]);
  return nanoseconds / 1e6;
}

/** Waits until a program takes next to no CPU: it may replay, fold or merge behind its answers. */
async function untilIdle({ process: { pid } }: Running): Promise<void> {
  let before = cpuMs(pid!);
  await eventually(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const now = cpuMs(pid!);
      const isIdle = now - before <= IDLE_MS;
      before = now;
      return isIdle || undefined;
    },
    60_000,
    'the program at rest',
  );
}

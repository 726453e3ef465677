// Applications as people write them (Python's prometheus_client in Flask, aiohttp, FastAPI and Django; prom-client in
// Node), scraped by this program and by Debian's Prometheus for half a minute: the same series, and the same values
// where they hold still.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import { normalizeBound } from '../../src/scrape/float.ts';
import {
  eventually,
  freePort,
  needProgram,
  start,
  startFerulaProgram,
  TOP,
  untilReady,
} from '../support/programs.ts';

/** Debian's own, which has the modules of Debian's packages, whatever else is installed. */
const PYTHON = '/usr/bin/python3';
const FRAMEWORKS = ['flask', 'aiohttp', 'fastapi', 'django'];
const WATCHED_SECONDS = 25;

interface QueryAnswer {
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

it('stores of applications what Prometheus stores', { timeout: 120_000 }, async (context) => {
  const prometheus = needProgram(context, 'prometheus');
  for (const module of ['prometheus_client', ...FRAMEWORKS, 'uvicorn']) needModule(context, module);

  const folder = mkdtempSync(join(tmpdir(), 'ferula-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ports = await Promise.all([...FRAMEWORKS, 'node'].map(() => freePort()));
  const apps = [
    ...FRAMEWORKS.map((framework, i) =>
      start(PYTHON, [join(TOP, 'test/support/python-app.py'), framework, String(ports[i])]),
    ),
    start(process.execPath, [join(TOP, 'test/support/known-app.ts'), String(ports.at(-1))]),
  ];
  onTestFinished(async () => {
    await Promise.all(apps.map((app) => app.stop('SIGKILL')));
  });
  for (const [i, app] of apps.entries()) await untilReady(`http://127.0.0.1:${ports[i]}/metrics`, app);

  const config = join(folder, 'config.yml');
  writeFileSync(config, configOf(ports));
  const [ourPort, theirPort] = [await freePort(), await freePort()];
  const servers = [
    startFerulaProgram([
      'serve',
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'ferula.db')}`,
      `--web.listen-address=127.0.0.1:${ourPort}`,
    ]),
    start(prometheus, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${theirPort}`,
    ]),
  ];
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  for (const [i, port] of [ourPort, theirPort].entries()) {
    await untilReady(`http://127.0.0.1:${port}/-/ready`, servers[i]);
    await eventually(
      async () => {
        const scrapes = await ask(port, `min(count_over_time(up{job=~"app-.*"}[1h]) * up)`);
        return [...scrapes.values()][0] >= WATCHED_SECONDS ? true : undefined;
      },
      60_000,
      `${WATCHED_SECONDS} scrapes of every application`,
    );
  }

  const [ours, theirs] = await Promise.all([ourPort, theirPort].map((port) => ask(port, '{job=~"app-.*"}')));
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  const still = [...theirs].filter(([key]) => key.startsWith('app_') && !key.includes('app-node'));
  // Five jobs with three counters, five gauges, a histogram of six buckets, a summary, an info, and times of creation.
  expect(still.length).toBeGreaterThanOrEqual(5 * 20);
  expect(still.map(([key]) => [key, ours.get(key)])).toEqual(still);
});

function configOf(ports: readonly number[]): string {
  const job = (name: string, port: number, path: string): string =>
    `  - {job_name: app-${name}, metrics_path: ${path}, static_configs: [{targets: ['127.0.0.1:${port}']}]}\n`;
  const jobs = [...FRAMEWORKS, 'node'].map((name, i) => job(name, ports[i], '/metrics'));
  return `global: {scrape_interval: 1s}\nscrape_configs:\n${jobs.join('')}${job('plain', ports[0], '/plain')}`;
}

function needModule(context: TestContext, module: string): void {
  try {
    execFileSync(PYTHON, ['-c', `import ${module}`], { stdio: 'ignore' });
  } catch {
    const message = `the Python module ${module} is not installed`;
    if (process.env.CI === 'true')
      throw new Error(`${message}, and CI must run this test: install it in .ci/run`);
    context.skip(message);
  }
}

/** The answer of an instant query, by series. */
async function ask(port: number, query: string): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await response.json()) as QueryAnswer;
  return new Map(
    data.result.map(({ metric, value }) => [seriesKey(metric), Number(value[1].replace('Inf', 'Infinity'))]),
  );
}

/** Prometheus 2 does not normalise `le` and `quantile`; ours come out of it unchanged. */
function seriesKey({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => {
    const text = label === 'le' || label === 'quantile' ? normalizeBound(value) : value;
    return `${label}=${JSON.stringify(text)}`;
  });
  return `${name}{${pairs.sort().join(',')}}`;
}

// The published package: packed as npm would publish it, installed into an empty project, used as a library in all the
// ways the README promises.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOP } from '../support/programs.ts';

const run = promisify(execFile);

/** A program that embeds Ferula; prints what it saw as one JSON line. */
const EMBEDDING = `
import fastify from 'fastify';
import { Counter, Registry } from 'prom-client';
import { createEngine, DEFAULT_ENGINE, openStore, startFerula } from 'ferula';

const seen = {};
const registry = new Registry();
const orders = new Counter({ name: 'orders_total', help: 'Orders.', labelNames: ['shop'], registers: [registry] });
orders.inc({ shop: 'north' }, 7);

// Without port, without threads, without signal handlers.
const inline = await startFerula({
  storagePath: 'inline.db',
  config: 'global: {scrape_interval: 1s}',
  threads: 0,
  targets: { app: registry, own: () => 'queue_length 3\\n' },
});
seen.signalHandlers = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
await inline.append([{ labels: { __name__: 'own_sample', kind: 'test' }, value: 4.5 }]);
seen.own = (await inline.query('own_sample * 2')).result.map(({ metric, value }) => [metric, value[1]]);
const until = Date.now() + 10000;
let scraped = [];
while (scraped.length < 2 && Date.now() < until) {
  scraped = (await inline.query('{__name__=~"orders_total|queue_length"}')).result;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
seen.scraped = scraped.map(({ metric, value }) => [metric.__name__, metric.job, metric.shop ?? '', value[1]]).sort();
const server = fastify();
await server.register(async (scope) => inline.mount(scope), { prefix: '/metrics-db' });
seen.mounted = JSON.parse((await server.inject('/metrics-db/api/v1/query?query=1%2B1')).body).data.result[1];
await inline.close();

// With a port and threads.
const threaded = await startFerula({ storagePath: 'threaded.db', config: 'global: {}', listen: '127.0.0.1:0', threads: 1 });
seen.healthy = await (await fetch(threaded.urls[0] + '/-/healthy')).text();
seen.page = (await fetch(threaded.urls[0] + '/explore')).headers.get('content-type');
await threaded.close();

// The parts by themselves, on the file that was just written.
const store = openStore('inline.db');
const reader = store.reader();
const now = Date.now();
const result = createEngine(DEFAULT_ENGINE).run(reader, { query: 'own_sample', startMs: now, endMs: now, stepMs: 0 });
seen.parts = result.value.series.map(({ vector }) => vector.values[0]);
store.append([{ labels: { __name__: 'direct' }, value: 1, timeMs: now }]);
seen.direct = createEngine(DEFAULT_ENGINE).run(reader, { query: 'direct', startMs: now, endMs: now, stepMs: 0 }).value.series.length;
store.close();
console.log(JSON.stringify(seen));
`;

const TYPES = `
import { startFerula, openStore, type Ferula, type FerulaOptions } from 'ferula';
const options: FerulaOptions = { listen: false, threads: 0 };
export const ferula: Promise<Ferula> = startFerula(options);
export const close = (): void => openStore('x.db').close();
// @ts-expect-error an option that does not exist is refused
startFerula({ prot: 9090 });
`;

describe('the published package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-package-'));
  // npm finds the Node that runs this test, whatever else is on the PATH.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  let packed: string[];

  beforeAll(async () => {
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--loglevel=error', `--pack-destination=${folder}`],
      {
        cwd: TOP,
        env,
      },
    );
    const [{ files, filename }] = JSON.parse(stdout) as [{ files: { path: string }[]; filename: string }];
    packed = files.map(({ path }) => path);
    writeFileSync(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}');
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--loglevel=error', `./${filename}`, 'prom-client@15'],
      {
        cwd: folder,
        env,
      },
    );
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('contains JavaScript, types, pages, and nothing else', () => {
    const strangers = packed.filter(
      (path) =>
        !/^(dist\/lib\/(src|query|storage|web\/api)\/.*\.(js|d\.ts)|dist\/ui\/(assets\/)?[^/]+|[^/]+)$/.test(
          path,
        ),
    );
    expect(strangers).toEqual([]);
    expect(packed.filter((path) => !path.includes('/')).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(packed.filter((path) => path.startsWith('dist/lib/src/build/'))).toEqual([]);
    expect(packed).toContain('dist/ui/index.html');
    // No second Node and no browser came along as a dependency.
    expect(readdirSync(join(folder, 'node_modules'))).not.toContain('node');
  });

  it('runs inside another program', { timeout: 60_000 }, async () => {
    writeFileSync(join(folder, 'embed.js'), EMBEDDING);
    const { stdout } = await run(process.execPath, ['embed.js'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      signalHandlers: 0,
      own: [[{ kind: 'test' }, '9']],
      scraped: [
        ['orders_total', 'app', 'north', '7'],
        ['queue_length', 'own', '', '3'],
      ],
      mounted: '2',
      healthy: 'Ferula is Healthy.\n',
      page: 'text/html; charset=utf-8',
      parts: [4.5],
      direct: 1,
    });
  });

  it('gives its command to npx', async () => {
    const { stdout } = await run(join(folder, 'node_modules/.bin/ferula'), ['--version'], {
      cwd: folder,
      env,
    });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('has types that a strict compiler accepts', { timeout: 60_000 }, async () => {
    writeFileSync(join(folder, 'use.ts'), TYPES);
    const tsc = join(TOP, 'node_modules/typescript/bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', 'false', '--types', ''];
    const typeRoots = ['--typeRoots', join(TOP, 'node_modules/@types')];
    await run(process.execPath, [tsc, ...flags, ...typeRoots, 'use.ts'], { cwd: folder });
  });
});

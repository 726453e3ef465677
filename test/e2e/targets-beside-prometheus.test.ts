// The same configuration, target files, relabelling and reloads, side by side with Prometheus: both must show the same
// targets at every step.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  eventually,
  freePort,
  needProgram,
  type Running,
  start,
  startFerulaProgram,
  untilReady,
} from '../support/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferula-targets-'));
const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
afterAll(async () => {
  for (const one of cleanUp.reverse()) await one();
});

const write = (name: string, content: unknown): void =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

/** A target that answers, and the groups of an HTTP discovery. */
async function serveTarget(groups: () => unknown): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/groups')
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(groups()));
    else response.setHeader('Content-Type', 'text/plain; version=0.0.4').end('a 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Answer {
  readonly data: {
    readonly activeTargets: readonly Readonly<Record<string, unknown>>[];
    readonly droppedTargets: readonly { readonly discoveredLabels: Readonly<Record<string, string>> }[];
  };
}

/** What both must show alike, in an order of its own; errors are worded differently. */
async function targetsOf(origin: string): Promise<{ active: unknown[]; dropped: unknown[] }> {
  const { data } = (await (await fetch(`${origin}/api/v1/targets`)).json()) as Answer;
  const active = data.activeTargets
    .filter(({ scrapePool }) => scrapePool !== 'ferula')
    .map(({ lastError, lastScrape, lastScrapeDuration, discoveredLabels, ...alike }) => ({
      ...alike,
      // Prometheus 2.42 lets relabelling write into what it shows here; without relabelling it is right.
      discoveredLabels: alike.scrapePool === 'http' ? discoveredLabels : null,
    }));
  const dropped = data.droppedTargets.map(({ discoveredLabels }) => discoveredLabels);
  const sorted = (values: readonly unknown[]): unknown[] =>
    values.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return { active: sorted(active), dropped: sorted(dropped) };
}

/** Keys in order, for the two programs write them differently. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const jobs = (port: number): string => `
  - job_name: files
    scrape_interval: 1s
    params: {module: [a, b], x: ["1 2"]}
    file_sd_configs:
      - files: [${folder}/sd-*.json, ${folder}/more.yml]
    relabel_configs:
      - {action: drop, source_labels: [env], regex: "test|dev.*"}
      - {source_labels: [__meta_filepath], regex: ".*/([^/]+)", target_label: file}
      - {source_labels: [__address__, env], separator: "@", regex: "([^:]+):(\\\\d+)@(.+)", target_label: where, replacement: "$3-\${1}_$2"}
      - {action: lowercase, source_labels: [Team], target_label: team}
      - {action: uppercase, source_labels: [env], target_label: ENV}
      - {action: hashmod, source_labels: [__address__], modulus: 7, target_label: shard}
      - {action: labelmap, regex: "meta_(.+)", replacement: "m_$1"}
      - {action: labeldrop, regex: "meta_.*|Team"}
      - {source_labels: [interval], regex: "(.+)", target_label: __scrape_interval__}
      - {source_labels: [interval], regex: "(.+)", target_label: __scrape_timeout__}
      - {source_labels: [path], regex: "(.+)", target_label: __metrics_path__}
      - {source_labels: [module], regex: "(.+)", target_label: __param_module}
      - {action: dropequal, source_labels: [same], target_label: env}
  - job_name: http
    scrape_interval: 2s
    scrape_timeout: 1s
    http_sd_configs: [{url: "http://127.0.0.1:${port}/groups", refresh_interval: 1s}]
`;

it('follows files, relabelling and reloads as Prometheus does', { timeout: 180_000 }, async (context) => {
  const prometheus = needProgram(context, 'prometheus');
  let groups: unknown = [{ targets: ['127.0.0.1:1'], labels: { a: 'b' } }];
  const port = await serveTarget(() => groups);
  const target = `127.0.0.1:${port}`;
  const head = 'global: {scrape_interval: 1s}\nscrape_configs:';
  write('prometheus.yml', head + jobs(port));
  write('sd-a.json', [
    { targets: [target, '127.0.0.1:2'], labels: { env: 'prod', Team: 'ÄbC', meta_x: 'y' } },
    { targets: ['127.0.0.1:3'], labels: { env: 'devel', same: 'x' } },
    {
      targets: ['localhost:4'],
      labels: { env: 'stage', interval: '3s', path: '/probe/ü b;c?a=b#%41', module: 'http_2xx' },
    },
    { targets: ['127.0.0.1:5'], labels: { env: 'x', same: 'x' } },
  ]);
  write('more.yml', '- targets: ["[::1]:6", "host.example:7"]\n  labels: {env: 1.10, empty: ""}\n');

  const origins: string[] = [];
  const programs: Running[] = [];
  for (const begin of [
    (listen: string) =>
      start(prometheus, [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/tsdb`,
        `--web.listen-address=${listen}`,
        '--web.enable-lifecycle',
        '--enable-feature=no-default-scrape-port',
        '--scrape.discovery-reload-interval=200ms',
      ]),
    (listen: string) =>
      startFerulaProgram([
        'serve',
        `--config.file=${folder}/prometheus.yml`,
        `--storage.path=${folder}/ferula.db`,
        `--web.listen-address=${listen}`,
        '--web.enable-lifecycle',
      ]),
  ]) {
    const listen = `127.0.0.1:${await freePort()}`;
    const running = begin(listen);
    cleanUp.push(() => running.stop());
    programs.push(running);
    origins.push(`http://${listen}`);
  }
  for (const [i, origin] of origins.entries()) await untilReady(`${origin}/-/ready`, programs[i]);

  /** Waits until both have met `isThere` and have scraped every target, then compares. */
  const compare = async (what: string, isThere: (text: string) => boolean): Promise<void> => {
    const settled = async (): Promise<[unknown, unknown] | undefined> => {
      const [theirs, ours] = await Promise.all([targetsOf(origins[0]), targetsOf(origins[1])]);
      const texts = [keyOf(theirs), keyOf(ours)];
      const ready = texts.every((text) => isThere(text) && !text.includes('"health":"unknown"'));
      return ready ? [theirs, ours] : undefined;
    };
    await eventually(settled, 40_000, what);
    // One may show a target sooner than the other.
    const same = await eventually(
      async () => {
        const both = await settled();
        return both && keyOf(both[0]) === keyOf(both[1]) ? both : undefined;
      },
      10_000,
      what,
    ).catch(settled);
    expect(same?.[1], what).toEqual(same?.[0]);
  };

  await compare('at the start', (text) => text.includes('host.example') && text.includes('"a":"b"'));

  write('sd-a.json', [{ targets: [target], labels: { env: 'prod', changed: 'yes' } }]);
  write('sd-b.json', [{ targets: ['127.0.0.1:8'], labels: { env: 'new' } }]);
  groups = [{ targets: ['127.0.0.1:9'], labels: {} }];
  await compare('files and groups changed', (text) =>
    ['"changed":"yes"', '127.0.0.1:8', '127.0.0.1:9'].every((part) => text.includes(part)),
  );

  write('sd-a.json', '[{"targets": [');
  write('sd-b.json', [{ targets: ['127.0.0.1:10'], labels: {} }]);
  await compare(
    'a broken file keeps its targets',
    (text) => text.includes('127.0.0.1:10') && text.includes('"changed":"yes"'),
  );

  rmSync(join(folder, 'sd-b.json'));
  write('sd-a.json', [{ targets: [target], labels: { again: 'yes' } }]);
  await compare(
    'a file that is gone takes its targets along',
    (text) => text.includes('"again":"yes"') && !text.includes('127.0.0.1:10'),
  );

  write(
    'prometheus.yml',
    `${head}
  - job_name: fixed
    metrics_path: /m
    honor_labels: true
    static_configs: [{targets: ["${target}"], labels: {x: "1"}}, {targets: ["127.0.0.1:11"], labels: {x: "2"}}]
    relabel_configs: [{action: keep, source_labels: [x], regex: "1"}]${jobs(port)}`,
  );
  for (const { process } of programs) process.kill('SIGHUP');
  await compare('a job more, by HUP', (text) => text.includes('"scrapePool":"fixed"'));

  write('prometheus.yml', 'scrape_configs: [{job_name: a}, {job_name: a}]');
  for (const origin of origins)
    expect((await fetch(`${origin}/-/reload`, { method: 'POST' })).status).toBe(500);
  await compare('a bad configuration changes nothing', (text) => text.includes('"scrapePool":"fixed"'));

  write(
    'prometheus.yml',
    `${head}
  - job_name: last
    static_configs: [{targets: ["${target}"]}]`,
  );
  for (const origin of origins)
    expect((await fetch(`${origin}/-/reload`, { method: 'POST' })).status).toBe(200);
  await compare('one job left', (text) => text.includes('"last"') && !text.includes('"fixed"'));
});

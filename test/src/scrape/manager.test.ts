// Configurations coming and going over running targets, on a clock turned by hand.
import { describe, expect, it } from 'vitest';
import type { FetchOptions } from '../../../src/scrape/fetch.ts';
import { ScrapeManager } from '../../../src/scrape/manager.ts';
import { createManualClock } from '../../support/clock.ts';
import { configOf } from './configs.ts';
import { createFakeSink } from './fake-sink.ts';

const ORIGIN = 1_700_000_000_000;

function setUp(inProcessJobs: string[] = []) {
  const clock = createManualClock(ORIGIN);
  const sink = createFakeSink(ORIGIN, true);
  const logged: string[] = [];
  const fetched: string[] = [];
  const made: FetchOptions[] = [];
  const manager = new ScrapeManager({
    sink,
    committer: { requestCommit() {} },
    log: (level, message, details) => logged.push(`${level} ${message} ${details?.error}`),
    clock,
    inProcess: { jobs: inProcessJobs, exposition: (job) => `from_${job} 1\n` },
    inProcessInstance: 'me',
    createFetcher: (options) => {
      made.push(options);
      return {
        async fetch() {
          fetched.push(options.url);
          const name = new URL(options.url).hostname;
          if (name === 'down') throw new Error('no route');
          const bytes = Buffer.from(`${name} 1\n\0`);
          return { bytes, length: bytes.length - 1, contentType: 'text/plain', release() {} };
        },
        close() {},
      };
    },
  });
  const apply = (yaml: string) => manager.apply(configOf(yaml));
  const until = async (second: number): Promise<string[]> => {
    await clock.advance(ORIGIN + second * 1000 - clock.now());
    return sink.take().filter((line) => !/ scrape_/.test(line));
  };
  const times = (lines: string[], name: string) =>
    lines
      .filter((line) => line.split(' ')[1] === `${name}@${name}`)
      .map((line) => Number(line.split(' ')[0]));
  return { clock, sink, logged, fetched, made, manager, apply, until, times };
}

const jobs = (...lines: string[]) =>
  `ferula: {scrape_self: 0s}\nglobal: {scrape_interval: 10s}\nscrape_configs:\n${lines.join('\n')}\n`;
const job = (name: string, targets: string, more = '') =>
  `- {job_name: ${name}, static_configs: [{targets: [${targets}]}]${more}}`;

describe('ScrapeManager', () => {
  it('scrapes every target within the first second, then each at its own moment of the interval', async () => {
    const { apply, until, times } = setUp();
    apply(jobs(job('j', 'a, b, c, d')));
    expect((await until(1)).filter((line) => line.includes(' up@')).length).toBe(4);
    const lines = await until(41);
    for (const name of ['a', 'b', 'c', 'd']) {
      const at = times(lines, name);
      expect(at).toHaveLength(4);
      expect(at[1] - at[0]).toBeCloseTo(10, 6);
      expect(at[3] - at[2]).toBeCloseTo(10, 6);
    }
  });

  it('keeps schedule and series of what a new configuration leaves as it was', async () => {
    const { apply, until, times, made } = setUp();
    apply(jobs(job('j', 'a')));
    const before = times(await until(30), 'a');
    apply(jobs(job('j', 'a'), job('k', 'b')));
    const lines = await until(50);
    expect(times(lines, 'a')).toEqual([before.at(-1)! + 10, before.at(-1)! + 20]);
    expect(lines).not.toContainEqual(expect.stringContaining('stale'));
    expect(made.length).toBe(2);
  });

  it('scrapes by new settings without a gap', async () => {
    const { apply, until, made, times } = setUp();
    apply(jobs(job('j', 'a')));
    const last = times(await until(20), 'a').at(-1)!;
    apply(jobs(job('j', 'a', ', scrape_timeout: 3s, body_size_limit: 1MB')));
    expect(times(await until(40), 'a')[0]).toBeCloseTo(last + 10, 6);
    expect(made.map(({ timeoutMs, bodyLimitBytes }) => [timeoutMs, bodyLimitBytes])).toEqual([
      [10_000, 64 << 20],
      [3000, 1 << 20],
    ]);
  });

  it('marks the series of a removed target stale at its next slot, after 2.1 intervals', async () => {
    const { apply, until, times } = setUp();
    apply(jobs(job('j', 'a, b')));
    const last = times(await until(30), 'a').at(-1)!;
    apply(jobs(job('j', 'b')));
    expect((await until(last + 20.9)).filter((line) => line.endsWith('stale'))).toEqual([]);
    const lines = await until(last + 21.1);
    expect(lines.filter((line) => line.endsWith('stale'))).toEqual([
      `${last + 10} up@a stale`,
      `${last + 10} a@a stale`,
    ]);
  });

  it('marks nothing where the target came back in time', async () => {
    const { apply, until, times } = setUp();
    apply(jobs(job('j', 'a')));
    const last = times(await until(30), 'a').at(-1)!;
    apply(jobs(job('j', 'b')));
    await until(last + 12);
    apply(jobs(job('j', 'a, b')));
    const lines = await until(last + 50);
    expect(times(lines, 'a')).toEqual([last + 20, last + 30, last + 40, last + 50]);
    expect(lines).not.toContainEqual(expect.stringMatching(/@a stale/));
  });

  it('does not mark what another target goes on with', async () => {
    const { apply, until } = setUp();
    const same = (path: string) =>
      `- {job_name: j, metrics_path: ${path}, static_configs: [{targets: [a], labels: {instance: x}}]}`;
    apply(jobs(same('/old')));
    await until(30);
    apply(jobs(same('/new')));
    expect(await until(80)).not.toContainEqual(expect.stringContaining('stale'));
  });

  it('marks nothing when the program ends, and scrapes no more', async () => {
    const { apply, until, manager, clock } = setUp();
    apply(jobs(job('j', 'a, b')));
    await until(30);
    apply(jobs(job('j', 'a')));
    await until(35);
    manager.close();
    expect(await until(100)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('scrapes what is in this process like any target', async () => {
    const { apply, until, manager } = setUp(['ferula', 'app']);
    apply('ferula: {scrape_self: 5s}\nglobal: {scrape_interval: 20s}\n');
    const lines = await until(1);
    expect(lines.map((line) => line.split(' ').slice(1).join(' ')).sort()).toEqual([
      'from_app@me 1',
      'from_ferula@me 1',
      'up@me 1',
      'up@me 1',
    ]);
    expect(manager.states().active).toMatchObject([
      {
        scrapePool: 'ferula',
        scrapeUrl: 'in-process:ferula',
        scrapeIntervalMs: 5000,
        labels: { job: 'ferula', instance: 'me' },
        health: 'up',
        samplesScraped: 1,
      },
      { scrapePool: 'app', scrapeIntervalMs: 20_000 },
    ]);
  });

  it('shows states, dropped targets and counts', async () => {
    const { apply, until, manager } = setUp();
    const drop = ', relabel_configs: [{source_labels: [__address__], regex: "x.*", action: drop}]';
    apply(jobs(job('j', 'down, x1, x2, x3', `${drop}, keep_dropped_targets: 2`), job('k', 'a')));
    expect(manager.states().active[0]).toMatchObject({ health: 'unknown', lastError: '', lastScrapeMs: 0 });
    await until(5);
    const { active, dropped, droppedCounts } = manager.states();
    expect(active).toMatchObject([
      { scrapePool: 'j', health: 'down', lastError: 'no route', scrapeUrl: 'http://down/metrics' },
      { scrapePool: 'k', health: 'up', lastError: '', samplesScraped: 1 },
    ]);
    expect(dropped.map(({ discoveredLabels }) => discoveredLabels.__address__)).toEqual(['x1', 'x2']);
    expect(droppedCounts).toEqual({ j: 3, k: 0 });
    const metrics = new Map(manager.metrics().map(({ name, samples }) => [name, samples]));
    expect(metrics.get('ferula_scrape_failures_total')).toEqual([{ labels: {}, value: 1 }]);
    expect(metrics.get('prometheus_target_scrape_pool_targets')).toContainEqual({
      labels: { scrape_job: 'j' },
      value: 1,
    });
  });

  it('fails all scrapes of a job with too many targets, and says so', async () => {
    const { apply, until, manager, fetched } = setUp();
    apply(jobs(job('j', 'a, b', ', target_limit: 1'), job('k', 'c')));
    const lines = await until(1);
    expect(lines.filter((line) => / up@\w 0$/.test(line)).length).toBe(2);
    expect(fetched).toEqual(['http://c/metrics']);
    expect(manager.states().active[0].lastError).toBe(
      'target_limit exceeded (number of targets: 2, limit: 1)',
    );
  });

  it('logs what is no target and goes on with the others', async () => {
    const { apply, until, logged, manager } = setUp();
    manager.apply(configOf(jobs(job('j', 'a'))), new Map([['j', [{ targets: ['b', 'c/d'], labels: {} }]]]));
    await until(1);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('error not a target target "c/d"');
    expect(manager.states().active.map(({ scrapeUrl }) => scrapeUrl)).toContain('http://b/metrics');
    apply(jobs());
  });

  it('gives the metadata of each target', async () => {
    const { apply, until, manager } = setUp();
    apply(jobs(job('j', 'a')));
    await until(1);
    expect(manager.targetMetadata()[0]).toEqual({ labels: ['instance', 'a', 'job', 'j'], metadata: [] });
  });

  it('keeps the budget of a job through configurations, and says what counts for it', async () => {
    const { apply, until, manager } = setUp();
    const limited = (limit: number) => jobs(job('j', 'a, b', `, series_limit: ${limit}`));
    apply(limited(1));
    await until(11);
    expect(
      manager
        .states()
        .active.map(({ health }) => health)
        .sort(),
    ).toEqual(['down', 'up']);
    apply(limited(2));
    await until(21);
    expect(manager.states().active.map(({ health }) => health)).toEqual(['up', 'up']);
    const metric = (name: string) => manager.metrics().find((one) => one.name === name)?.samples;
    expect(metric('ferula_scrape_job_series')).toEqual([{ labels: { scrape_job: 'j' }, value: 2 }]);
    expect(metric('prometheus_target_scrape_pool_targets')).toEqual([
      { labels: { scrape_job: 'j' }, value: 2 },
    ]);
    expect(metric('prometheus_target_interval_length_seconds')?.length).toBe(5);
    apply(jobs(job('j', 'a, b')));
    expect(metric('ferula_scrape_job_series')).toEqual([]);
  });

  it('fetches through the Unix socket that a label names', () => {
    const { apply, made } = setUp();
    apply(jobs(`- {job_name: j, static_configs: [{targets: [a], labels: {__unix_socket__: /run/a.sock}}]}`));
    expect(made.map(({ url, socketPath }) => [url, socketPath])).toEqual([
      ['http://a/metrics', '/run/a.sock'],
    ]);
  });
});

// Targets that mean no good, all at once, beside four good ones: each fails its own scrape with a reason, and only that.
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ScrapeManager } from '../../../src/scrape/manager.ts';
import type { TargetState } from '../../../src/threads/services.ts';
import { type Answer, okResponse, startFakeTarget } from '../../support/fake-target.ts';
import { configOf } from './configs.ts';
import { createFakeSink } from './fake-sink.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const ok = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
const openMetrics = 'Content-Type: application/openmetrics-text; version=1.0.0\r\n';
const bomb = gzipSync(Buffer.alloc(20_000_000, 32));

const text =
  (body: string | (() => string), headers?: string): Answer =>
  (socket) =>
    socket.write(okResponse(typeof body === 'string' ? body : body(), headers));

/** A beginning, then some bytes now and then for ever. */
function trickle(start: string, bytes: string): Answer {
  return (socket) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(bytes), 20);
    socket.on('close', () => clearInterval(timer));
  };
}

/** A beginning, then bytes as fast as they are taken, for ever. */
function flood(start: string, bytes: string): Answer {
  return (socket) => {
    socket.write(start);
    const write = (): void => {
      while (socket.writable && socket.write(bytes));
    };
    socket.on('drain', write);
    write();
  };
}

const hostile: [name: string, answer: Answer, error: string][] = [
  ['silent', () => {}, 'timed out after 0.9s while waiting for the response'],
  ['slow', trickle(`${ok}Content-Length: 99999\r\n\r\n`, 'a'), 'timed out after 0.9s'],
  ['slow head', trickle(ok, 'a'), 'waiting for the rest of the headers'],
  ['endless head', flood(ok, `A: ${'b'.repeat(1000)}\r\n`), 'headers of more than 65536 bytes'],
  ['endless body', flood(`${ok}\r\n`, 'a 1\n'.repeat(1000)), 'body size limit exceeded'],
  [
    'bomb',
    (s) =>
      s.write(
        Buffer.concat([
          Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`),
          bomb,
        ]),
      ),
    'body size limit exceeded',
  ],
  [
    'redirect loop',
    (s) => s.write('HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
    'stopped after 10 redirects',
  ],
  [
    'not UTF-8',
    (s) => s.write(Buffer.from(`${ok}Content-Length: 11\r\n\r\na{b="\xff"} 1\n`, 'latin1')),
    'line 1: expected UTF-8 text',
  ],
  ['doubled label', text('a{b="1",b="2"} 1\n'), 'label name "b" is not unique'],
  ['broken line', text('a 1\nb b\nc 1\n'), 'line 2: expected a number as value'],
  [
    'HTML',
    text('<!doctype html><p>404', 'Content-Type: text/html\r\n'),
    'line 1: expected a metric name: "<!doctype html>',
  ],
  ['no end mark', text('a 1\n', openMetrics), 'line 2: expected # EOF at the end'],
  [
    'cut',
    (s) => s.end(`${ok}Content-Length: 100\r\n\r\na 1\n`),
    'connection closed while waiting for the rest of the body',
  ],
  ['reset', (s) => s.resetAndDestroy(), 'ECONNRESET'],
  [
    'two lengths',
    (s) => s.write(`${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\na`),
    'two Content-Length headers',
  ],
  [
    'error',
    (s) => s.write('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n'),
    'server returned HTTP status 500 Oops',
  ],
  ['new series without end', text(newSeries(5000)), 'sample limit exceeded (samples: 5000, limit: 1000)'],
  ['a long label', text(`a{b="${'x'.repeat(900_000)}"} 1\n`), 'label_value_length_limit exceeded'],
];

let seriesMade = 0;
function newSeries(count: number): () => string {
  return () => Array.from({ length: count }, () => `a{id="${seriesMade++}"} 1\n`).join('');
}

let typeTurn = 0;
/** These cost at most the sample concerned. */
const harmless: [name: string, answer: Answer][] = [
  ['good 1', text('good 1\n')],
  ['good 2', text('good 1\n', openMetrics.replace('openmetrics-text', 'x-unknown'))],
  ['good 3', text('good 1')],
  ['good 4', text('# TYPE good gauge\ngood 1\n# EOF\n', openMetrics)],
  ['doubled samples', text('good 1\ngood 2\n')],
  ['changing types', text(() => `# TYPE good ${typeTurn++ % 2 ? 'counter' : 'gauge'}\ngood 1\n`)],
  ['carriage returns in comments', text('# HELP good x\r\ngood 1\n')],
  ['no content type', text('good 1\n', '')],
];

describe('hostile targets', () => {
  it('fail for themselves alone', async () => {
    const sink = createFakeSink(0, true);
    const manager = new ScrapeManager({ sink, committer: { requestCommit() {} }, log: () => {} });
    cleanups.push(() => manager.close());
    const groups: string[] = [];
    for (const [name, answer] of [...hostile, ...harmless]) {
      const target = await startFakeTarget(answer);
      cleanups.push(() => target.close());
      groups.push(`{targets: ["127.0.0.1:${target.port}"], labels: {instance: "${name}"}}`);
    }
    manager.apply(
      configOf(`
ferula: {scrape_self: 0s}
scrape_configs:
- job_name: all
  scrape_interval: 1s
  scrape_timeout: 900ms
  body_size_limit: 1MB
  sample_limit: 1000
  label_value_length_limit: 1000
  static_configs: [${groups.join(', ')}]
`),
    );
    const states = await statesAfter(manager, 3);
    for (const [name, , error] of hostile) {
      expect({ name, ...states.get(name) }).toMatchObject({ name, health: 'down' });
      expect(states.get(name)?.lastError).toContain(error);
    }
    for (const [name] of harmless) {
      expect({ name, ...states.get(name) }).toMatchObject({ name, health: 'up', lastError: '' });
    }
    const samples = sink.take().map((line) => line.slice(line.indexOf(' ') + 1));
    expect(samples).not.toContainEqual(expect.stringMatching(/^(a|b|c)[@{]/));
    for (const [name] of harmless) {
      expect(samples.filter((line) => line === `good@${name} 1`).length).toBeGreaterThanOrEqual(3);
      expect(samples).not.toContain(`up@${name} 0`);
      expect(samples).not.toContain(`good@${name} stale`);
    }
    const counters = new Map(manager.metrics().map(({ name, samples: [sample] }) => [name, sample?.value]));
    expect(counters.get('prometheus_target_scrapes_sample_duplicate_timestamp_total')).toBeGreaterThanOrEqual(
      3,
    );
    expect(counters.get('prometheus_target_scrapes_exceeded_body_size_limit_total')).toBeGreaterThanOrEqual(
      6,
    );
  });
});

/** Waits until every target has ended so many scrapes. */
async function statesAfter(manager: ScrapeManager, scrapes: number): Promise<Map<string, TargetState>> {
  const seen = new Map<string, Set<number>>();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { active } = manager.states();
    for (const { labels, lastScrapeMs } of active) {
      if (lastScrapeMs === 0) continue;
      const times = seen.get(labels.instance) ?? new Set();
      seen.set(labels.instance, times.add(lastScrapeMs));
    }
    if (active.every(({ labels }) => (seen.get(labels.instance)?.size ?? 0) >= scrapes)) {
      return new Map(active.map((state) => [state.labels.instance, state]));
    }
  }
}

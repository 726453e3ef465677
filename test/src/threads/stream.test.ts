// Long answers: written piece by piece, the same text as in one piece, and no thread held for a client that left.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../query/engine.ts';
import { writeAnswer } from '../../../query/json.ts';
import { DEFAULT_ENGINE } from '../../../src/options.ts';
import { answer } from '../../../src/threads/answer.ts';
import { AnswerQueue } from '../../../src/threads/answer-queue.ts';
import { ReadPool } from '../../../src/threads/pool.ts';
import type { ReadRequest } from '../../../src/threads/services.ts';
import { openStore, type Store } from '../../../storage/index.ts';
import { labelsFromObject } from '../../../storage/model/labels.ts';

const SERIES = 1_500;
const STEPS = 1_000;
const START = 1_700_000_000_000;

const range = (query: string, steps = STEPS): Extract<ReadRequest, { kind: 'query_range' }> => ({
  kind: 'query_range',
  query,
  startMs: START,
  endMs: START + (steps - 1) * 1000,
  stepMs: 1000,
  options: { timeoutMs: 0, limit: 0, lookbackMs: 3_600_000, stats: '' },
});

describe('answers in pieces', { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-stream-'));
  const storePath = join(folder, 'ferula.db');
  let store: Store;
  let pool: ReadPool;

  beforeAll(() => {
    store = openStore(storePath);
    const writer = store.writer();
    const ids = Int32Array.from({ length: SERIES }, (_, i) =>
      writer.seriesId(labelsFromObject({ __name__: 'many', i: String(i), é: '"\\' })),
    );
    writer.appendRow(
      writer.layoutId(ids),
      START,
      Float64Array.from(ids, (_, i) => i / 8),
    );
    writer.commit();
    pool = new ReadPool(
      {
        threads: 1,
        queueMax: 10,
        read: { storePath, store: {}, engine: DEFAULT_ENGINE, timeoutMs: 30_000 },
      },
      { exposition: async () => '', log: async () => {} },
    );
  });
  afterAll(async () => {
    await pool.close();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['one series', 'many{i="7"}', 10],
    ['several pieces', 'many{i=~"1.*"}', STEPS],
    ['a scalar', '1', STEPS],
    ['nothing', 'absent_metric', STEPS],
    ['warnings behind the list', 'quantile by (i) (2, many)', STEPS],
  ])('gives the text of one piece: %s', (_, query, steps) => {
    const reader = store.reader();
    const engine = createEngine(DEFAULT_ENGINE);
    const request = range(query, steps);
    const text = Buffer.concat(answer(reader, engine, request, { timeoutMs: 30_000 })).toString();
    const whole = writeAnswer(engine.run(reader, { ...request, lookbackMs: request.options.lookbackMs }));
    expect(text === Buffer.concat(whole).toString()).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ status: 'success' });
    reader.close();
  });

  it('streams what is long and sends the rest at once', async () => {
    const small = await pool.stream(range('many{i="7"}', 10));
    expect(small.rest).toBeNull();
    const { first, rest } = await pool.stream(range('many'));
    const chunks = [...first];
    const begun = first.reduce((sum, chunk) => sum + chunk.length, 0);
    for await (const chunk of rest!) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    expect(begun).toBeLessThan(bytes.length / 5);
    const { data } = JSON.parse(bytes.toString()) as {
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
    expect(data.result).toHaveLength(SERIES);
    expect(data.result.every(({ values }) => values.length === STEPS)).toBe(true);
    const last = data.result.find(({ metric }) => metric.i === '1499')!;
    expect(last.values.at(-1)).toEqual([START / 1000 + STEPS - 1, '187.375']);
    expect(last.metric.é).toBe('"\\');
  });

  it('frees the thread when a client leaves in the middle', async () => {
    const byBreak = await pool.stream(range('many'));
    for await (const _ of byBreak.rest!) break;
    const client = new AbortController();
    const byAbort = await pool.stream(range('many'), client.signal);
    client.abort();
    await expect(
      (async () => {
        for await (const _ of byAbort.rest!);
      })(),
    ).rejects.toThrow('the client went away');
    expect(JSON.parse(Buffer.concat(await pool.answer(range('many{i="7"}', 1))).toString())).toMatchObject({
      status: 'success',
    });
  });

  it('lets a slow client keep a thread only while its answer does not fit into the queue', async () => {
    const slow = await pool.stream(range('many{i=~"1.?.?"}'));
    expect(slow.rest).not.toBeNull();
    // Nobody reads `slow`, and yet the only thread answers.
    expect((await pool.stream(range('many{i="7"}', 1))).rest).toBeNull();
    for await (const _ of slow.rest!);
  });
});

describe('AnswerQueue', () => {
  it('has room until 8 MiB wait for the reader', async () => {
    const queue = new AnswerQueue();
    const mebibyte = new Uint8Array(1 << 20);
    for (let i = 0; i < 8; i++) {
      expect(await queue.room()).toBe(true);
      queue.push([mebibyte]);
    }
    queue.push([Uint8Array.of(1)]);
    const room = queue.room();
    const reader = queue[Symbol.asyncIterator]();
    expect((await reader.next()).value).toBe(mebibyte);
    expect(await room).toBe(true);
  });

  it('hands an error on behind what came before it', async () => {
    const queue = new AnswerQueue();
    queue.push([Uint8Array.of(1)]);
    queue.end(new Error('thread ended'));
    const reader = queue[Symbol.asyncIterator]();
    expect((await reader.next()).value).toEqual(Uint8Array.of(1));
    await expect(reader.next()).rejects.toThrow('thread ended');
  });
});

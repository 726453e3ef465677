// Threads of the pool that die or hang: their request ends with an error, they are replaced, nothing else notices.
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../../src/options.ts';
import { ReadPool } from '../../../src/threads/pool.ts';
import type { AnswerBody, ReadRequest, ServiceError } from '../../../src/threads/services.ts';

/** Speaks as a read thread does, and does what a query's text says. */
const SCRIPT = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ call, args }) => {
  const { query } = args[0];
  if (query === 'die') process.exit(1);
  if (query === 'throw') throw new Error('out of order');
  if (query === 'hang') for (;;);
  parentPort.postMessage({ reply: call, value: [new TextEncoder().encode(query)] });
});`;

describe('a pool whose threads fail', () => {
  let pool: ReadPool;
  let started = 0;
  const warnings: string[] = [];
  const makePool = (threads: number): ReadPool => {
    started = 0;
    warnings.length = 0;
    pool = new ReadPool(
      { threads, queueMax: 10, read: { storePath: '', store: {}, engine: DEFAULT_ENGINE, timeoutMs: 100 } },
      {
        exposition: async () => '',
        log: async (_, message) => {
          warnings.push(message);
        },
      },
      () => {
        started++;
        return new Worker(SCRIPT, { eval: true });
      },
    );
    return pool;
  };
  afterEach(() => pool.close());

  const ask = (query: string): ReadRequest => ({
    kind: 'query',
    query,
    timeMs: 0,
    options: { timeoutMs: 0, limit: 0, lookbackMs: 0, stats: '' },
  });
  const text = (body: AnswerBody): string => Buffer.concat(body).toString();
  const failure = async (query: string): Promise<ServiceError> =>
    (await pool.answer(ask(query)).catch((error: unknown) => error)) as ServiceError;

  it.each(['die', 'throw'])('answers an error and goes on with a fresh thread: %s', async (query) => {
    makePool(1);
    const waiting = (async () => {
      await Promise.resolve();
      return pool.answer(ask('waited'));
    })();
    const { type, message } = await failure(query);
    expect([type, message]).toEqual(['internal', expect.stringContaining("the query's thread ended")]);
    expect(text(await waiting)).toBe('waited');
    expect(text(await pool.answer(ask('after')))).toBe('after');
    expect(started).toBe(2);
    expect(warnings).toEqual(['query thread ended and is replaced']);
  });

  it('ends a thread that does not stop in time; others go on meanwhile', { timeout: 10_000 }, async () => {
    makePool(2);
    const hung = failure('hang');
    expect(text(await pool.answer(ask('beside')))).toBe('beside');
    expect((await hung).type).toBe('timeout');
    expect(text(await pool.answer(ask('after')))).toBe('after');
    expect(started).toBe(3);
  });
});

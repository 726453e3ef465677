// The pool of read threads on a real store: answers, refuses past its queue, cancels what runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../../src/options.ts';
import { ReadPool } from '../../../src/threads/pool.ts';
import type { ReadRequest } from '../../../src/threads/services.ts';
import { openStore } from '../../../storage/index.ts';
import { labelsFromObject } from '../../../storage/model/labels.ts';

const NOW = Math.floor(Date.now() / 1000) * 1000;
const OPTIONS = { timeoutMs: 0, limit: 0, lookbackMs: 0, stats: '' } as const;
const ask = (query: string): ReadRequest => ({ kind: 'query', query, timeMs: NOW, options: OPTIONS });
/** More work than fits into any test. */
const ENDLESS = 'max_over_time(mad_over_time(vector(time() % 7919)[2h:100ms])[1d:100ms])';

describe('ReadPool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-pool-'));
  const storePath = join(folder, 'ferula.db');
  const pools: ReadPool[] = [];
  const makePool = (threads: number, queueMax: number): ReadPool => {
    const engine = { ...DEFAULT_ENGINE, maxSamples: 1e12 };
    const read = { storePath, store: {}, engine, timeoutMs: 60_000 };
    const main = { exposition: async () => '', log: async () => {} };
    const pool = new ReadPool({ threads, queueMax, read }, main);
    pools.push(pool);
    return pool;
  };
  const result = async (pool: ReadPool, query: string): Promise<unknown> => {
    const chunks = await pool.answer(ask(query));
    return (JSON.parse(Buffer.concat(chunks).toString()) as { data: { result: unknown } }).data.result;
  };
  const typeOf = (error: unknown): string => (error as { type: string }).type;

  beforeAll(() => {
    const store = openStore(storePath);
    const writer = store.writer();
    const id = writer.seriesId(labelsFromObject({ __name__: 'up', job: 'a' }));
    writer.appendSamples(Int32Array.of(id), Float64Array.of(NOW), Float64Array.of(1), 1);
    writer.commit();
    store.close();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('answers, and passes on the type of an error', async () => {
    const pool = makePool(1, 10);
    expect(await result(pool, 'up + 1')).toEqual([{ metric: { job: 'a' }, value: [NOW / 1000, '2'] }]);
    expect(typeOf(await pool.answer(ask('up +')).catch((e: unknown) => e))).toBe('bad_data');
  });

  it('cancels what runs when its client goes away, and goes on with the next', async () => {
    const pool = makePool(1, 10);
    await result(pool, 'up');
    const client = new AbortController();
    const endless = pool.answer(ask(ENDLESS), client.signal).catch((e: unknown) => e);
    const next = result(pool, 'up');
    setTimeout(() => client.abort(), 100);
    expect(typeOf(await endless)).toBe('canceled');
    expect(await next).toHaveLength(1);
  });

  it('starts another thread for a second query, and refuses what its queue cannot hold', async () => {
    const pool = makePool(2, 1);
    const client = new AbortController();
    const endless = pool.answer(ask(ENDLESS), client.signal).catch((e: unknown) => e);
    expect(await result(pool, 'up')).toHaveLength(1);
    const second = pool.answer(ask(ENDLESS), client.signal).catch((e: unknown) => e);
    const waiting = pool.answer(ask('up'), client.signal).catch((e: unknown) => e);
    const refused = await pool.answer(ask('up')).catch((e: unknown) => e);
    expect([typeOf(refused), (refused as Error).message]).toEqual([
      'timeout',
      'too many queries are waiting; try again later',
    ]);
    client.abort();
    expect((await Promise.all([endless, second, waiting])).map(typeOf)).toEqual(Array(3).fill('canceled'));
  });
});

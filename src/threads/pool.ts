// A pool of read threads behind one QueryService: a bounded queue, one request a thread at a time, cancellation by a
// flag in shared memory (a busy thread reads no messages), and replacement of a thread that dies or does not stop.
// One thread starts at once, others when all are busy: each costs memory that an idle server need not spend.
import type { Worker } from 'node:worker_threads';
import { AnswerQueue } from './answer-queue.ts';
import type { ReadOptions, ReadService } from './read.ts';
import { connect, type Peer } from './rpc.ts';
import {
  type AnswerBody,
  type AnswerStream,
  type MainThread,
  type OwnMetrics,
  type QueryService,
  type ReadRequest,
  ServiceError,
} from './services.ts';
import { spawn } from './spawn.ts';

export interface PoolOptions {
  /** The most threads at once. */
  readonly threads: number;
  readonly queueMax: number;
  readonly read: ReadOptions;
}

/** How long past its deadline a thread may go on before it is taken for hung. */
const GRACE_MS = 2_000;

/** What counts as the head: about as long as upstream keeps samples there. */
const HEAD_MS = 2 * 3_600_000;

interface Member {
  worker: Worker;
  read: Peer<ReadService>;
  cancelFlag: Int32Array;
  busy: boolean;
}

interface Job {
  /** Resolves with what tells the caller; that is called once the member is free for whatever the caller does next. */
  readonly run: (member: Member) => Promise<() => void>;
  readonly fail: (error: Error) => void;
}

/**
 * How long a job waits for a busy thread before it gets a new one. Most jobs are short (a checkpoint, a small query),
 * and a new thread costs 170 ms of CPU, memory, and caches and code that are cold.
 */
const START_AFTER_MS = 25;

export class ReadPool implements QueryService {
  readonly #options: PoolOptions;
  readonly #main: MainThread;
  readonly #members: Member[] = [];
  readonly #queue: Job[] = [];
  #closed = false;
  #restarts = 0;
  #refused = 0;
  /** Queries answered, and the time from a thread's being free to the answer's first bytes. */
  #queries = 0;
  #querySeconds = 0;
  #queuedSeconds = 0;
  #headSeries = 0;
  #isCountingSeries = false;
  /** Runs while a job waits that may get a thread of its own. */
  #growth: NodeJS.Timeout | undefined;

  readonly #spawn: typeof spawn;

  /** @param spawnThread starts a thread; tests give threads that die or hang */
  constructor(options: PoolOptions, main: MainThread, spawnThread: typeof spawn = spawn) {
    this.#options = options;
    this.#main = main;
    this.#spawn = spawnThread;
    this.#members.push(this.#start());
  }

  /** @throws ServiceError `timeout` where the queue is full; see QueryService. */
  answer(request: ReadRequest, signal?: AbortSignal): Promise<AnswerBody> {
    return this.#withMember(
      (member) => this.#watched(member, member.read.answer(request), this.#limitMs(request), signal),
      signal,
    );
  }

  /** As `answer`; the thread is held until what is left of the answer fits into the queue to its reader. */
  stream(request: ReadRequest, signal?: AbortSignal): Promise<AnswerStream> {
    return new Promise((resolve, reject) => {
      this.#withMember(async (member) => {
        const begun = performance.now();
        const part = await this.#watched(member, member.read.open(request), this.#limitMs(request), signal);
        if (request.kind === 'query' || request.kind === 'query_range') {
          this.#queries++;
          this.#querySeconds += (performance.now() - begun) / 1000;
        }
        if (!part.more) return () => resolve({ first: part.chunks, rest: null });
        const queue = new AnswerQueue();
        resolve({ first: part.chunks, rest: queue });
        await this.#pump(member, queue, signal);
        return () => {};
      }, signal).then((settle) => settle(), reject);
    });
  }

  /** Moves the rest of an open answer into the queue to its reader. */
  async #pump(member: Member, queue: AnswerQueue, signal?: AbortSignal): Promise<void> {
    const leave = (): void => queue.leave();
    signal?.addEventListener('abort', leave);
    try {
      for (let more = true; more; ) {
        if (!(await queue.room())) {
          queue.leave();
          await member.read.abandon();
          return;
        }
        const part = await this.#watched(member, member.read.next(), GRACE_MS + this.#options.read.timeoutMs);
        queue.push(part.chunks);
        more = part.more;
      }
      queue.end();
    } catch (error) {
      queue.end(error as Error);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** How long a request may take before its thread is taken for hung. */
  #limitMs(request: ReadRequest): number {
    const wantedMs =
      request.kind === 'query' || request.kind === 'query_range' ? request.options.timeoutMs : 0;
    const { timeoutMs } = this.#options.read;
    return (wantedMs > 0 ? Math.min(wantedMs, timeoutMs) : timeoutMs) + GRACE_MS;
  }

  /** Runs one step of background work (fold, checkpoint) on a free thread. */
  background<T>(work: (read: Peer<ReadService>) => Promise<T>): Promise<T> {
    return this.#withMember((member) => work(member.read));
  }

  async metrics(): Promise<OwnMetrics> {
    this.#countSeries();
    const gauge = (name: string, help: string, value: number) =>
      ({ name, type: 'gauge', help, samples: [{ labels: {}, value }] }) as const;
    const counter = (name: string, help: string, value: number) =>
      ({ name, type: 'counter', help, samples: [{ labels: {}, value }] }) as const;
    return [
      gauge(
        'prometheus_engine_queries',
        'Queries running now.',
        this.#members.filter((member) => member.busy).length,
      ),
      gauge(
        'prometheus_engine_queries_concurrent_max',
        'Queries that can run at once.',
        this.#options.threads,
      ),
      gauge(
        'prometheus_tsdb_head_series',
        'Series that have had samples in the last two hours, as of the last time this was asked.',
        this.#headSeries,
      ),
      gauge('ferula_query_queue_length', 'Queries waiting for a free thread.', this.#queue.length),
      {
        name: 'prometheus_engine_query_duration_seconds',
        type: 'summary',
        help: 'Time that queries took, by part: waiting for a thread, and evaluation with writing the answer.',
        samples: [
          { labels: { slice: 'queue_time' }, suffix: '_sum', value: this.#queuedSeconds },
          { labels: { slice: 'queue_time' }, suffix: '_count', value: this.#queries },
          { labels: { slice: 'inner_eval' }, suffix: '_sum', value: this.#querySeconds },
          { labels: { slice: 'inner_eval' }, suffix: '_count', value: this.#queries },
        ],
      },
      counter('ferula_query_refused_total', 'Queries refused because the queue was full.', this.#refused),
      counter(
        'ferula_query_thread_restarts_total',
        'Query threads replaced after they died or hung.',
        this.#restarts,
      ),
    ];
  }

  /** Counts active series when a thread is free; whoever asks for metrics does not wait for that. */
  #countSeries(): void {
    if (this.#isCountingSeries || this.#closed) return;
    this.#isCountingSeries = true;
    this.background((read) => read.seriesSince(Date.now() - HEAD_MS))
      .then((count) => {
        this.#headSeries = count;
      })
      .catch(() => {}) // the thread ended: counted and logged there
      .finally(() => {
        this.#isCountingSeries = false;
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#growth);
    const reason = new ServiceError('unavailable', 'the server is shutting down');
    for (const job of this.#queue.splice(0)) job.fail(reason);
    for (const member of this.#members) Atomics.store(member.cancelFlag, 0, 1);
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }

  #start(): Member {
    const cancelFlag = new Int32Array(new SharedArrayBuffer(4));
    const worker = this.#spawn({ role: 'read', options: { ...this.#options.read, cancelFlag } });
    const connection = connect<ReadService>(worker, this.#main);
    const member: Member = { worker, read: connection.peer, cancelFlag, busy: false };
    let reason = "the query's thread ended";
    // The request fails only when the thread is replaced, lest the next one be given to a thread that is ending.
    worker.on('error', (error: Error) => {
      reason += `: ${error.message}`;
    });
    worker.on('exit', () => {
      connection.fail(new ServiceError('internal', reason));
      if (!this.#closed) this.#replace(member);
    });
    return member;
  }

  #replace(member: Member): void {
    this.#restarts++;
    void this.#main.log('warn', 'query thread ended and is replaced');
    const fresh = this.#start();
    this.#members[this.#members.indexOf(member)] = fresh;
    this.#dispatch();
  }

  #withMember<T>(run: (member: Member) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new ServiceError('unavailable', 'the server is shutting down'));
      if (this.#queue.length >= this.#options.queueMax) {
        this.#refused++;
        return reject(new ServiceError('timeout', 'too many queries are waiting; try again later'));
      }
      const queuedAt = performance.now();
      this.#queue.push({
        run: async (member) => {
          this.#queuedSeconds += (performance.now() - queuedAt) / 1000;
          if (signal?.aborted) return () => reject(new ServiceError('canceled', 'query was canceled'));
          return run(member).then(
            (value) => () => resolve(value),
            (error: Error) => () => reject(error),
          );
        },
        fail: reject,
      });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const member = this.#freeMember();
      if (!member) return;
      member.busy = true;
      void this.#queue
        .shift()!
        .run(member)
        .then((settle) => {
          member.busy = false;
          settle();
          this.#dispatch();
        });
    }
  }

  /** A thread that is free. Where none is, another one is started, unless one comes free within a moment. */
  #freeMember(): Member | undefined {
    const free = this.#members.find((member) => !member.busy);
    if (free || this.#growth || this.#members.length === this.#options.threads) return free;
    this.#growth = setTimeout(() => {
      this.#growth = undefined;
      if (this.#closed || this.#queue.length === 0) return;
      this.#members.push(this.#start());
      this.#dispatch();
    }, START_AFTER_MS);
    return undefined;
  }

  /** Follows a call: cancels it when the client goes away, ends its thread when it outstays its time. */
  async #watched<T>(member: Member, call: Promise<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
    const cancel = (): void => {
      Atomics.store(member.cancelFlag, 0, 1);
    };
    Atomics.store(member.cancelFlag, 0, 0);
    signal?.addEventListener('abort', cancel);
    let isHung = false;
    const hung = setTimeout(() => {
      isHung = true;
      void member.worker.terminate();
    }, limitMs);
    try {
      return await call;
    } catch (error) {
      throw isHung ? new ServiceError('timeout', 'query timed out and its thread had to be ended') : error;
    } finally {
      clearTimeout(hung);
      signal?.removeEventListener('abort', cancel);
    }
  }
}

// The library door: Ferula inside another Node program. `openStore` and `createEngine` are the parts by themselves;
// `startFerula` is the whole, with or without a port, worker threads and signal handlers.
import type { FastifyInstance } from 'fastify';
import { startApp } from './app.ts';
import { loadConfig } from './config/load.ts';
import { createLogger } from './log.ts';
import {
  configLoader,
  DEFAULT_ENGINE,
  DEFAULT_QUERY_TIMEOUT_MS,
  DEFAULT_QUEUE_MAX,
  DEFAULT_STORE_PATH,
  defaultReadThreads,
  parseListenAddress,
} from './options.ts';
import { followSignals } from './signals.ts';
import {
  type InProcessTarget,
  type LogLevel,
  type OwnSample,
  type QueryOptions,
  type ReadRequest,
  ServiceError,
} from './threads/services.ts';

export { createEngine, type Engine, type EngineOptions, type QueryRequest } from '../query/engine.ts';
export { QueryError, type QueryResult } from '../query/result.ts';
export { openStore, StorageError, type Store, type StoreOptions } from '../storage/index.ts';
export { ConfigError } from './config/config.ts';
export { DEFAULT_ENGINE } from './options.ts';
export { type InProcessTarget, type OwnSample, ServiceError } from './threads/services.ts';

/** How Ferula is to run inside another program. Everything may be left out. */
export interface FerulaOptions {
  /** The one file; `data/ferula.db` of the current folder. Its folder is made where it is missing. */
  readonly storagePath?: string;
  /** A Prometheus configuration as YAML text; by default `configFile` is read. */
  readonly config?: string;
  /** Path of a configuration; by default `config.yml` of the current folder, else Ferula watches itself. */
  readonly configFile?: string;
  /** `host:port` to listen on (port 0: any free one); false, the default: no port. */
  readonly listen?: string | false;
  /** Threads for queries; 0 runs everything on the calling thread. */
  readonly threads?: number;
  /** Metrics of this program by job name: a prom-client registry, or a function that gives exposition text. */
  readonly targets?: Readonly<Record<string, InProcessTarget | { metrics(): string | Promise<string> }>>;
  /** Close on SIGTERM and SIGINT, reload on SIGHUP. Off by default: a library leaves signals to its program. */
  readonly signals?: boolean;
  /** Log to standard error from this level on; by default nothing is logged. */
  readonly logLevel?: LogLevel;
  /** Take remote writes at /api/v1/write. */
  readonly remoteWrite?: boolean;
  /** Offer /-/reload and /-/quit. */
  readonly lifecycle?: boolean;
  /** Offer the admin API. */
  readonly adminApi?: boolean;
}

/** What a query answers: the `data` of Prometheus's HTTP API, and what it warned of. */
export interface QueryAnswer {
  readonly resultType: 'vector' | 'matrix' | 'scalar' | 'string';
  readonly result: unknown;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** A running Ferula. */
export interface Ferula {
  /** `http://host:port` of the address it listens on; empty without one. */
  readonly urls: readonly string[];
  /**
   * Stores own samples; resolves once they are committed.
   * @throws ServiceError where any was refused, saying how many and why; the others are stored
   */
  append(samples: readonly OwnSample[]): Promise<void>;
  /**
   * Evaluates PromQL at one time (default: now).
   * @throws ServiceError
   */
  query(query: string, at?: Date): Promise<QueryAnswer>;
  /**
   * Evaluates PromQL at every step between two times, both included.
   * @throws ServiceError
   */
  queryRange(query: string, from: Date, to: Date, stepSeconds: number): Promise<QueryAnswer>;
  /** Adds the HTTP API's routes to a fastify instance that is not listening yet; register it under a prefix if wanted. */
  mount(server: FastifyInstance): Promise<void>;
  /** Reads the configuration again. @throws ConfigError, and the old one stays */
  reload(): Promise<void>;
  /** Commits, closes the file and ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts Ferula inside this program.
 *
 * @example
 * const ferula = await startFerula({ storagePath: 'metrics.db', targets: { app: registry } });
 * await ferula.append([{ labels: { __name__: 'orders_total', shop: 'north' }, value: 42 }]);
 * const { result } = await ferula.query('orders_total');
 * await ferula.close();
 *
 * @throws ConfigError, StorageError, or the system's error where the address is taken
 */
export async function startFerula(options: FerulaOptions = {}): Promise<Ferula> {
  const { config } = options;
  const app = await startApp({
    loadConfig:
      config === undefined
        ? configLoader(options.configFile)
        : () => loadConfig(config, { file: '(config)' }),
    storePath: options.storagePath ?? DEFAULT_STORE_PATH,
    store: {},
    engine: DEFAULT_ENGINE,
    queryTimeoutMs: DEFAULT_QUERY_TIMEOUT_MS,
    listen: options.listen ? [parseListenAddress(options.listen)] : [],
    readThreads: options.threads ?? defaultReadThreads(),
    queueMax: DEFAULT_QUEUE_MAX,
    settings: {
      enableRemoteWrite: options.remoteWrite ?? false,
      enableLifecycle: options.lifecycle ?? false,
      enableAdminApi: options.adminApi ?? false,
    },
    flags: {},
    inProcessTargets: Object.fromEntries(
      Object.entries(options.targets ?? {}).map(([job, target]) => [
        job,
        typeof target === 'function' ? target : () => target.metrics(),
      ]),
    ),
    logger: options.logLevel && createLogger({ level: options.logLevel, format: 'logfmt' }),
    quit: () => void app.close(),
  });
  const unfollow = options.signals ? followSignals(app) : () => {};

  const ask = async (request: ReadRequest): Promise<QueryAnswer> => {
    const chunks = await app.queries.answer(request);
    const {
      data,
      warnings = [],
      infos = [],
    } = JSON.parse(Buffer.concat(chunks).toString()) as {
      data: { resultType: QueryAnswer['resultType']; result: unknown };
      warnings?: string[];
      infos?: string[];
    };
    return { ...data, warnings, infos };
  };

  return {
    urls: app.urls,
    append: async (samples) => {
      const { error } = await app.ingest.append(samples);
      if (error) throw new ServiceError(error.type, error.message);
    },
    query: (query, at = new Date()) =>
      ask({ kind: 'query', query, timeMs: at.getTime(), options: NO_OPTIONS }),
    queryRange: (query, from, to, stepSeconds) =>
      ask({
        kind: 'query_range',
        query,
        startMs: from.getTime(),
        endMs: to.getTime(),
        stepMs: stepSeconds * 1000,
        options: NO_OPTIONS,
      }),
    mount: app.mount,
    reload: app.reload,
    close: async () => {
      unfollow();
      await app.close();
    },
  };
}

const NO_OPTIONS: QueryOptions = { timeoutMs: 0, limit: 0, lookbackMs: 0, stats: '' };

// The composition root: builds the parts, wires them, starts them in order and closes them in reverse. The command
// line, the library door and the end-to-end tests all start Ferula here.
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { EngineOptions } from '../query/engine.ts';
import { formatDuration } from '../query/lang/duration.ts';
import type { StoreOptions } from '../storage/index.ts';
import type { ApiContext, ApiSettings, ServerStatus } from '../web/api/server.ts';
import type { Config } from './config/config.ts';
import { createSilentLogger, type Logger } from './log.ts';
import { type Maintenance, startMaintenance } from './maintenance.ts';
import { uiFiles } from './packaging.ts';
import { labelMatcher, poolRelabelSteps, poolText } from './pool-status.ts';
import type {
  IngestService,
  InProcessTarget,
  MainThread,
  OwnMetrics,
  QueryService,
} from './threads/services.ts';
import { startServices } from './threads/start.ts';
import { VERSION } from './version.ts';

export interface AppOptions {
  /** Reads and checks the configuration; called at the start and at every reload. Throws ConfigError. */
  readonly loadConfig: () => Config;
  readonly storePath: string;
  readonly store: StoreOptions;
  readonly engine: EngineOptions;
  readonly queryTimeoutMs: number;
  /** Addresses to listen on; empty: none. Port 0 takes any free one. */
  readonly listen: readonly ListenAddress[];
  /** Threads for queries; 0: everything runs on the calling thread. */
  readonly readThreads: number;
  readonly queueMax: number;
  readonly settings: ApiSettings;
  /** What /api/v1/status/flags shows. */
  readonly flags: Readonly<Record<string, string>>;
  /** Jobs that this process offers itself, beside its own metrics under `ferula`. */
  readonly inProcessTargets: Readonly<Record<string, InProcessTarget>>;
  readonly logger?: Logger;
  /** Called by /-/quit. */
  readonly quit?: () => void;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface App {
  /** `http://host:port` of each address that is listened on. */
  readonly urls: readonly string[];
  readonly ingest: IngestService;
  readonly queries: QueryService;
  /** Folds and merges everything now, and gives space back. */
  compact(): Promise<void>;
  /** Reads the configuration again; a bad one is refused with its ConfigError and the old one stays. */
  reload(): Promise<void>;
  /** Adds the API's routes to another fastify instance. */
  mount(server: FastifyInstance): Promise<void>;
  /** Finishes what runs, commits, closes everything. */
  close(): Promise<void>;
}

/** How long a scrape's samples may wait for company before they are committed. */
const COMMIT_DELAY_MS = 10;
const SELF_JOB = 'ferula';

/**
 * Starts Ferula.
 * @throws ConfigError, StorageError, or the system's error where an address cannot be listened on; nothing stays open
 */
export async function startApp(options: AppOptions): Promise<App> {
  const log = options.logger ?? createSilentLogger();
  const startMs = Date.now();
  const closers: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const closer of closers.reverse()) await closer();
    })();
    return closing;
  };

  try {
    let config = options.loadConfig();
    let lastReload = { ok: true, ms: startMs };
    let exposition: () => Promise<string> = async () => '';
    const targets: Readonly<Record<string, InProcessTarget>> = {
      ...options.inProcessTargets,
      [SELF_JOB]: () => exposition(),
    };
    const main: MainThread = {
      exposition: async (job) => targets[job](),
      log: async (level, message, details) => log[level]({ ...details }, message),
    };
    // The file is asked before the flag, as upstream does.
    const retentionMs = config.storage.retentionTimeMs || (options.store.retentionMs ?? 0);
    // The threads come up while this one loads the HTTP server.
    const services = startServices(
      {
        threads: options.readThreads,
        queueMax: options.queueMax,
        ingest: {
          storePath: options.storePath,
          store: {
            ...options.store,
            retentionMs,
            outOfOrderMs: config.storage.outOfOrderTimeWindowMs ?? 0,
          },
          commitDelayMs: COMMIT_DELAY_MS,
          inProcessJobs: Object.keys(targets),
          inProcessInstance: options.listen[0] ? formatAddress(options.listen[0]) : 'in-process',
        },
        read: {
          storePath: options.storePath,
          store: options.store,
          engine: { ...options.engine, defaultStepMs: config.global.evaluationIntervalMs },
          timeoutMs: options.queryTimeoutMs,
        },
      },
      main,
    );
    closers.push(() => services.close());
    const { ingest, queries } = services;
    const [{ createMetrics }, { createServer, mountRoutes }] = await Promise.all([
      import('./metrics.ts'),
      import('../web/api/server.ts'),
    ]);
    await services.ready();

    let maintenance: Maintenance | undefined;
    const ownMetrics = async (): Promise<OwnMetrics> => [
      ...statusMetrics(lastReload, options.storePath),
      ...(await ingest.metrics()),
      ...(await queries.metrics()),
      ...(maintenance?.metrics() ?? []),
    ];
    const metrics = createMetrics(ownMetrics, { version: VERSION });
    exposition = metrics.exposition;

    const reload = async (): Promise<void> => {
      try {
        const next = options.loadConfig();
        await ingest.applyConfig(next);
        config = next;
        lastReload = { ok: true, ms: Date.now() };
        log.info('configuration reloaded');
        for (const note of next.notes) log.warn(note);
      } catch (error) {
        lastReload = { ...lastReload, ok: false };
        log.error({ error: (error as Error).message }, 'configuration not reloaded; the old one stays');
        throw error;
      }
    };

    const status: ServerStatus = {
      ready: () => closing === undefined,
      exposition: () => exposition(),
      configText: () => config.display,
      scrapePools: () => config.scrapeConfigs.map(({ jobName }) => jobName).sort(),
      scrapePoolText: (job) => poolText(config, job),
      relabelSteps: (job, labels) => poolRelabelSteps(config, job, labels),
      labelMatcher: (selector) => labelMatcher(queries, selector),
      externalLabels: () => config.global.externalLabels,
      flags: options.flags,
      buildInfo: buildInfo(),
      runtimeInfo: () => runtimeInfo(startMs, lastReload, retentionMs),
      reload,
      compact: () => maintenance!.compact(),
      quit: () => options.quit?.(),
    };
    const context: ApiContext = {
      ingest,
      queries,
      status,
      settings: options.settings,
      ui: options.listen.length > 0 ? uiFiles() : null,
      now: Date.now,
    };

    maintenance = startMaintenance({ ...services.maintenance, log: (...line) => void main.log(...line) });
    closers.push(() => maintenance!.stop());
    for (const note of config.notes) log.warn(note);
    await ingest.applyConfig(config);

    const urls: string[] = [];
    for (const address of options.listen) {
      const server = createServer(context, log);
      server.addHook('onResponse', async (request, reply) =>
        metrics.countRequest(request.routeOptions.url ?? '', reply.statusCode, reply.elapsedTime / 1000),
      );
      closers.push(() => server.close());
      urls.push(await server.listen(address));
    }

    return {
      urls,
      ingest,
      queries,
      compact: status.compact,
      reload,
      mount: async (server) => mountRoutes(server, context),
      close,
    };
  } catch (error) {
    // What fails while closing is a consequence; the first error is the one to tell.
    await close().catch(() => {});
    throw error;
  }
}

/** An address as the `instance` label of other targets has it. */
function formatAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

interface Reload {
  readonly ok: boolean;
  readonly ms: number;
}

function statusMetrics({ ok, ms }: Reload, storePath: string): OwnMetrics {
  const gauge = (name: string, help: string, value: number) =>
    ({ name, type: 'gauge', help, samples: [{ labels: {}, value }] }) as const;
  return [
    gauge('prometheus_ready', 'Whether queries are answered.', 1),
    gauge(
      'prometheus_tsdb_storage_blocks_bytes',
      'Size of the store file on disk.',
      statSync(storePath, { throwIfNoEntry: false })?.size ?? 0,
    ),
    gauge('prometheus_config_last_reload_successful', 'Whether the last reload succeeded.', ok ? 1 : 0),
    gauge(
      'prometheus_config_last_reload_success_timestamp_seconds',
      'Time of the last successful reload.',
      ms / 1000,
    ),
  ];
}

/** The version of Prometheus whose API is spoken: clients choose their calls by it. */
const PROMETHEUS_VERSION = '3.14.0';

function buildInfo(): Readonly<Record<string, string>> {
  return {
    version: PROMETHEUS_VERSION,
    revision: `ferula-${VERSION}`,
    branch: 'HEAD',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  };
}

function runtimeInfo(
  startMs: number,
  reload: Reload,
  retentionMs: number,
): Readonly<Record<string, unknown>> {
  return {
    startTime: new Date(startMs).toISOString(),
    CWD: process.cwd(),
    hostname: hostname(),
    serverTime: new Date().toISOString(),
    reloadConfigSuccess: reload.ok,
    lastConfigTime: new Date(reload.ms).toISOString(),
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: 0,
    GOMEMLIMIT: 0,
    GOGC: '',
    GODEBUG: '',
    storageRetention: retentionMs > 0 ? formatDuration(retentionMs) : '',
  };
}

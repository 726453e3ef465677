// `ferula serve`: the server, until a signal ends it.
import { compilePattern } from '../../storage/model/matcher.ts';
import { startApp } from '../app.ts';
import { createLogger } from '../log.ts';
import {
  configLoader,
  DEFAULT_ENGINE,
  DEFAULT_QUEUE_MAX,
  defaultReadThreads,
  isLoopback,
} from '../options.ts';
import { followSignals } from '../signals.ts';
import { VERSION } from '../version.ts';
import { startAutoReload } from './auto-reload.ts';
import { parseServeFlags, type ServeFlags } from './flags.ts';
import { UsageError } from './usage.ts';

/**
 * Starts the server; it ends by a signal.
 * @throws UsageError, ConfigError, StorageError, or the system's error where an address cannot be listened on
 */
export async function runServe(args: readonly string[]): Promise<number | undefined> {
  const startMs = performance.now();
  const flags = parseServeFlags(args);
  const log = createLogger(flags.log);
  for (const note of flags.notes) log.warn(note);
  // A reload asked for while starting is no reason to die: the configuration is being read anyway.
  process.on('SIGHUP', () => {});
  const loadConfig = configLoader(flags.configFile, { expandEnv: flags.expandEnv });
  const app = await startApp({
    loadConfig,
    storePath: flags.storagePath,
    store: {
      synchronous: flags.synchronous,
      retentionMs: flags.retentionMs,
      maxSeries: flags.maxSeries,
    },
    engine: engineOptions(flags),
    queryTimeoutMs: flags.queryTimeoutMs,
    listen: flags.listen,
    readThreads: Math.min(defaultReadThreads(), flags.queryMaxConcurrency),
    queueMax: DEFAULT_QUEUE_MAX,
    settings: {
      enableLifecycle: flags.enableLifecycle,
      enableAdminApi: flags.enableAdminApi,
      enableRemoteWrite: flags.enableRemoteWriteReceiver,
      enablePush: flags.enablePush,
      allowsOrigin: flags.corsOrigin === '' ? undefined : originTest(flags.corsOrigin),
    },
    flags: flags.values,
    inProcessTargets: {},
    logger: log,
    quit: () => process.kill(process.pid, 'SIGTERM'),
  });
  followSignals(app);
  if (flags.autoReloadMs > 0) startAutoReload(loadConfig, app.reload, flags.autoReloadMs);
  for (const address of flags.listen)
    if (!isLoopback(address))
      log.warn(`others can reach ${address.host}:${address.port}, and nobody has to log in`);
  const readyMs = Math.round(performance.now() - startMs);
  log.info(
    { version: VERSION, storage: flags.storagePath, ready_ms: readyMs },
    `ready at ${app.urls.join(', ')}`,
  );
  return undefined;
}

function originTest(pattern: string): (origin: string) => boolean {
  try {
    return compilePattern(pattern);
  } catch (error) {
    throw new UsageError(`--web.cors.origin: ${(error as Error).message}`);
  }
}

function engineOptions(flags: ServeFlags): typeof DEFAULT_ENGINE {
  return {
    ...DEFAULT_ENGINE,
    lookbackMs: flags.lookbackMs,
    maxSamples: flags.queryMaxSamples,
    maxMemoryBytes: flags.queryMaxMemoryBytes,
    features: {
      delayedNameRemoval: flags.features.has('promql-delayed-name-removal'),
      typeAndUnitLabels: flags.features.has('type-and-unit-labels'),
      strict: flags.strictPromql,
    },
  };
}

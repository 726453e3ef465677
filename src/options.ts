// From what a user says (flags, or the library's options) to what the app needs: defaults, and how a configuration is
// found and read.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { EngineOptions } from '../query/engine.ts';
import type { ListenAddress } from './app.ts';
import { type Config, ConfigError } from './config/config.ts';
import { type LoadOptions, loadConfig } from './config/load.ts';

export const DEFAULT_STORE_PATH = 'data/ferula.db';
export const DEFAULT_LISTEN = '127.0.0.1:9090';
export const DEFAULT_QUERY_TIMEOUT_MS = 30_000;
export const DEFAULT_LOOKBACK_MS = 300_000;
export const DEFAULT_MAX_SAMPLES = 50_000_000;
export const DEFAULT_MAX_MEMORY_BYTES = 512 * 2 ** 20;
/** Requests that may wait for a free query thread. */
export const DEFAULT_QUEUE_MAX = 512;

/** Read threads by default: one that may be held by a heavy query or a fold, and as many again as there are cores. */
export function defaultReadThreads(): number {
  return Math.min(8, 1 + availableParallelism());
}

export const DEFAULT_ENGINE: EngineOptions = {
  lookbackMs: DEFAULT_LOOKBACK_MS,
  defaultStepMs: 60_000,
  maxSamples: DEFAULT_MAX_SAMPLES,
  maxMemoryBytes: DEFAULT_MAX_MEMORY_BYTES,
  features: { delayedNameRemoval: false, typeAndUnitLabels: false, strict: false },
};

/** What serves where nobody has written a configuration: Ferula watches itself. */
const BUILT_IN_CONFIG = 'global:\n  scrape_interval: 15s\n';

/**
 * Makes the function that reads the configuration: of the given file, else of `config.yml` in the current folder, else
 * the built-in one. The file is looked for at every call, so that a reload finds one that has come meanwhile.
 */
export function configLoader(
  file: string | undefined,
  settings: Pick<LoadOptions, 'expandEnv'> = {},
): () => Config {
  return () => {
    const path = file ?? (existsSync('config.yml') ? 'config.yml' : undefined);
    if (path === undefined) return loadConfig(BUILT_IN_CONFIG, { file: '(built-in configuration)' });
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new ConfigError(`${path}: cannot be read: ${(error as Error).message}`);
    }
    return loadConfig(text, { ...settings, file: path });
  };
}

/**
 * Reads `host:port`, `[::1]:port` or `:port` (every address), as Prometheus's --web.listen-address.
 * @throws RangeError
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new RangeError(`Cannot listen on "${text}": expected host:port, such as ${DEFAULT_LISTEN}`);
  return { host: match[1] ?? (match[2] || '::'), port };
}

/** Whether only this machine can reach an address. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

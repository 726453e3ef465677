// Makes a Config from the text of a config file in Prometheus's format: every key checked, every error found at once
// and told with file, line and column.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compareText, type Labels } from '../../storage/model/labels.ts';
import { globFiles } from '../glob.ts';
import { type Findings, isEmpty, keyNode, openFindings } from '../yaml/findings.ts';
import { joinPath, type Reader } from '../yaml/schema.ts';
import {
  type Config,
  ConfigError,
  type GlobalConfig,
  type ScrapeConfig,
  type StorageConfig,
} from './config.ts';
import type { PathOf } from './http-client.ts';
import { idleNotes } from './idle.ts';
import { completeScrapeConfig, type Inherited, type WrittenScrapeConfig } from './scrape-config.ts';
import { hideSecrets } from './secrets.ts';
import { type ConfigFile, configFile, scrapeConfigFile } from './sections.ts';

export interface LoadOptions {
  /** Path of the file, as errors show it; paths in the file are relative to its folder. */
  readonly file: string;
  /** Environment for `external_labels` (and everywhere else with `expandEnv`); by default this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Replace `${VAR}` and `${VAR:-default}` in every value but patterns and replacements. */
  readonly expandEnv?: boolean;
}

const MINUTE_MS = 60_000;
const DEFAULT_SCRAPE_TIMEOUT_MS = 10_000;
const DEFAULT_SCRAPE_SELF_MS = 5_000;

/**
 * Reads a configuration.
 * @throws ConfigError with a line for every error
 */
export function loadConfig(text: string, options: LoadOptions): Config {
  const env = options.env ?? process.env;
  const found = openFindings(text, { file: options.file, env: options.expandEnv ? env : null });
  const errors: string[] = [];
  const notes: string[] = [];
  const written = readRoot(configFile, found) ?? EMPTY;
  const pathOf = pathsOf(options.file);
  const global = globalConfig(written.global, env, pathOf, found);
  const inherited = inheritedValues(written, global, pathOf);
  const jobs = new JobNames();
  const own = completeAll(written.scrape_configs ?? [], { inherited, pathOf, found, jobs });
  errors.push(...found.errors());
  const more = scrapeConfigFiles(written, { inherited, pathOf, jobs, options, env }, errors, notes);
  if (errors.length > 0) throw new ConfigError(errors.join('\n'));
  return {
    text,
    display: hideSecrets(text, found.secrets),
    global,
    scrapeConfigs: [...own, ...more],
    ruleFiles: (written.rule_files ?? []).map(pathOf),
    storage: storageConfig(written.storage),
    ferula: { scrapeSelfMs: written.ferula?.scrape_self ?? DEFAULT_SCRAPE_SELF_MS },
    notes: [...found.notes, ...idleNotes(written, written.scrape_configs ?? [], options.file), ...notes],
  };
}

const EMPTY: Partial<ConfigFile> = {};

function readRoot<T>(read: Reader<T>, found: Findings): T | undefined {
  if (found.root === null || isEmpty(found.root)) return undefined;
  return read({ node: found.root, path: '' }, found);
}

function pathsOf(file: string): PathOf {
  const folder = dirname(file);
  return (path) => (path === '' ? '' : resolve(folder, path));
}

function globalConfig(
  written: ConfigFile['global'],
  env: Readonly<Record<string, string | undefined>>,
  pathOf: PathOf,
  found: Findings,
): GlobalConfig {
  const scrapeIntervalMs = written?.scrape_interval || MINUTE_MS;
  const scrapeTimeoutMs = written?.scrape_timeout || Math.min(DEFAULT_SCRAPE_TIMEOUT_MS, scrapeIntervalMs);
  if (scrapeTimeoutMs > scrapeIntervalMs && found.root) {
    const node = keyNode(keyNode(found.root, 'global'), 'scrape_timeout');
    const path = joinPath('global', 'scrape_timeout');
    found.error(node, `${path}: must not be longer than the scrape interval (${scrapeIntervalMs / 1000} s)`);
  }
  return {
    scrapeIntervalMs,
    scrapeTimeoutMs,
    evaluationIntervalMs: written?.evaluation_interval || MINUTE_MS,
    ruleQueryOffsetMs: written?.rule_query_offset ?? 0,
    queryLogFile: pathOf(written?.query_log_file ?? ''),
    externalLabels: externalLabels(written?.external_labels ?? {}, env, found),
  };
}

/** As Go's os.Expand: a shell's special names are one character long. */
const SHELL_VARIABLE = /\$(?:\{([^}]*)\}|([*#$@!?\-0-9])|([A-Za-z_]\w*))/g;

/** Replaces `$VAR`, `${VAR}` and `$$` in the values; a variable that is not set becomes '', with a note. */
function externalLabels(
  written: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
  found: Findings,
): Labels {
  const expand = (value: string): string =>
    value.replace(SHELL_VARIABLE, (_, braced?: string, special?: string, bare?: string) => {
      if (special === '$') return '$';
      const name = braced ?? special ?? bare ?? '';
      if (!env[name]) found.note(`${found.file}: external_labels: environment variable ${name} is empty`);
      return env[name] ?? '';
    });
  return Object.keys(written)
    .sort(compareText)
    .map((name) => [name, expand(written[name])])
    .filter(([, value]) => value !== '')
    .flat();
}

function inheritedValues(written: Partial<ConfigFile>, global: GlobalConfig, pathOf: PathOf): Inherited {
  const values = written.global;
  return {
    global,
    written: {
      ...NOTHING,
      ...values,
      scrape_failure_log_file: pathOf(values?.scrape_failure_log_file ?? ''),
    },
  };
}
const NOTHING = {} as Inherited['written'];

function storageConfig(written: ConfigFile['storage']): StorageConfig {
  const tsdb = written?.tsdb;
  return {
    outOfOrderTimeWindowMs: tsdb?.out_of_order_time_window ?? null,
    retentionTimeMs: tsdb?.retention?.time ?? null,
    retentionSizeBytes: tsdb?.retention?.size ?? null,
  };
}

/** Where each job name was met first. */
class JobNames {
  readonly #places = new Map<string, string>();

  /** Takes a name; answers where it stands already, or undefined. */
  take(name: string, place: string): string | undefined {
    const first = this.#places.get(name);
    if (first === undefined) this.#places.set(name, place);
    return first;
  }
}

interface Completion {
  readonly inherited: Inherited;
  readonly pathOf: PathOf;
  readonly found: Findings;
  readonly jobs: JobNames;
}

function completeAll(
  written: readonly WrittenScrapeConfig[],
  { inherited, pathOf, found, jobs }: Completion,
): ScrapeConfig[] {
  return written.map((one) => {
    const name = one.value.job_name ?? '';
    const { path, node } = one.place;
    const first = name === '' ? undefined : jobs.take(name, `${found.file} ${path}`);
    if (first)
      found.error(
        keyNode(node, 'job_name'),
        `${path}.job_name: the job name ${JSON.stringify(name)} stands already at ${first}`,
      );
    return completeScrapeConfig(one, inherited, pathOf, found);
  });
}

interface Surroundings {
  readonly inherited: Inherited;
  readonly pathOf: PathOf;
  readonly jobs: JobNames;
  readonly options: LoadOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads the files of `scrape_config_files`; a pattern that matches no file is no error, as upstream. */
function scrapeConfigFiles(
  { scrape_config_files: patterns = [] }: Partial<ConfigFile>,
  { inherited, pathOf, jobs, options, env }: Surroundings,
  errors: string[],
  notes: string[],
): ScrapeConfig[] {
  return patterns.flatMap((pattern) =>
    globFiles(pathOf(pattern)).flatMap((file) => {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (error) {
        errors.push(`${file}: cannot be read: ${(error as Error).message}`);
        return [];
      }
      const found = openFindings(text, { file, env: options.expandEnv ? env : null });
      const written = readRoot(scrapeConfigFile, found)?.scrape_configs ?? [];
      const configs = completeAll(written, { inherited, pathOf: pathsOf(file), found, jobs });
      errors.push(...found.errors());
      notes.push(...idleNotes({}, written, file));
      return configs;
    }),
  );
}

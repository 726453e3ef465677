// Reads the flags of `ferula serve`. Pure: arguments in, values out.
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration, parseSize } from '../durations.ts';
import type { LogOptions } from '../log.ts';
import { DEFAULT_LISTEN, DEFAULT_STORE_PATH, parseListenAddress } from '../options.ts';
import { VERSION } from '../version.ts';
import { FLAGS, type FlagSpec } from './flag-table.ts';
import { createCommand, parseArguments, UsageError } from './usage.ts';

/** What the flags of `ferula serve` say, defaults filled in. */
export interface ServeFlags {
  /** undefined: `config.yml` of the current folder, else the built-in one. */
  readonly configFile: string | undefined;
  readonly expandEnv: boolean;
  /** How often to look for a changed configuration; 0: never. */
  readonly autoReloadMs: number;
  readonly storagePath: string;
  readonly synchronous: 'normal' | 'full';
  /** 0: not said. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** 0: no limit. */
  readonly maxSeries: number;
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  readonly externalUrl: string;
  readonly routePrefix: string;
  readonly corsOrigin: string;
  readonly pageTitle: string;
  readonly enableLifecycle: boolean;
  readonly enableAdminApi: boolean;
  readonly enableRemoteWriteReceiver: boolean;
  readonly enablePush: boolean;
  readonly enableOtlpReceiver: boolean;
  readonly queryTimeoutMs: number;
  readonly lookbackMs: number;
  readonly queryMaxConcurrency: number;
  readonly queryMaxSamples: number;
  readonly queryMaxMemoryBytes: number;
  readonly strictPromql: boolean;
  readonly features: ReadonlySet<string>;
  readonly log: LogOptions;
  /** Every flag as text, as /api/v1/status/flags shows them. */
  readonly values: Readonly<Record<string, string>>;
  /** Worth a log line: flags that were given and have no effect. */
  readonly notes: readonly string[];
}

/**
 * Reads the arguments behind `ferula serve`.
 * @throws UsageError where one is wrong; Printed where help was asked for
 */
export function parseServeFlags(args: readonly string[]): ServeFlags {
  const command = serveCommand();
  parseArguments(command, normalized(args));
  const given = new Set(FLAGS.filter(({ name }) => isGiven(command, name)).map(({ name }) => name));
  const value = (name: string): unknown => command.getOptionValue(attributeOf(name));
  const asText = (name: string): string => (value(name) as string | undefined) ?? '';
  const asNumber = (name: string): number => (value(name) as number | undefined) ?? 0;
  const asList = (name: string): readonly string[] => (value(name) as string[] | undefined) ?? [];
  const isOn = (name: string): boolean => value(name) === true;
  const features = new Set(asList('enable-feature').flatMap((list) => list.split(',')));
  features.delete('');
  const autoReloads = isOn('config.auto-reload') || features.has('auto-reload-config');
  return {
    configFile: asText('config.file') || undefined,
    expandEnv: isOn('config.expand-env'),
    autoReloadMs: autoReloads ? asNumber('config.auto-reload-interval') : 0,
    storagePath: storagePath(asText('storage.path'), asText('storage.tsdb.path')),
    synchronous: value('storage.synchronous') as ServeFlags['synchronous'],
    retentionMs: asNumber('storage.tsdb.retention.time'),
    retentionBytes: asNumber('storage.tsdb.retention.size'),
    maxSeries: asNumber('storage.max-series'),
    listen: (given.has('web.listen-address') ? asList('web.listen-address') : [DEFAULT_LISTEN]).map(
      listenAddress,
    ),
    externalUrl: asText('web.external-url'),
    routePrefix: asText('web.route-prefix'),
    corsOrigin: asText('web.cors.origin'),
    pageTitle: asText('web.page-title'),
    enableLifecycle: isOn('web.enable-lifecycle'),
    enableAdminApi: isOn('web.enable-admin-api'),
    enableRemoteWriteReceiver: isOn('web.enable-remote-write-receiver'),
    enablePush: isOn('web.enable-push'),
    enableOtlpReceiver: isOn('web.enable-otlp-receiver'),
    queryTimeoutMs: asNumber('query.timeout'),
    lookbackMs: asNumber('query.lookback-delta'),
    queryMaxConcurrency: Math.max(1, asNumber('query.max-concurrency')),
    queryMaxSamples: asNumber('query.max-samples'),
    queryMaxMemoryBytes: asNumber('query.max-memory'),
    strictPromql: isOn('strict-promql'),
    features,
    log: { level: asText('log.level'), format: asText('log.format') } as LogOptions,
    values: flagTexts(args, command),
    notes: notesOn(given, features),
  };
}

/** The command with all its flags, for parsing and for help. */
export function serveCommand(): Command {
  const command = createCommand('ferula serve')
    .description('Scrape, store and answer. This is what ferula does without a command.')
    .helpOption('-h, --help', 'Show this.')
    .version(VERSION, '--version', 'Show the version.')
    .allowExcessArguments(false);
  for (const spec of FLAGS) addFlag(command, spec);
  // Starting without the login or the certificates that somebody asked for would be worse than not starting.
  command.addOption(
    new Option('--web.config.file <file>').hideHelp().argParser(() => {
      throw new InvalidArgumentError('TLS and login are not supported yet; put a reverse proxy in front.');
    }),
  );
  return command;
}

function addFlag(command: Command, spec: FlagSpec): void {
  const { name, kind, help, choices } = spec;
  const hidden = spec.idle !== undefined;
  if (kind === 'switch') {
    const option = new Option(`--${name}`, help).hideHelp(hidden);
    if (spec.default === 'true') option.default(true);
    command.addOption(option).addOption(new Option(`--no-${name}`).hideHelp());
    return;
  }
  const option = new Option(`--${name} <${PLACEHOLDERS[kind]}>`, help).hideHelp(hidden);
  if (kind === 'list') {
    option.argParser((written: string, before: string[] | undefined) => [...(before ?? []), written]);
  } else {
    const parse: (written: string) => string | number = PARSERS[kind];
    if (spec.default !== '') option.default(parse(spec.default), spec.default);
    if (choices) option.choices(choices);
    else option.argParser((written) => parse(written));
  }
  command.addOption(option);
}

const PLACEHOLDERS = {
  text: 'text',
  list: 'text',
  duration: 'duration',
  size: 'bytes',
  count: 'number',
  number: 'number',
  choice: 'word',
} as const;

const PARSERS = {
  text: (written: string): string => written,
  choice: (written: string): string => written,
  duration: checked(parseDuration, 'It must be a duration such as 30s, 5m or 15d.'),
  size: checked(parseSize, 'It must be a size with its unit, such as 512MB.'),
  count: checked(
    (written) => (/^\d+$/.test(written) ? Number(written) : undefined),
    'It must be a whole number.',
  ),
  number: checked((written) => {
    const value = written.trim() === '' ? Number.NaN : Number(written);
    return Number.isNaN(value) ? undefined : value;
  }, 'It must be a number.'),
} as const;

function checked(parse: (written: string) => number | undefined, expected: string) {
  return (written: string): number => {
    const value = parse(written);
    if (value === undefined) throw new InvalidArgumentError(expected);
    return value;
  };
}

/** commander's name for a flag's value. */
function attributeOf(name: string): string {
  return new Option(`--${name}`).attributeName();
}

function isGiven(command: Command, name: string): boolean {
  return command.getOptionValueSource(attributeOf(name)) === 'cli';
}

/** Switches also come as `--x=true` and `--x=false`; commander knows `--x` and `--no-x`. */
function normalized(args: readonly string[]): string[] {
  return args.map((arg) => {
    const match = /^--([^=]+)=(true|false)$/.exec(arg);
    const isSwitch = FLAGS.some(({ name, kind }) => kind === 'switch' && name === match?.[1]);
    if (!match || !isSwitch) return arg;
    return match[2] === 'true' ? `--${match[1]}` : `--no-${match[1]}`;
  });
}

function storagePath(path: string, folder: string): string {
  if (path !== '' && folder !== '')
    throw new UsageError('--storage.path and --storage.tsdb.path say the same thing; give one of them');
  if (folder !== '') return join(folder, 'ferula.db');
  return path || DEFAULT_STORE_PATH;
}

function listenAddress(written: string): { host: string; port: number } {
  try {
    return parseListenAddress(written);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--web.listen-address: ${error.message}`);
  }
}

/** Features of upstream's that change something here; the rest are always on, or mean nothing outside Go. */
const KNOWN_FEATURES: ReadonlySet<string> = new Set([
  'auto-reload-config',
  'concurrent-rule-eval',
  'created-timestamp-zero-ingestion',
  'delayed-compaction',
  'exemplar-storage',
  'expand-external-labels',
  'extra-scrape-metrics',
  'histograms-st-encoding',
  'memory-snapshot-on-shutdown',
  'metadata-wal-records',
  'native-histograms',
  'no-default-scrape-port',
  'old-ui',
  'otlp-deltatocumulative',
  'otlp-native-delta-ingestion',
  'promql-at-modifier',
  'promql-binop-fill-modifiers',
  'promql-delayed-name-removal',
  'promql-duration-expr',
  'promql-experimental-functions',
  'promql-extended-range-selectors',
  'promql-negative-offset',
  'promql-per-step-stats',
  'remote-write-receiver',
  'search-api',
  'st-storage',
  'st-synthesis',
  'type-and-unit-labels',
  'use-start-timestamps',
  'use-uncached-io',
  'utf8-names',
  'xor2-encoding',
]);

function notesOn(given: ReadonlySet<string>, features: ReadonlySet<string>): string[] {
  const idle = FLAGS.filter(({ name, idle }) => idle !== undefined && given.has(name));
  const named = (kind: FlagSpec['idle']): string[] =>
    idle.filter((spec) => spec.idle === kind).map(({ name }) => `--${name}`);
  const [later, go] = [named('later'), named('go')];
  const unknown = [...features].filter((feature) => !KNOWN_FEATURES.has(feature));
  return [
    ...(given.has('storage.tsdb.retention.time')
      ? ['--storage.tsdb.retention.time: older samples are refused, but not removed yet']
      : []),
    ...(later.length > 0 ? [`flags without effect yet: ${later.join(', ')}`] : []),
    ...(go.length > 0 ? [`flags that only tune Prometheus's own program are ignored: ${go.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`--enable-feature: unknown, ignored: ${unknown.join(', ')}`] : []),
  ];
}

/** Values as they were written, or the defaults. */
function flagTexts(args: readonly string[], command: Command): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { name, kind, default: fallback } of FLAGS) {
    const value = command.getOptionValue(attributeOf(name));
    if (!isGiven(command, name)) texts[name] = fallback;
    else if (kind === 'switch' || kind === 'text' || kind === 'choice') texts[name] = String(value);
    else if (kind === 'list') texts[name] = (value as string[]).join(',');
    else texts[name] = lastWritten(args, name);
  }
  return texts;
}

function lastWritten(args: readonly string[], name: string): string {
  const flag = `--${name}`;
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return args[at] === flag ? args[at + 1] : args[at].slice(flag.length + 1);
}

// Every flag of `ferula serve`: its spelling, default and meaning. Those of Prometheus's own that have no meaning
// here are in it too, so that a command line that works there works here.

import { formatDuration } from '../durations.ts';
import {
  DEFAULT_LISTEN,
  DEFAULT_LOOKBACK_MS,
  DEFAULT_MAX_MEMORY_BYTES,
  DEFAULT_MAX_SAMPLES,
  DEFAULT_QUERY_TIMEOUT_MS,
  DEFAULT_STORE_PATH,
} from '../options.ts';

/** What a flag's value is. `list` may be given several times; `switch` takes no value. */
export type FlagKind = 'text' | 'list' | 'switch' | 'duration' | 'size' | 'count' | 'number' | 'choice';

export interface FlagSpec {
  /** Without the leading dashes. */
  readonly name: string;
  readonly kind: FlagKind;
  /** As it would be written; '' where there is none. */
  readonly default: string;
  readonly help: string;
  readonly choices?: readonly string[];
  /** `later`: taken and shown, with nothing behind it yet. `go`: tunes Prometheus's own program only. */
  readonly idle?: 'later' | 'go';
}

const MB = 2 ** 20;

const SERVER: readonly FlagSpec[] = [
  text('config.file', '', 'Configuration file; config.yml of the current folder where it is not given.'),
  toggle('config.expand-env', 'Replace environment variables in the configuration, written as in a shell.'),
  toggle('config.auto-reload', 'Reload the configuration when its file changes.'),
  duration('config.auto-reload-interval', '30s', 'How often it is looked at.'),
  text('storage.path', '', `The one file that holds everything (default: ${DEFAULT_STORE_PATH}).`),
  text('storage.tsdb.path', '', 'A folder: the same as --storage.path=FOLDER/ferula.db.'),
  {
    ...text(
      'storage.synchronous',
      'normal',
      'full: power loss costs nothing; normal: at most the last seconds.',
    ),
    kind: 'choice',
    choices: ['normal', 'full'],
  },
  {
    ...text(
      'storage.max-series',
      '0',
      'Series that may be held; scrapes that would add more fail. 0: no limit.',
    ),
    kind: 'count',
  },
  duration('storage.tsdb.retention.time', '', 'How long samples are kept, such as 15d.'),
  { ...size('storage.tsdb.retention.size', '', 'How large the file may grow, such as 10GB.'), idle: 'later' },
  {
    ...text(
      'web.listen-address',
      DEFAULT_LISTEN,
      `Address of the API and the pages; may be given several times (default: ${DEFAULT_LISTEN}).`,
    ),
    kind: 'list',
  },
  { ...text('web.external-url', '', 'URL under which others reach this server.'), idle: 'later' },
  {
    ...text('web.route-prefix', '', 'Prefix of every path; by default the path of --web.external-url.'),
    idle: 'later',
  },
  text(
    'web.cors.origin',
    '',
    'Origins whose pages may read the API (a regular expression); none by default.',
  ),
  { ...text('web.page-title', 'Ferula', 'Title of the pages.'), idle: 'later' },
  toggle('web.enable-lifecycle', 'Offer /-/reload and /-/quit.'),
  toggle('web.enable-admin-api', 'Offer the admin API.'),
  toggle('web.enable-remote-write-receiver', 'Take remote writes at /api/v1/write.'),
  toggle('web.enable-push', 'Take pushed metrics at /metrics/job/… and /api/v1/import/prometheus.'),
  { ...toggle('web.enable-otlp-receiver', 'Take OTLP metrics at /api/v1/otlp/v1/metrics.'), idle: 'later' },
  duration('query.timeout', formatDuration(DEFAULT_QUERY_TIMEOUT_MS), 'How long a query may take.'),
  duration(
    'query.lookback-delta',
    formatDuration(DEFAULT_LOOKBACK_MS),
    'How far back a query looks for a sample.',
  ),
  { ...text('query.max-concurrency', '20', 'Queries evaluated at a time, at most.'), kind: 'count' },
  {
    ...text('query.max-samples', String(DEFAULT_MAX_SAMPLES), 'Samples a query may hold at a time.'),
    kind: 'count',
  },
  size('query.max-memory', `${DEFAULT_MAX_MEMORY_BYTES / MB}MB`, 'Memory a query may use.'),
  toggle('strict-promql', 'Refuse what Prometheus hides behind feature flags.'),
  {
    ...text('enable-feature', '', 'Features to enable, separated by commas; may be given several times.'),
    kind: 'list',
  },
  {
    ...text('log.level', 'info', 'Least severity that is logged.'),
    kind: 'choice',
    choices: ['debug', 'info', 'warn', 'error'],
  },
  { ...text('log.format', 'logfmt', 'Form of log lines.'), kind: 'choice', choices: ['logfmt', 'json'] },
];

const LATER: readonly FlagSpec[] = idle('later', [
  duration('web.read-timeout', '5m', 'How long reading a request may take.'),
  { ...text('web.max-connections', '512', 'Connections at a time.'), kind: 'count' },
  {
    ...text('web.max-notifications-subscribers', '16', 'Live notification streams at a time.'),
    kind: 'count',
  },
  {
    ...text(
      'web.remote-write-receiver.accepted-protobuf-messages',
      '',
      'Remote-write messages that are taken.',
    ),
    kind: 'list',
  },
  duration('rules.alert.for-outage-tolerance', '1h', 'Outage after which an alert starts over.'),
  duration('rules.alert.for-grace-period', '10m', 'Least time a restored alert stays pending.'),
  duration('rules.alert.resend-delay', '1m', 'Least time between notifications of an alert.'),
  { ...text('rules.max-concurrent-evals', '4', 'Rules evaluated at a time.'), kind: 'count' },
  {
    ...text('alertmanager.notification-queue-capacity', '10000', 'Notifications that may wait.'),
    kind: 'count',
  },
  { ...text('alertmanager.notification-batch-size', '256', 'Notifications sent at a time.'), kind: 'count' },
  toggle('alertmanager.drain-notification-queue-on-shutdown', 'Send what waits when stopping.', 'true'),
  duration('storage.remote.flush-deadline', '1m', 'How long stopping waits for remote writes.'),
  {
    ...text('storage.remote.read-sample-limit', '5e7', 'Samples in an answer to a remote read.'),
    kind: 'number',
  },
  { ...text('storage.remote.read-concurrent-limit', '10', 'Remote reads at a time.'), kind: 'count' },
  {
    ...text('storage.remote.read-max-bytes-in-frame', '1048576', 'Bytes of a frame of a remote read.'),
    kind: 'count',
  },
  text('scrape.name-escaping-scheme', 'values', 'How names are escaped for older targets.'),
  toggle('scrape.adjust-timestamps', 'Snap timestamps to the schedule.', 'true'),
  duration('scrape.timestamp-tolerance', '2ms', 'How far a timestamp is snapped.'),
  duration('scrape.discovery-reload-interval', '5s', 'How often targets may change.'),
]);

const GO_ONLY: readonly FlagSpec[] = idle('go', [
  toggle('auto-gomaxprocs', '', 'true'),
  toggle('auto-gomemlimit', '', 'true'),
  text('auto-gomemlimit.ratio', '0.9', ''),
  text('web.console.templates', 'consoles', ''),
  text('web.console.libraries', 'console_libraries', ''),
  text('web.user-assets', '', ''),
  duration('storage.tsdb.min-block-duration', '2h', ''),
  duration('storage.tsdb.max-block-duration', '', ''),
  size('storage.tsdb.max-block-chunk-segment-size', '', ''),
  size('storage.tsdb.wal-segment-size', '', ''),
  toggle('storage.tsdb.wal-compression', '', 'true'),
  text('storage.tsdb.wal-compression-type', 'snappy', ''),
  toggle('storage.tsdb.no-lockfile', ''),
  toggle('storage.tsdb.allow-overlapping-blocks', '', 'true'),
  text('storage.tsdb.head-chunks-write-queue-size', '0', ''),
  text('storage.tsdb.samples-per-chunk', '120', ''),
  text('storage.tsdb.delayed-compaction.max-percent', '10', ''),
]);

/** All of them, in the order in which help lists them. */
export const FLAGS: readonly FlagSpec[] = [...SERVER, ...LATER, ...GO_ONLY];

function idle(why: FlagSpec['idle'], specs: readonly FlagSpec[]): readonly FlagSpec[] {
  return specs.map((spec) => ({ ...spec, idle: why }));
}

function text(name: string, fallback: string, help: string): FlagSpec {
  return { name, kind: 'text', default: fallback, help };
}

function toggle(name: string, help: string, fallback: 'true' | 'false' = 'false'): FlagSpec {
  return { name, kind: 'switch', default: fallback, help };
}

function duration(name: string, fallback: string, help: string): FlagSpec {
  return { name, kind: 'duration', default: fallback, help };
}

function size(name: string, fallback: string, help: string): FlagSpec {
  return { name, kind: 'size', default: fallback, help };
}

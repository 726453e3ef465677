// What is read and checked with nothing behind it yet, so that a log line can say so instead of silence. Whoever
// brings the part that acts on a key takes the key out of here.
import type { SharedValues, WrittenScrapeConfig } from './scrape-config.ts';
import type { ConfigFile } from './sections.ts';

const SECTIONS = [
  'global.query_log_file',
  'rule_files',
  'alerting',
  'remote_write',
  'remote_read',
  'otlp',
  'tracing',
  // Older samples are refused, but nothing is removed yet.
  'storage.tsdb.retention',
  'storage.exemplars',
] as const;

/** Keys of a job; those of `global` that jobs inherit count as well. */
const JOB_KEYS = [
  'oauth2',
  'scrape_failure_log_file',
  'scrape_native_histograms',
  'convert_classic_histograms_to_nhcb',
] as const;

/** Keys that tune Prometheus's own program. */
const GO_ONLY = ['runtime'] as const;

/** One note for what is idle and one for what is meaningless; none where there is nothing to say. */
export function idleNotes(
  written: Partial<ConfigFile>,
  jobs: readonly WrittenScrapeConfig[],
  file: string,
): string[] {
  const says = (values: object, path: string): boolean => {
    let value: unknown = values;
    for (const key of path.split('.'))
      value = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
    return value !== undefined && value !== false && !isNothing(value);
  };
  const inherited: Partial<SharedValues> = written.global ?? {};
  const idle = [
    ...SECTIONS.filter((key) => says(written, key)),
    ...JOB_KEYS.filter((key) => says(inherited, key)).map((key) => `global.${key}`),
    ...JOB_KEYS.filter((key) => jobs.some(({ value }) => says(value, key))).map(
      (key) => `scrape_configs.${key}`,
    ),
  ];
  const go = GO_ONLY.filter((key) => says(written, key));
  return [
    ...(idle.length > 0 ? [`${file}: read and checked, but not acted on yet: ${idle.join(', ')}`] : []),
    ...(go.length > 0 ? [`${file}: has no meaning outside Prometheus's own program: ${go.join(', ')}`] : []),
  ];
}

/** An empty list, or a mapping without anything in it. */
function isNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((inner) => inner === undefined || isNothing(inner));
}

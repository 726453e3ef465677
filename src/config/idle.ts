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
  'storage.tsdb.retention.size',
  'storage.tsdb.retention.percentage',
  'storage.exemplars',
] as const;

/** Keys of a job; those of `global` that jobs inherit count as well. */
const JOB_KEYS = [
  'scrape_native_histograms',
  'convert_classic_histograms_to_nhcb',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
] as const;

/** Keys that tune Prometheus's own program. */
const GO_ONLY = [
  'runtime',
  'storage.tsdb.stale_series_compaction_threshold',
  'storage.tsdb.chunk_encoding',
] as const;

/** Notes on what is idle, half done or meaningless; none where there is nothing to say. */
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
  const retains = says(written, 'storage.tsdb.retention.time');
  return [
    ...(retains
      ? [`${file}: storage.tsdb.retention.time: older samples are refused, but not removed yet`]
      : []),
    ...(idle.length > 0 ? [`${file}: read and checked, but not acted on yet: ${idle.join(', ')}`] : []),
    ...(go.length > 0 ? [`${file}: has no meaning outside Prometheus's own program: ${go.join(', ')}`] : []),
  ];
}

/** An empty list, or a mapping without anything in it. */
function isNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((inner) => inner === undefined || isNothing(inner));
}

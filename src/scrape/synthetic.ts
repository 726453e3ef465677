// The series that a scrape adds about itself, in the order they stand behind the target's own in the row.

export interface ScrapeReport {
  readonly up: boolean;
  readonly durationSeconds: number;
  readonly scraped: number;
  readonly kept: number;
  readonly seriesAdded: number;
  readonly timeoutSeconds: number;
  readonly sampleLimit: number;
  /** Unpacked; 0 where the scrape failed, -1 where it was over body_size_limit. */
  readonly bodyBytes: number;
}

const BASE: readonly [metric: string, value: (report: ScrapeReport) => number][] = [
  ['up', (report) => (report.up ? 1 : 0)],
  ['scrape_duration_seconds', (report) => report.durationSeconds],
  ['scrape_samples_scraped', (report) => report.scraped],
  ['scrape_samples_post_metric_relabeling', (report) => report.kept],
  ['scrape_series_added', (report) => report.seriesAdded],
];
/** With `extra_scrape_metrics` only. */
const EXTRA: typeof BASE = [
  ['scrape_timeout_seconds', (report) => report.timeoutSeconds],
  ['scrape_sample_limit', (report) => report.sampleLimit],
  ['scrape_body_size_bytes', (report) => report.bodyBytes],
];

export const SYNTHETIC_MAX = BASE.length + EXTRA.length;

export function syntheticSeries(extra: boolean): typeof BASE {
  return extra ? [...BASE, ...EXTRA] : BASE;
}

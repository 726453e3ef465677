// What the scraper counts, under upstream's names, for /metrics.
import type { AppendCounts } from '../../storage/sink.ts';
import type { OwnMetric } from '../threads/services.ts';

export interface ScrapeCounters {
  scrapes: number;
  failures: number;
  samples: number;
  outOfOrder: number;
  duplicate: number;
  outOfBounds: number;
  exceededSampleLimit: number;
  exceededBodyLimit: number;
  exceededLabelLimits: number;
  exceededTargetLimit: number;
  exceededSeriesBudget: number;
}

export function createCounters(): ScrapeCounters {
  return {
    scrapes: 0,
    failures: 0,
    samples: 0,
    outOfOrder: 0,
    duplicate: 0,
    outOfBounds: 0,
    exceededSampleLimit: 0,
    exceededBodyLimit: 0,
    exceededLabelLimits: 0,
    exceededTargetLimit: 0,
    exceededSeriesBudget: 0,
  };
}

/** Adds what the store did with samples. */
export function countAppended(counters: ScrapeCounters, counts: AppendCounts): void {
  counters.samples += counts.appended;
  counters.outOfOrder += counts.outOfOrder;
  counters.duplicate += counts.duplicate;
  counters.outOfBounds += counts.tooOld + counts.tooFarAhead;
}

const NAMES: readonly [keyof ScrapeCounters, name: string, help: string][] = [
  ['scrapes', 'ferula_scrapes_total', 'Scrapes that ended, in whatever way.'],
  ['failures', 'ferula_scrape_failures_total', 'Scrapes that failed; /api/v1/targets has the reasons.'],
  ['samples', 'ferula_scraped_samples_total', 'Samples that scrapes have stored.'],
  [
    'outOfOrder',
    'prometheus_target_scrapes_sample_out_of_order_total',
    'Scraped samples that were not newer than the newest of their series.',
  ],
  [
    'duplicate',
    'prometheus_target_scrapes_sample_duplicate_timestamp_total',
    'Scraped samples whose series had another value for their time already.',
  ],
  [
    'outOfBounds',
    'prometheus_target_scrapes_sample_out_of_bounds_total',
    'Scraped samples older than retention or too far in the future.',
  ],
  [
    'exceededSampleLimit',
    'prometheus_target_scrapes_exceeded_sample_limit_total',
    'Scrapes that failed because of sample_limit.',
  ],
  [
    'exceededBodyLimit',
    'prometheus_target_scrapes_exceeded_body_size_limit_total',
    'Scrapes that failed because of body_size_limit.',
  ],
  [
    'exceededLabelLimits',
    'prometheus_target_scrape_pool_exceeded_label_limits_total',
    'Scrapes that failed because of label_limit or a limit on label lengths.',
  ],
  [
    'exceededTargetLimit',
    'prometheus_target_scrape_pool_exceeded_target_limit_total',
    'Times that a job had more targets than target_limit.',
  ],
  [
    'exceededSeriesBudget',
    'ferula_scrapes_exceeded_series_limit_total',
    'Scrapes that failed because of series_limit or --storage.max-series.',
  ],
];

export function counterMetrics(counters: ScrapeCounters): OwnMetric[] {
  return NAMES.map(([key, name, help]) => ({
    name,
    type: 'counter',
    help,
    samples: [{ labels: {}, value: counters[key] }],
  }));
}

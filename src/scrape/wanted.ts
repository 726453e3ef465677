// What a configuration asks for, target by target: how to fetch it and what to make of it, in a form that two
// configurations can be compared by.
import { labelsFromObject } from '../../storage/model/labels.ts';
import type { Config, ScrapeConfig } from '../config/config.ts';
import { formatDuration } from '../durations.ts';
import { compileRelabel } from '../relabel.ts';
import { acceptHeader, bodyFormat } from './content-type.ts';
import type { CreateFetcher, Fetcher, FetchOptions } from './fetch.ts';
import { createInProcessFetcher } from './in-process.ts';
import type { Clock, LoopSettings } from './loop.ts';
import { hashText } from './schedule.ts';
import type { SeriesBudget } from './series-budget.ts';
import type { Target } from './target.ts';

export interface Wanted {
  readonly target: Target;
  readonly settings: LoopSettings;
  /** Equal texts: equal settings; functions do not compare. */
  readonly settingsKey: string;
  readonly fetchKey: string;
  makeFetcher(): Fetcher;
}

/** Targets inside this program, by job, and where their exposition text comes from. */
export interface InProcessSource {
  readonly jobs: readonly string[];
  exposition(job: string): string | Promise<string>;
}

/** The job under which Ferula's own metrics are stored. */
export const SELF_JOB = 'ferula';

/** For jobs that set no body_size_limit: far above any real exposition, far below what would hurt. */
const BODY_LIMIT_BYTES = 64 << 20;

/** Why no target of a job may be scraped; '' where all may. */
export function targetLimitError({ targetLimit }: ScrapeConfig, count: number): string {
  if (targetLimit === 0 || count <= targetLimit) return '';
  return `target_limit exceeded (number of targets: ${count}, limit: ${targetLimit})`;
}

export function wantedOfJob(
  job: ScrapeConfig,
  targets: readonly Target[],
  forcedError: string,
  userAgent: string,
  createFetcher: CreateFetcher,
  seriesBudget: SeriesBudget | null,
): Wanted[] {
  const metricRelabel = compileRelabel(job.metricRelabelConfigs);
  const labelsKey = JSON.stringify([
    job.honorLabels,
    job.labelLimit,
    job.labelNameLengthLimit,
    job.labelValueLengthLimit,
    job.metricNameValidationScheme,
    job.metricRelabelConfigs,
    seriesBudget !== null,
  ]);
  const accept = acceptHeader(job.scrapeProtocols, job.metricNameEscapingScheme);
  return targets.map((target): Wanted => {
    const settings: LoopSettings = {
      name: `${job.jobName} ${target.url}`,
      intervalMs: target.intervalMs,
      timeoutMs: target.timeoutMs,
      offsetMs: hashText(target.key) % target.intervalMs,
      honorLabels: job.honorLabels,
      honorTimestamps: job.honorTimestamps,
      trackTimestampsStaleness: job.trackTimestampsStaleness,
      sampleLimit: job.sampleLimit,
      seriesBudget,
      labelLimit: job.labelLimit,
      labelNameLengthLimit: job.labelNameLengthLimit,
      labelValueLengthLimit: job.labelValueLengthLimit,
      legacyNames: job.metricNameValidationScheme === 'legacy',
      extraScrapeMetrics: job.extraScrapeMetrics,
      metricRelabel,
      labelsKey,
      format: (contentType) => bodyFormat(contentType, job.fallbackScrapeProtocol),
      failureLogFile: job.scrapeFailureLogFile,
      forcedError,
    };
    const fetch: FetchOptions = {
      url: target.url,
      timeoutMs: target.timeoutMs,
      bodyLimitBytes: job.bodySizeLimitBytes ?? BODY_LIMIT_BYTES,
      // On the same machine unpacking costs more than it saves, so that nothing is asked for there.
      compression: job.enableCompression ?? undefined,
      accept,
      userAgent,
      http: job.http,
      socketPath: target.socketPath,
    };
    return {
      target,
      settings,
      settingsKey: JSON.stringify([settings, job.fallbackScrapeProtocol]),
      fetchKey: JSON.stringify(fetch),
      makeFetcher: () => createFetcher(fetch),
    };
  });
}

/** Our own targets are trusted: no limits, nothing to relabel. */
const IN_PROCESS_SETTINGS = {
  honorLabels: false,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  sampleLimit: 0,
  seriesBudget: null,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  legacyNames: false,
  extraScrapeMetrics: false,
  metricRelabel: (labels) => labels,
  labelsKey: '',
  format: () => 'text',
  failureLogFile: '',
  forcedError: '',
} satisfies Partial<LoopSettings>;

/** @param instance the `instance` label of all of them */
export function wantedInProcess(
  config: Config,
  source: InProcessSource,
  instance: string,
  clock: Clock,
): Wanted[] {
  return source.jobs.flatMap((job): Wanted[] => {
    const intervalMs = job === SELF_JOB ? config.ferula.scrapeSelfMs : config.global.scrapeIntervalMs;
    if (intervalMs === 0) return [];
    const timeoutMs = Math.min(intervalMs, config.global.scrapeTimeoutMs);
    const labels = labelsFromObject({ job, instance });
    const target: Target = {
      key: JSON.stringify(['in-process', ...labels]),
      jobName: job,
      discoveredLabels: {
        __address__: instance,
        __scrape_interval__: formatDuration(intervalMs),
        __scrape_timeout__: formatDuration(timeoutMs),
        job,
      },
      labels,
      url: `in-process:${job}`,
      socketPath: '',
      intervalMs,
      timeoutMs,
    };
    const offsetMs = hashText(target.key) % intervalMs;
    const settings: LoopSettings = {
      ...IN_PROCESS_SETTINGS,
      name: target.url,
      intervalMs,
      timeoutMs,
      offsetMs,
    };
    return [
      {
        target,
        settings,
        settingsKey: JSON.stringify(settings),
        fetchKey: String(timeoutMs),
        makeFetcher: () => createInProcessFetcher(() => source.exposition(job), timeoutMs, clock),
      },
    ];
  });
}

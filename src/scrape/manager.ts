// All targets of a configuration, each with its loop. A new configuration changes what differs: targets that stay keep
// their schedule, caches and series; those that go get their stale markers once it is sure that they do not come back.
import { hostname } from 'node:os';
import { type Labels, labelsFromObject, labelsToObject } from '../../storage/model/labels.ts';
import type { Sink } from '../../storage/sink.ts';
import type { MetricMetadata } from '../../storage/source.ts';
import type { Config, ScrapeConfig, TargetGroup } from '../config/config.ts';
import { compileRelabel } from '../relabel.ts';
import type { DroppedTarget, OwnMetric, TargetState, TargetsState } from '../threads/services.ts';
import { acceptHeader, bodyFormat } from './content-type.ts';
import { counterMetrics, createCounters } from './counters.ts';
import { createSharedTools } from './exposition.ts';
import { createFailureLogs } from './failure-log.ts';
import { type CreateFetcher, createFetcher, type Fetcher, type FetchOptions } from './fetch.ts';
import { createInProcessFetcher } from './in-process.ts';
import { type Clock, type LoopEnvironment, type LoopSettings, ScrapeLoop } from './loop.ts';
import { firstDelay, hashText, nextSlot } from './schedule.ts';
import { formatDuration, jobTargets, type Target } from './target.ts';

export interface ScrapeManagerOptions {
  readonly sink: Sink;
  /** Told after every append; the scrape does not wait for the commit. */
  readonly committer: { requestCommit(): void };
  readonly log: LoopEnvironment['log'];
  /** Targets inside this program, by job, and where their exposition text comes from. */
  readonly inProcess?: {
    readonly jobs: readonly string[];
    exposition(job: string): string | Promise<string>;
  };
  /** `instance` label of in-process targets. */
  readonly inProcessInstance?: string;
  readonly userAgent?: string;
  readonly clock?: Clock;
  readonly createFetcher?: CreateFetcher;
}

/** A target that configuration asks for, and how it is to be scraped. */
interface Wanted {
  readonly target: Target;
  readonly settings: LoopSettings;
  /** Equal texts: equal settings; functions do not compare. */
  readonly settingsKey: string;
  readonly fetchKey: string;
  makeFetcher(): Fetcher;
}

interface Active {
  readonly loop: ScrapeLoop;
  wanted: Wanted;
}

/** A target that is gone, until its stale markers are written. */
interface Retiring {
  readonly active: Active;
  readonly timer: unknown;
}

/** The job under which Ferula's own metrics are stored. */
export const SELF_JOB = 'ferula';

/** For jobs that set no body_size_limit: far above any real exposition, far below what would hurt. */
const BODY_LIMIT_BYTES = 64 << 20;

export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

export class ScrapeManager {
  readonly #options: ScrapeManagerOptions;
  readonly #environment: LoopEnvironment;
  readonly #counters = createCounters();
  #active = new Map<string, Active>();
  readonly #retiring = new Map<string, Retiring>();
  #dropped: readonly DroppedTarget[] = [];
  #droppedCounts: Readonly<Record<string, number>> = {};

  constructor(options: ScrapeManagerOptions) {
    this.#options = options;
    this.#environment = {
      clock: options.clock ?? systemClock,
      sink: options.sink,
      requestCommit: () => options.committer.requestCommit(),
      counters: this.#counters,
      tools: createSharedTools(),
      failureLogs: createFailureLogs((file, error) =>
        options.log('error', 'scrape failures cannot be logged', { file, error: error.message }),
      ),
      log: options.log,
    };
  }

  /**
   * Follows a configuration.
   * @param groupsByJob all target groups of each job, static ones included; static groups alone where it is left out.
   */
  apply(config: Config, groupsByJob?: ReadonlyMap<string, readonly TargetGroup[]>): void {
    const wanted = new Map<string, Wanted>();
    const dropped: DroppedTarget[] = [];
    const droppedCounts: Record<string, number> = {};
    for (const job of config.scrapeConfigs) {
      const found = jobTargets(job, groupsByJob?.get(job.jobName) ?? job.staticConfigs);
      for (const problem of found.problems) {
        this.#environment.log('error', 'not a target', { scrape_pool: job.jobName, error: problem });
      }
      droppedCounts[job.jobName] = found.dropped.length;
      dropped.push(...found.dropped.slice(0, job.keepDroppedTargets || undefined));
      for (const one of this.#wantedOfJob(job, found.targets)) wanted.set(keyOf(one.target), one);
    }
    for (const one of this.#wantedInProcess(config)) wanted.set(keyOf(one.target), one);
    this.#dropped = dropped;
    this.#droppedCounts = droppedCounts;
    this.#follow(wanted);
  }

  /** Every target and how its last scrape went. */
  states(): TargetsState {
    const host = hostname();
    const active = [...this.#active.values()].map(
      ({ loop, wanted: { target } }): TargetState => ({
        discoveredLabels: target.discoveredLabels,
        labels: labelsToObject(target.labels),
        scrapePool: target.jobName,
        scrapeUrl: target.url,
        globalUrl: globalUrl(target.url, host),
        scrapeIntervalMs: target.intervalMs,
        scrapeTimeoutMs: target.timeoutMs,
        ...loop.state,
      }),
    );
    return { active, dropped: this.#dropped, droppedCounts: this.#droppedCounts };
  }

  /** What each target's expositions say of its metrics. */
  targetMetadata(): { readonly labels: Labels; readonly metadata: readonly MetricMetadata[] }[] {
    return [...this.#active.values()].map(({ loop }) => ({
      labels: loop.labels,
      metadata: loop.metadata.list(),
    }));
  }

  /** Counters and gauges for /metrics. */
  metrics(): OwnMetric[] {
    const perJob = new Map<string, number>();
    for (const { wanted } of this.#active.values()) {
      perJob.set(wanted.target.jobName, (perJob.get(wanted.target.jobName) ?? 0) + 1);
    }
    return [
      ...counterMetrics(this.#counters),
      {
        name: 'prometheus_target_scrape_pool_targets',
        type: 'gauge',
        help: 'Targets that each job scrapes.',
        samples: [...perJob].map(([job, value]) => ({ labels: { scrape_job: job }, value })),
      },
    ];
  }

  /** Stops all scraping. Nothing is marked stale: the program starts again where it was. */
  close(): void {
    for (const { loop } of this.#active.values()) loop.stop();
    for (const { timer } of this.#retiring.values()) this.#environment.clock.clearTimeout(timer);
    this.#active.clear();
    this.#retiring.clear();
    this.#environment.failureLogs.close();
  }

  #follow(wanted: ReadonlyMap<string, Wanted>): void {
    const before = this.#active;
    this.#active = new Map();
    for (const [key, one] of wanted) {
      const kept = before.get(key) ?? this.#takeBack(key);
      before.delete(key);
      if (kept) this.#adjust(kept, one);
      const active = kept ?? this.#create(one, wanted.size);
      this.#active.set(key, active);
    }
    for (const [key, active] of before) this.#retire(key, active);
  }

  #create(wanted: Wanted, targetCount: number): Active {
    const { target, settings } = wanted;
    const loop = new ScrapeLoop(this.#environment, target.labels, settings, wanted.makeFetcher());
    loop.start(firstDelay(hashText(target.key), settings.intervalMs, targetCount));
    return { loop, wanted };
  }

  #adjust(active: Active, wanted: Wanted): void {
    const { settingsKey, fetchKey } = active.wanted;
    active.wanted = wanted;
    if (settingsKey === wanted.settingsKey && fetchKey === wanted.fetchKey) return;
    active.loop.reconfigure(wanted.settings, fetchKey === wanted.fetchKey ? null : wanted.makeFetcher());
  }

  /** A target that went and came back before its markers were written goes on as if nothing had been. */
  #takeBack(key: string): Active | undefined {
    const retiring = this.#retiring.get(key);
    if (!retiring) return undefined;
    this.#environment.clock.clearTimeout(retiring.timer);
    this.#retiring.delete(key);
    retiring.active.loop.start(Number.POSITIVE_INFINITY);
    return retiring.active;
  }

  /**
   * Ends a target at the time of its next scrape; but only when the one after that would have been, for a target that
   * discovery lost for a moment must not be marked.
   */
  #retire(key: string, active: Active): void {
    const { clock } = this.#environment;
    const { intervalMs, offsetMs } = active.loop.settings;
    active.loop.stop();
    const now = clock.now();
    const endMs = nextSlot(now, intervalMs, offsetMs);
    const timer = clock.setTimeout(
      () => {
        this.#retiring.delete(key);
        const live = new Set<number>();
        for (const { loop } of this.#active.values()) loop.collectLive(live);
        active.loop.end(endMs, live);
      },
      endMs - now + 1.1 * intervalMs,
    );
    this.#retiring.set(key, { active, timer });
  }

  #wantedOfJob(job: ScrapeConfig, targets: readonly Target[]): Wanted[] {
    const { targetLimit } = job;
    let forcedError = '';
    if (targetLimit > 0 && targets.length > targetLimit) {
      forcedError = `target_limit exceeded (number of targets: ${targets.length}, limit: ${targetLimit})`;
      this.#counters.exceededTargetLimit++;
    }
    const metricRelabel = compileRelabel(job.metricRelabelConfigs);
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
        labelLimit: job.labelLimit,
        labelNameLengthLimit: job.labelNameLengthLimit,
        labelValueLengthLimit: job.labelValueLengthLimit,
        legacyNames: job.metricNameValidationScheme === 'legacy',
        extraScrapeMetrics: job.extraScrapeMetrics,
        metricRelabel,
        format: (contentType) => bodyFormat(contentType, job.fallbackScrapeProtocol),
        failureLogFile: job.scrapeFailureLogFile,
        forcedError,
      };
      const fetch: FetchOptions = {
        url: target.url,
        timeoutMs: target.timeoutMs,
        bodyLimitBytes: job.bodySizeLimitBytes || BODY_LIMIT_BYTES,
        compression: job.enableCompression ? undefined : false,
        accept: acceptHeader(job.scrapeProtocols, job.metricNameEscapingScheme),
        userAgent: this.#options.userAgent ?? 'Ferula',
        http: job.http,
      };
      return {
        target,
        settings,
        settingsKey: JSON.stringify([settings, job.metricRelabelConfigs, job.fallbackScrapeProtocol]),
        fetchKey: JSON.stringify(fetch),
        makeFetcher: () => (this.#options.createFetcher ?? createFetcher)(fetch),
      };
    });
  }

  #wantedInProcess(config: Config): Wanted[] {
    const source = this.#options.inProcess;
    if (!source) return [];
    const instance = this.#options.inProcessInstance ?? 'in-process';
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
        intervalMs,
        timeoutMs,
      };
      const settings: LoopSettings = {
        name: target.url,
        intervalMs,
        timeoutMs,
        offsetMs: hashText(target.key) % intervalMs,
        honorLabels: false,
        honorTimestamps: true,
        trackTimestampsStaleness: false,
        sampleLimit: 0,
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
        legacyNames: false,
        extraScrapeMetrics: false,
        metricRelabel: (unchanged) => unchanged,
        format: () => 'text',
        failureLogFile: '',
        forcedError: '',
      };
      const { clock } = this.#environment;
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
}

function keyOf(target: Target): string {
  return `${target.jobName}\n${target.key}`;
}

/** The URL as others reach it: a loopback address becomes this machine's name. */
function globalUrl(text: string, host: string): string {
  const url = new URL(text);
  if (url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]')
    url.hostname = host;
  return url.href;
}

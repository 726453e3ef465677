// All targets of a configuration, each with its loop. A new configuration changes what differs: targets that stay keep
// their schedule, caches and series; those that go get their stale markers once it is sure that they do not come back.
import { hostname } from 'node:os';
import { type Labels, labelsToObject } from '../../storage/model/labels.ts';
import type { Sink } from '../../storage/sink.ts';
import type { MetricMetadata } from '../../storage/source.ts';
import type { Config, ScrapeConfig, TargetGroup } from '../config/config.ts';
import type { DroppedTarget, OwnMetric, TargetState, TargetsState } from '../threads/services.ts';
import { counterMetrics, createCounters } from './counters.ts';
import { DurationsSeen } from './durations-seen.ts';
import { createSharedTools } from './exposition.ts';
import { createFailureLogs } from './failure-log.ts';
import { type CreateFetcher, createFetcher } from './fetch.ts';
import { type Clock, type LoopEnvironment, ScrapeLoop } from './loop.ts';
import { firstDelay, hashText, nextSlot } from './schedule.ts';
import { SeriesBudget } from './series-budget.ts';
import { jobTargets, type Target } from './target.ts';
import {
  type InProcessSource,
  targetLimitError,
  type Wanted,
  wantedInProcess,
  wantedOfJob,
} from './wanted.ts';

export interface ScrapeManagerOptions {
  readonly sink: Sink;
  /** Told after every append; the scrape does not wait for the commit. */
  readonly committer: { requestCommit(): void };
  readonly log: LoopEnvironment['log'];
  readonly inProcess?: InProcessSource;
  /** `instance` label of in-process targets. */
  readonly inProcessInstance?: string;
  readonly userAgent?: string;
  readonly clock?: Clock;
  readonly createFetcher?: CreateFetcher;
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
  readonly #intervals = new DurationsSeen();
  readonly #syncs = new DurationsSeen();
  readonly #budgets = new Map<string, SeriesBudget>();
  #jobs: readonly ScrapeConfig[] = [];
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
      intervals: this.#intervals,
      largestSource: () => this.#largestSource(),
      log: options.log,
    };
  }

  /**
   * Follows a configuration.
   * @param groupsByJob all target groups of each job, static ones included; static groups alone where it is left out.
   */
  apply(config: Config, groupsByJob?: ReadonlyMap<string, readonly TargetGroup[]>): void {
    const {
      inProcess,
      inProcessInstance = 'in-process',
      userAgent = 'Ferula',
      createFetcher: makeFetcher = createFetcher,
    } = this.#options;
    const { clock } = this.#environment;
    const wanted = new Map<string, Wanted>();
    const dropped: DroppedTarget[] = [];
    const droppedCounts: Record<string, number> = {};
    this.#jobs = config.scrapeConfigs;
    this.#syncs.retain(new Set(config.scrapeConfigs.map(({ jobName }) => jobName)));
    for (const job of config.scrapeConfigs) {
      const startedAt = clock.monotonic();
      const found = jobTargets(job, groupsByJob?.get(job.jobName) ?? job.staticConfigs);
      for (const problem of found.problems) {
        this.#environment.log('error', 'not a target', { scrape_pool: job.jobName, error: problem });
      }
      droppedCounts[job.jobName] = found.dropped.length;
      dropped.push(...found.dropped.slice(0, job.keepDroppedTargets || undefined));
      const tooMany = targetLimitError(job, found.targets.length);
      if (tooMany !== '') this.#counters.exceededTargetLimit++;
      const budget = this.#budgetOf(job);
      for (const one of wantedOfJob(job, found.targets, tooMany, userAgent, makeFetcher, budget)) {
        wanted.set(keyOf(one.target), one);
      }
      this.#syncs.observe(job.jobName, (clock.monotonic() - startedAt) / 1000);
    }
    if (inProcess) {
      for (const one of wantedInProcess(config, inProcess, inProcessInstance, clock))
        wanted.set(keyOf(one.target), one);
    }
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
    const targets = new Map<string, number>(this.#jobs.map(({ jobName }) => [jobName, 0]));
    const metadata = new Map<string, number>(targets);
    for (const { wanted, loop } of this.#active.values()) {
      const job = wanted.target.jobName;
      targets.set(job, (targets.get(job) ?? 0) + 1);
      metadata.set(job, (metadata.get(job) ?? 0) + loop.metadata.size);
    }
    const limits = new Map(this.#jobs.map(({ jobName, targetLimit }) => [jobName, targetLimit]));
    const series = new Map([...this.#budgets].map(([job, { count }]) => [job, count]));
    return [
      ...counterMetrics(this.#counters),
      ...this.#intervals.metrics(
        'prometheus_target_interval_length_seconds',
        'interval',
        'Times between scrapes, by interval.',
      ),
      ...this.#syncs.metrics(
        'prometheus_target_sync_length_seconds',
        'scrape_job',
        'Times to work out what the targets of a job are.',
      ),
      byJob('prometheus_target_scrape_pool_targets', 'Targets that each job scrapes.', targets),
      byJob('prometheus_target_scrape_pool_target_limit', 'The target_limit of each job; 0: none.', limits),
      byJob('prometheus_target_metadata_cache_entries', 'Metrics whose type or help is known.', metadata),
      byJob('ferula_scrape_job_series', 'Series of a day that count for series_limit.', series),
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

  /** The budget goes on through new configurations. */
  #budgetOf({ jobName, seriesLimit }: ScrapeConfig): SeriesBudget | null {
    if (seriesLimit === 0) {
      this.#budgets.delete(jobName);
      return null;
    }
    const budget = this.#budgets.get(jobName) ?? new SeriesBudget(seriesLimit);
    budget.limit = seriesLimit;
    this.#budgets.set(jobName, budget);
    return budget;
  }

  #largestSource(): string {
    let largest: ScrapeLoop | undefined;
    for (const { loop } of this.#active.values())
      if (largest === undefined || loop.newSeries > largest.newSeries) largest = loop;
    return largest === undefined ? 'no target' : `${largest.settings.name} (${largest.newSeries})`;
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
}

function byJob(name: string, help: string, values: ReadonlyMap<string, number>): OwnMetric {
  const samples = [...values].map(([job, value]) => ({ labels: { scrape_job: job }, value }));
  return { name, type: 'gauge', help, samples };
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

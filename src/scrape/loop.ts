// One target, scraped on schedule: fetch, parse, decide, append. Without overlap, since the next scrape is armed when
// one has ended; without drift, since slots lie on a grid.
import { SeriesLimitError } from '../../storage/index.ts';
import type { Labels } from '../../storage/model/labels.ts';
import type { Sink } from '../../storage/sink.ts';
import { formatDuration } from '../durations.ts';
import type { Relabel } from '../relabel.ts';
import type { TargetHealth } from '../threads/services.ts';
import { BodyLimitError } from './body-buffer.ts';
import type { BodyFormat } from './content-type.ts';
import type { ScrapeCounters } from './counters.ts';
import type { DurationsSeen } from './durations-seen.ts';
import {
  createExpositionReader,
  type ExpositionReader,
  type RowChange,
  type SharedTools,
} from './exposition.ts';
import type { FailureLogs } from './failure-log.ts';
import type { FetchedBody, Fetcher } from './fetch.ts';
import { createMetadataCache, type MetadataCache } from './metadata.ts';
import { protobufToText } from './protobuf.ts';
import { RowWriter, SYNTHETIC_MAX } from './row-writer.ts';
import { alignedTime, nextSlot, toleranceMs } from './schedule.ts';
import { type SeriesBudget, SeriesBudgetError } from './series-budget.ts';
import {
  checkLabels,
  createLabelAttacher,
  LabelLimitError,
  type LabelLimits,
  ScrapeError,
} from './series-labels.ts';
import type { ScrapeReport } from './synthetic.ts';

/** Time and timers, so that tests can turn them by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** What the loops of a manager share. */
export interface LoopEnvironment {
  readonly clock: Clock;
  readonly sink: Sink;
  readonly requestCommit: () => void;
  readonly counters: ScrapeCounters;
  readonly tools: SharedTools;
  readonly failureLogs: FailureLogs;
  /** Times between scrapes, by interval. */
  readonly intervals: DurationsSeen;
  /** The target that has brought the most new series, in words. */
  readonly largestSource: () => string;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    details?: Readonly<Record<string, unknown>>,
  ) => void;
}

/** How a target is scraped; everything here may change while its loop runs. */
export interface LoopSettings extends LabelLimits {
  /** For log lines: job and URL. */
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Where in each interval the target has its slot. */
  readonly offsetMs: number;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly sampleLimit: number;
  /** The job's, shared by its targets; null: no limit. */
  readonly seriesBudget: SeriesBudget | null;
  readonly extraScrapeMetrics: boolean;
  readonly metricRelabel: Relabel;
  /** Equal texts: the settings above make the same labels of a series. */
  readonly labelsKey: string;
  readonly format: (contentType: string) => BodyFormat;
  /** Where failures are logged; '' nowhere. */
  readonly failureLogFile: string;
  /** Fails every scrape with this text; '' none (target_limit). */
  readonly forcedError: string;
}

/** What /api/v1/targets shows of a loop. */
export interface LoopState {
  readonly health: TargetHealth;
  readonly lastError: string;
  readonly lastScrapeMs: number;
  readonly lastScrapeDurationSeconds: number;
  readonly samplesScraped: number;
}

/** Longer delays make Node's timers fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const DROPPED_MESSAGES: readonly [key: 'outOfOrder' | 'duplicate' | 'outOfBounds', message: string][] = [
  ['outOfOrder', 'Error on ingesting out-of-order samples'],
  ['duplicate', 'Error on ingesting samples with different value but same timestamp'],
  ['outOfBounds', 'Error on ingesting samples that are too old or are too far into the future'],
];

/** The store failed, which is no fault of the target's. */
class StoreError extends Error {
  override name = 'StoreError';
}

export class ScrapeLoop {
  readonly labels: Labels;
  readonly metadata: MetadataCache = createMetadataCache();
  readonly #environment: LoopEnvironment;
  #settings: LoopSettings;
  #fetcher: Fetcher;
  readonly #reader: ExpositionReader;
  #rows: RowWriter | null = null;
  #timer: unknown = null;
  #slotMs = 0;
  #running = false;
  #stopped = true;
  /** Counts starts and stops, so that a scrape of an earlier run knows that it is none of the present one's. */
  #run = 0;
  /** When the last scrape started, on the clock that never jumps; 0: none since the start. */
  #lastStart = 0;
  #budgetDay = 0;
  #newSeries = 0;
  #state: LoopState = {
    health: 'unknown',
    lastError: '',
    lastScrapeMs: 0,
    lastScrapeDurationSeconds: 0,
    samplesScraped: 0,
  };

  constructor(environment: LoopEnvironment, labels: Labels, settings: LoopSettings, fetcher: Fetcher) {
    this.#environment = environment;
    this.labels = labels;
    this.#settings = settings;
    this.#fetcher = fetcher;
    this.#reader = createExpositionReader(
      this.#readerOptions(),
      this.metadata,
      SYNTHETIC_MAX,
      environment.tools,
    );
  }

  get state(): LoopState {
    return this.#state;
  }

  get settings(): LoopSettings {
    return this.#settings;
  }

  /** Series that were new to the target, since the start. */
  get newSeries(): number {
    return this.#newSeries;
  }

  /** Starts scraping: after `delayMs` for the first time where that comes well before the first slot, then on slots. */
  start(delayMs: number): void {
    const { clock } = this.#environment;
    const { intervalMs, offsetMs } = this.#settings;
    this.#stopped = false;
    this.#run++;
    const now = clock.now();
    const slot = nextSlot(now, intervalMs, offsetMs);
    const first = Math.round(now + delayMs);
    this.#arm(slot - first > intervalMs / 10 ? first : slot);
  }

  /** Stops scraping; a running scrape is broken off and leaves nothing. `start` may follow. */
  stop(): void {
    this.#stopped = true;
    this.#run++;
    this.#running = false;
    this.#lastStart = 0;
    this.#environment.clock.clearTimeout(this.#timer);
    this.#fetcher.close();
  }

  /** Takes new settings and, where the way to the target changed, a new fetcher. The row and its series go on. */
  reconfigure(settings: LoopSettings, fetcher: Fetcher | null): void {
    const before = this.#settings;
    this.#settings = settings;
    if (fetcher !== null) {
      const old = this.#fetcher;
      this.#fetcher = fetcher;
      old.close();
    }
    this.#reader.reconfigure(this.#readerOptions(), settings.labelsKey === before.labelsKey);
    if (settings.extraScrapeMetrics !== before.extraScrapeMetrics) {
      this.#rows?.useExtra(settings.extraScrapeMetrics);
    }
    const moved = settings.intervalMs !== before.intervalMs || settings.offsetMs !== before.offsetMs;
    if (moved && !this.#stopped && !this.#running) {
      this.#arm(nextSlot(this.#environment.clock.now(), settings.intervalMs, settings.offsetMs));
    }
  }

  /** Writes the stale markers of a target that is gone for good. */
  end(timeMs: number, liveElsewhere: ReadonlySet<number>): void {
    this.#rows?.end(timeMs, this.#trackedIds(), liveElsewhere);
    this.#environment.requestCommit();
  }

  collectLive(ids: Set<number>): void {
    this.#rows?.collectLive(ids);
  }

  #readerOptions() {
    const settings = this.#settings;
    const attach = createLabelAttacher(this.labels, settings.honorLabels);
    return {
      honorTimestamps: settings.honorTimestamps,
      trackTimestampsStaleness: settings.trackTimestampsStaleness,
      sampleLimit: settings.sampleLimit,
      decide: (texts: string[]): Labels | null => {
        const labels = settings.metricRelabel(attach(texts));
        if (labels === null || labels.length === 0) return null;
        checkLabels(labels, settings);
        settings.seriesBudget?.take(labels);
        return labels;
      },
    };
  }

  #arm(slotMs: number): void {
    const { clock } = this.#environment;
    clock.clearTimeout(this.#timer);
    this.#slotMs = slotMs;
    const delay = Math.min(Math.max(0, slotMs - clock.now()), TIMER_MS_MAX);
    this.#timer = clock.setTimeout(() => this.#onTimer(), delay);
  }

  #onTimer(): void {
    const { clock, log } = this.#environment;
    const early = this.#slotMs - clock.now();
    if (early > toleranceMs(this.#settings.intervalMs)) {
      // The clock was set back, the timer fired early, or the slot is further away than a timer reaches.
      this.#arm(early > this.#settings.intervalMs ? this.#followingSlot() : this.#slotMs);
      return;
    }
    this.#running = true;
    const run = this.#run;
    this.#scrape(run)
      .catch((error: Error) => {
        const lastError = `scrape could not be stored: ${error.message}`;
        this.#state = { ...this.#state, health: 'down', lastError };
        log('error', 'scrape could not be stored', { target: this.#settings.name, error: error.message });
      })
      .finally(() => {
        if (this.#run !== run) return;
        this.#running = false;
        this.#arm(this.#followingSlot());
      });
  }

  /** The slot after the one just used. A slot that passed during a long scrape is used late, older ones are skipped. */
  #followingSlot(): number {
    const { intervalMs, offsetMs } = this.#settings;
    const next = nextSlot(this.#slotMs, intervalMs, offsetMs);
    const now = this.#environment.clock.now();
    // A first scrape just before its slot makes that slot superfluous.
    const gap = next - this.#slotMs > intervalMs / 10 ? 0 : intervalMs;
    // The present scrape may have started a little before its slot.
    const ahead = next - now <= intervalMs + toleranceMs(intervalMs);
    if (now - next < intervalMs && ahead) return next + gap;
    return nextSlot(now, intervalMs, offsetMs);
  }

  async #scrape(run: number): Promise<void> {
    const { clock, counters, intervals } = this.#environment;
    const settings = this.#settings;
    const fetcher = this.#fetcher;
    const timeMs = alignedTime(clock.now(), this.#slotMs, settings.intervalMs);
    const startedAt = clock.monotonic();
    if (this.#lastStart > 0)
      intervals.observe(formatDuration(settings.intervalMs), (startedAt - this.#lastStart) / 1000);
    this.#lastStart = startedAt;
    let body: FetchedBody | null = null;
    let failure: Error | null = null;
    try {
      if (settings.forcedError !== '') throw new ScrapeError(settings.forcedError);
      body = await fetcher.fetch();
    } catch (error) {
      failure = error as Error;
    }
    try {
      if (this.#run !== run || this.#fetcher !== fetcher) return;
      const durationSeconds = (clock.monotonic() - startedAt) / 1000;
      counters.scrapes++;
      if (body !== null) failure = this.#accept(body, timeMs, durationSeconds);
      if (failure !== null) this.#refuse(failure, body !== null, timeMs, durationSeconds);
      this.#state = {
        health: failure === null ? 'up' : 'down',
        lastError: failure?.message ?? '',
        lastScrapeMs: timeMs,
        lastScrapeDurationSeconds: durationSeconds,
        samplesScraped: body === null ? 0 : this.#reader.scraped,
      };
    } finally {
      body?.release();
    }
  }

  /** Parses and stores a body. Returns why it was refused, or null. */
  #accept(body: FetchedBody, timeMs: number, durationSeconds: number): Error | null {
    const { sink, counters, requestCommit } = this.#environment;
    const reader = this.#reader;
    const { sampleLimit, seriesBudget } = this.#settings;
    let change: RowChange;
    try {
      const text = this.#read(body, timeMs);
      if (sampleLimit > 0 && reader.kept > sampleLimit) {
        counters.exceededSampleLimit++;
        throw new ScrapeError(`sample limit exceeded (samples: ${reader.kept}, limit: ${sampleLimit})`);
      }
      change = reader.accept(text.bytes, (labels) => this.#seriesId(labels));
    } catch (error) {
      if (error instanceof StoreError) throw error.cause;
      return error as Error;
    }
    seriesBudget?.keep();
    this.#newSeries += reader.seriesAdded;
    const before = { ...counters };
    counters.duplicate += reader.duplicates;
    this.#writer().accept(reader, change, timeMs, this.#report(true, durationSeconds, body.length));
    this.#logDropped(before);
    const metadata = this.metadata.takeChanges();
    if (metadata.length > 0) sink.appendMetadata(metadata);
    requestCommit();
    return null;
  }

  /** Reads a body in whatever format it is. */
  #read(body: FetchedBody, timeMs: number): { readonly bytes: Uint8Array; readonly length: number } {
    const reader = this.#reader;
    const { format: formatOf, seriesBudget } = this.#settings;
    if (seriesBudget !== null) {
      const day = seriesBudget.begin(timeMs);
      if (day !== this.#budgetDay) reader.reconfigure(this.#readerOptions(), false);
      this.#budgetDay = day;
    }
    const format = body.length === 0 ? 'text' : formatOf(body.contentType);
    const text = format === 'protobuf' ? protobufToText(body.bytes, body.length) : body;
    reader.read(text.bytes, text.length, format === 'openmetrics' ? 'openmetrics' : 'text');
    return text;
  }

  /** The store's id of a series. @throws SeriesBudgetError where the store takes no more; StoreError */
  #seriesId(labels: Labels): number {
    try {
      return this.#environment.sink.seriesId(labels);
    } catch (cause) {
      const error = cause as Error;
      if (!(error instanceof SeriesLimitError)) throw new StoreError(error.message, { cause });
      throw new SeriesBudgetError(
        `${error.message} (--storage.max-series); the most new ones came from ${this.#environment.largestSource()}`,
      );
    }
  }

  /** Says what the store did not take, as upstream. */
  #logDropped(before: ScrapeCounters): void {
    const { counters, log } = this.#environment;
    for (const [key, message] of DROPPED_MESSAGES) {
      const dropped = counters[key] - before[key];
      if (dropped > 0) log('warn', message, { target: this.#settings.name, num_dropped: dropped });
    }
  }

  #refuse(failure: Error, parsed: boolean, timeMs: number, durationSeconds: number): void {
    const { counters, requestCommit, log, failureLogs } = this.#environment;
    counters.failures++;
    if (failure instanceof BodyLimitError) counters.exceededBodyLimit++;
    if (failure instanceof LabelLimitError) counters.exceededLabelLimits++;
    if (failure instanceof SeriesBudgetError) counters.exceededSeriesBudget++;
    const { name, failureLogFile } = this.#settings;
    // Every failure is at /api/v1/targets; what endangers the store as a whole is worth a line of its own.
    const firstOfBudget = failure instanceof SeriesBudgetError && this.#state.health !== 'down';
    log(firstOfBudget ? 'warn' : 'debug', 'scrape failed', { target: name, error: failure.message });
    if (failureLogFile !== '') {
      const time = new Date(timeMs).toISOString();
      failureLogs.write(failureLogFile, { time, level: 'ERROR', msg: failure.message, target: name });
    }
    const report = this.#report(false, durationSeconds, failure instanceof BodyLimitError ? -1 : 0);
    const counts = parsed ? {} : { scraped: 0, kept: 0, seriesAdded: 0 };
    this.#writer().fail(timeMs, { ...report, ...counts }, this.#trackedIds());
    requestCommit();
  }

  #writer(): RowWriter {
    const { sink, counters } = this.#environment;
    this.#rows ??= new RowWriter(sink, counters, this.labels, this.#settings.extraScrapeMetrics);
    return this.#rows;
  }

  #trackedIds(): Int32Array {
    return this.#settings.trackTimestampsStaleness ? this.#reader.timedIds() : new Int32Array(0);
  }

  #report(up: boolean, durationSeconds: number, bodyBytes: number): ScrapeReport {
    const { scraped, kept, seriesAdded } = this.#reader;
    const { timeoutMs, sampleLimit } = this.#settings;
    return {
      up,
      durationSeconds,
      scraped,
      kept,
      seriesAdded,
      timeoutSeconds: timeoutMs / 1000,
      sampleLimit,
      bodyBytes,
    };
  }
}

// What the program's parts see of each other, wherever they run. Ingest scrapes and writes; Queries reads and
// evaluates. Each can run in this thread or behind a message port (threads/rpc.ts): all arguments and results are
// plain data that structured clone can carry, so a caller cannot tell the difference.
import type { AppendCounts } from '../../storage/sink.ts';
import type { MetricMetadata } from '../../storage/source.ts';
import type { Config } from '../config/config.ts';

/** Scraping and writing: the one owner of the store's writer. */
export interface IngestService {
  /** Follows a new configuration: unchanged targets keep their schedule. */
  applyConfig(config: Config): Promise<void>;
  targets(): Promise<TargetsState>;
  /** Stores a remote-write 1.0 body (snappy, protobuf) and answers after the commit. */
  remoteWrite(body: Uint8Array): Promise<WriteOutcome>;
  /** Stores samples of an embedding program; answers after the commit. */
  append(samples: readonly OwnSample[]): Promise<WriteOutcome>;
  /** This thread's counters and gauges, for /metrics. */
  metrics(): Promise<OwnMetrics>;
  close(): Promise<void>;
}

/** A sample of an embedding program: labels with `__name__`, value, time (default: now). */
export interface OwnSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timeMs?: number;
}

/** What became of a write. `error` set: nothing of it was stored, for that reason. */
export interface WriteOutcome {
  readonly counts: AppendCounts;
  readonly error?: { readonly type: ErrorType; readonly message: string };
}

export type TargetHealth = 'up' | 'down' | 'unknown';

export interface TargetState {
  /** Before relabelling: `__address__`, `__scheme__`, `__metrics_path__`, `job` … */
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly globalUrl: string;
  readonly lastError: string;
  /** 0: never yet. */
  readonly lastScrapeMs: number;
  readonly lastScrapeDurationSeconds: number;
  readonly health: TargetHealth;
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
  readonly samplesScraped: number;
}

export interface DroppedTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
}

export interface TargetsState {
  readonly active: readonly TargetState[];
  readonly dropped: readonly DroppedTarget[];
  readonly droppedCounts: Readonly<Record<string, number>>;
}

/** Prometheus's error types; web/api/errors.ts maps them to status codes. */
export type ErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'internal'
  | 'not_found'
  | 'unavailable'
  | 'not_acceptable';

/** An error for the user of the API: type and text. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  readonly type: ErrorType;
  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

/** One request to the query threads. Times are milliseconds; texts of queries and matchers are parsed there. */
export type ReadRequest =
  | {
      readonly kind: 'query';
      readonly query: string;
      readonly timeMs: number;
      readonly options: QueryOptions;
    }
  | {
      readonly kind: 'query_range';
      readonly query: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly stepMs: number;
      readonly options: QueryOptions;
    }
  | ({ readonly kind: 'labels' } & SeriesRange)
  | ({ readonly kind: 'label_values'; readonly name: string } & SeriesRange)
  | ({ readonly kind: 'series' } & SeriesRange)
  | {
      readonly kind: 'metadata';
      readonly metric?: string;
      readonly limit: number;
      readonly limitPerMetric: number;
    }
  | { readonly kind: 'format_query' | 'parse_query'; readonly query: string };

export interface QueryOptions {
  /** 0: the server's default. A larger value than the server's is cut to it. */
  readonly timeoutMs: number;
  /** 0: no limit. More series are cut, with a warning. */
  readonly limit: number;
  /** 0: the server's default. */
  readonly lookbackMs: number;
  readonly stats: '' | 'true' | 'all';
}

export interface SeriesRange {
  /** Series selectors such as `up{job="x"}`; a series needs to satisfy one of them. */
  readonly match: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  /** 0: no limit. */
  readonly limit: number;
}

/**
 * The whole body of a successful answer, envelope included (`{"status":"success","data":…}`), as UTF-8 JSON in
 * chunks. Failures are thrown as ServiceError.
 */
export type AnswerBody = readonly Uint8Array[];

/** Reading and evaluating. */
export interface QueryService {
  /** @throws ServiceError; `canceled` where `signal` fired first. */
  answer(request: ReadRequest, signal?: AbortSignal): Promise<AnswerBody>;
  metrics(): Promise<OwnMetrics>;
  close(): Promise<void>;
}

/** What a service may ask of the main thread, wherever the service runs. */
export interface MainThread {
  /** Exposition text of an in-process target. */
  exposition(job: string): Promise<string>;
  log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): Promise<void>;
}
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Own metrics as plain data, so that a thread need not load a metrics library to count. */
export type OwnMetrics = readonly OwnMetric[];
export interface OwnMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Where an in-process target's exposition comes from: text of format 0.0.4. */
export type InProcessTarget = () => string | Promise<string>;

export type { MetricMetadata };

// What the program's parts see of each other, wherever they run. Ingest scrapes and writes; Queries reads and
// evaluates. Each can run in this thread or behind a message port (threads/rpc.ts): all arguments and results are
// plain data that structured clone can carry, so a caller cannot tell the difference.
import type { Labels } from '../../storage/model/labels.ts';
import type { MatchOp } from '../../storage/model/matcher.ts';
import type { AppendCounts } from '../../storage/sink.ts';
import type { MetricMetadata } from '../../storage/source.ts';
import type { Config } from '../config/config.ts';

/** Scraping and writing: the one owner of the store's writer. */
export interface IngestService {
  /** Follows a new configuration: unchanged targets keep their schedule. */
  applyConfig(config: Config): Promise<void>;
  targets(): Promise<TargetsState>;
  /** What each target's expositions say of its metrics. */
  targetMetadata(): Promise<readonly TargetMetadata[]>;
  /** Stores a remote-write body (snappy, protobuf) of either version and answers after the commit. */
  remoteWrite(body: Uint8Array, version: RemoteWriteVersion): Promise<WriteOutcome>;
  /** Stores the samples of an exposition (text format 0.0.4 or 1.0.0) once, and answers after the commit. */
  importText(body: Uint8Array, options: ImportOptions): Promise<WriteOutcome>;
  /** Changes a group of pushed metrics, in the manner of the Pushgateway, and answers after the commit. */
  push(request: PushRequest): Promise<WriteOutcome>;
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

export type RemoteWriteVersion = '1.0' | '2.0';

export interface ImportOptions {
  /** Time of samples that have none of their own. */
  readonly timeMs: number;
  /** Labels that every series gets; they win over its own. */
  readonly extraLabels: Readonly<Record<string, string>>;
}

export interface PushRequest {
  /** Labels that name the group and go to every series of it, `job` among them. */
  readonly group: Readonly<Record<string, string>>;
  /** `replace` the whole group, `merge` metric by metric, or `delete` it. */
  readonly action: 'replace' | 'merge' | 'delete';
  /** Exposition text without timestamps; empty for `delete`. */
  readonly body: Uint8Array;
  /** The group ends by itself after so long without a push; 0: never. */
  readonly ttlMs: number;
}

export interface TargetMetadata {
  readonly labels: Labels;
  readonly metadata: readonly MetricMetadata[];
}

/**
 * What became of a write. With `error` set, `counts` tells what was stored all the same: nothing where the message
 * itself was unusable, the good samples where some were refused.
 */
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
  | { readonly kind: 'format_query' | 'parse_query' | 'exemplars'; readonly query: string }
  | {
      readonly kind: 'federate';
      readonly match: readonly string[];
      readonly nowMs: number;
      readonly externalLabels: Labels;
    }
  | { readonly kind: 'tsdb_status'; readonly limit: number; readonly nowMs: number }
  | ({ readonly kind: 'remote_read'; readonly externalLabels: Labels } & RemoteReadRequest);

/** What a remote read asks for: raw samples of the series that satisfy each query's matchers. */
export interface RemoteReadRequest {
  readonly queries: readonly RemoteReadQuery[];
  /** Answer in frames of XOR chunks instead of one compressed message. */
  readonly streamed: boolean;
}
export interface RemoteReadQuery {
  readonly startMs: number;
  readonly endMs: number;
  readonly matchers: readonly { readonly name: string; readonly op: MatchOp; readonly value: string }[];
}

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

/**
 * An answer that is still being written. `rest` must be read to its end or left by `return` (a `for await` does
 * either), for a query thread waits for it.
 */
export interface AnswerStream {
  /** The beginning; all of it where `rest` is null, as with most answers. */
  readonly first: AnswerBody;
  readonly rest: AsyncIterable<Uint8Array> | null;
}

/** Reading and evaluating. Besides JSON: `federate` answers exposition text, `remote_read` protobuf. */
export interface QueryService {
  /** The whole answer at once. @throws ServiceError; `canceled` where `signal` fired first. */
  answer(request: ReadRequest, signal?: AbortSignal): Promise<AnswerBody>;
  /** The answer as it is written: memory stays small however long it is. @throws as `answer`, before the first byte. */
  stream(request: ReadRequest, signal?: AbortSignal): Promise<AnswerStream>;
  metrics(): Promise<OwnMetrics>;
  close(): Promise<void>;
}

/** What a service may ask of the main thread, wherever the service runs. */
export interface MainThread {
  /** Exposition text of an in-process target. */
  exposition(job: string): Promise<string>;
  log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): Promise<void>;
}
/** Upkeep of the store: what is due by age and size, a fold of the journal now, or a merge that is possible now. */
export type PatchKind = 'due' | 'fold' | 'merge';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Own metrics as plain data, so that a thread need not load a metrics library to count. */
export type OwnMetrics = readonly OwnMetric[];
export interface OwnMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly help: string;
  readonly samples: readonly OwnMetricSample[];
}

export interface OwnMetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a summary: which of its parts this is. */
  readonly suffix?: '_sum' | '_count';
}

/** Where an in-process target's exposition comes from: text of format 0.0.4. */
export type InProcessTarget = () => string | Promise<string>;

export type { MetricMetadata };

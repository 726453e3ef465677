// Answers read requests on the thread it lives on: one reader, one engine, one request at a time. Knows no HTTP and no
// ports, so it runs in a worker, in the main thread of an embedding program, or in the command line's `query`.

import type { Engine, QueryRequest } from '../../query/engine.ts';
import { parse, parseSelector, pretty, toJson } from '../../query/index.ts';
import { writeAnswer } from '../../query/json.ts';
import { QueryError, type QueryResult } from '../../query/result.ts';
import { createMatcher, type Matcher } from '../../storage/model/matcher.ts';
import type { MetricMetadata, Source, TextList, View } from '../../storage/source.ts';
import { encodeReadResponse, encodeReadStream } from '../remote/read-response.ts';
import { federate, remoteRead, tsdbStatus, writeSeries } from './listing.ts';
import {
  type AnswerBody,
  type ErrorType,
  type ReadRequest,
  type SeriesRange,
  ServiceError,
} from './services.ts';

const ERROR_TYPES: Readonly<Record<QueryError['kind'], ErrorType>> = {
  parse: 'bad_data',
  not_implemented: 'bad_data',
  execution: 'execution',
  limit: 'execution',
  timeout: 'timeout',
  canceled: 'canceled',
};

/** Upstream's warning where a listing was cut. */
const CUT = 'results truncated due to limit';

const LOOKBACK_MS = 300_000;

export interface AnswerOptions {
  /** The server's own limit on evaluation time. */
  readonly timeoutMs: number;
  /** How far back federation looks for a sample; 5 minutes by default. */
  readonly lookbackMs?: number;
  readonly cancelFlag?: Int32Array;
}

/**
 * Answers one request as a whole.
 * @throws ServiceError
 */
export function answer(
  source: Source,
  engine: Engine,
  request: ReadRequest,
  options: AnswerOptions,
): AnswerBody {
  return [...answerChunks(source, engine, request, options)];
}

/**
 * Answers one request piece by piece. What can fail has failed before the first piece comes, but for reading the
 * store in a streamed remote read. Leaving the iteration early (`return`) gives back what it holds.
 * @throws ServiceError
 */
export function* answerChunks(
  source: Source,
  engine: Engine,
  request: ReadRequest,
  options: AnswerOptions,
): Generator<Uint8Array, void> {
  try {
    if (request.kind === 'query' || request.kind === 'query_range') {
      const result = cut(engine.run(source, toQueryRequest(request, options)), request.options.limit);
      yield* queryChunks(result, request.options.stats !== '');
    } else if (request.kind === 'remote_read' && request.streamed) yield* readStream(source, request);
    else yield* small(source, request, options);
  } catch (error) {
    if (error instanceof QueryError) throw new ServiceError(ERROR_TYPES[error.kind], error.message);
    throw error;
  }
}

type SmallRequest = Exclude<ReadRequest, { kind: 'query' | 'query_range' }>;

/** Requests whose answers are made in one go. */
function small(
  source: Source,
  request: SmallRequest,
  { lookbackMs = LOOKBACK_MS }: AnswerOptions,
): AnswerBody {
  switch (request.kind) {
    case 'format_query':
      return envelope(pretty(parse(request.query)));
    case 'parse_query':
      return envelope(toJson(parse(request.query)));
    case 'exemplars':
      // The store keeps none yet; a query that is wrong is told so all the same.
      parse(request.query);
      return envelope([]);
    case 'labels':
      return withView(source, (view) =>
        listing(view.labelNames(matcherLists(request), request.startMs, request.endMs, request.limit)),
      );
    case 'label_values':
      return withView(source, (view) =>
        listing(
          view.labelValues(
            request.name,
            matcherLists(request),
            request.startMs,
            request.endMs,
            request.limit,
          ),
        ),
      );
    case 'series':
      return withView(source, (view) => series(source, view, request));
    case 'metadata':
      return withView(source, (view) => metadata(view.metadata(request.metric), request));
    case 'federate':
      return withView(source, (view) =>
        federate(source.symbols, view, matcherLists(request), request, lookbackMs),
      );
    case 'tsdb_status':
      return withView(source, (view) =>
        envelope(tsdbStatus(source.symbols, view, request.nowMs, request.limit)),
      );
    case 'remote_read':
      return withView(source, (view) => [encodeReadResponse(readResults(source, view, request))]);
  }
}

function* readStream(
  source: Source,
  request: Extract<ReadRequest, { kind: 'remote_read' }>,
): Generator<Uint8Array> {
  const view = source.view();
  try {
    yield* encodeReadStream(readResults(source, view, request));
  } finally {
    view.close();
  }
}

function readResults(source: Source, view: View, request: Extract<ReadRequest, { kind: 'remote_read' }>) {
  return request.queries.map((query) => remoteRead(source.symbols, view, query, request.externalLabels));
}

/** Points of a result whose text is made at a time. */
const POINTS_AT_A_TIME = 32_768;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;
/** What follows the list in the answer of a plain result: `]}}`. */
const LIST_END_BYTES = 3;

/**
 * A result as JSON. The text of a large one is never in memory as a whole: its series are written some at a time, each
 * time as an answer of their own, of which only the list is taken.
 */
function* queryChunks(result: QueryResult, stats: boolean): Generator<Uint8Array> {
  const { value } = result;
  if (!('series' in value)) return yield* writeAnswer(result, { stats });
  const points = (one: (typeof value.series)[number]): number =>
    'vector' in one ? one.vector.values.length : one.values.length;
  if (value.series.reduce((sum, one) => sum + points(one), 0) <= POINTS_AT_A_TIME)
    return yield* writeAnswer(result, { stats });
  const around = new Uint8Array(
    Buffer.concat(
      writeAnswer({ ...result, value: { ...value, series: [] } as QueryResult['value'] }, { stats }),
    ),
  );
  const listStart = around.indexOf(OPEN_BRACKET) + 1;
  const bare = { ...result, warnings: [], infos: [], explain: null };
  // Every piece has a buffer of its own, since it may be moved to another thread.
  yield around.slice(0, listStart);
  for (let from = 0; from < value.series.length; ) {
    let to = from;
    for (let sum = 0; to < value.series.length && sum < POINTS_AT_A_TIME; to++)
      sum += points(value.series[to]);
    const part = { ...value, series: value.series.slice(from, to) } as QueryResult['value'];
    const chunks = writeAnswer({ ...bare, value: part });
    if (from > 0) yield Uint8Array.of(COMMA);
    chunks[0] = chunks[0].subarray(listStart);
    yield* withoutEnd(chunks, LIST_END_BYTES);
    from = to;
  }
  yield around.slice(listStart);
}

/** Chunks without their last `bytes` bytes, which may lie in more than the last chunk. */
function withoutEnd(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let rest = bytes;
  for (let last = chunks.pop(); last; last = chunks.pop()) {
    if (last.length > rest) return [...chunks, last.subarray(0, last.length - rest)];
    rest -= last.length;
  }
  return chunks;
}

function toQueryRequest(
  request: Extract<ReadRequest, { kind: 'query' | 'query_range' }>,
  { timeoutMs, cancelFlag }: AnswerOptions,
): QueryRequest {
  const wanted = request.options.timeoutMs;
  return {
    query: request.query,
    ...(request.kind === 'query'
      ? { startMs: request.timeMs, endMs: request.timeMs, stepMs: 0 }
      : { startMs: request.startMs, endMs: request.endMs, stepMs: request.stepMs }),
    lookbackMs: request.options.lookbackMs || undefined,
    deadline: performance.now() + (wanted > 0 ? Math.min(wanted, timeoutMs) : timeoutMs),
    cancelFlag,
    perStepStats: request.options.stats === 'all',
  };
}

/** The first `limit` series of a result, all where it is 0. */
function cut(result: QueryResult, limit: number): QueryResult {
  const { value } = result;
  if (limit === 0 || !('series' in value) || value.series.length <= limit) return result;
  return {
    ...result,
    value: { ...value, series: value.series.slice(0, limit) } as QueryResult['value'],
    warnings: [...result.warnings, CUT],
  };
}

function withView<T>(source: Source, use: (view: View) => T): T {
  const view = source.view();
  try {
    return use(view);
  } finally {
    view.close();
  }
}

function matcherLists({ match }: Pick<SeriesRange, 'match'>): Matcher[][] {
  return match.map((text) => {
    try {
      return parseSelector(text).matchers.map(({ name, op, value }) => createMatcher(name, op, value));
    } catch (error) {
      throw new ServiceError('bad_data', `invalid parameter "match[]": ${(error as Error).message}`);
    }
  });
}

function series(source: Source, view: View, request: Extract<ReadRequest, { kind: 'series' }>): AnswerBody {
  const chunks: Uint8Array[] = [encoder.encode('{"status":"success","data":')];
  const cut = writeSeries(source.symbols, view, matcherLists(request), request, chunks);
  chunks.push(encoder.encode(cut ? `,"warnings":${JSON.stringify([CUT])}}` : '}'));
  return chunks;
}

const encoder = new TextEncoder();

function listing({ values, truncated }: TextList): AnswerBody {
  return envelope(values, truncated ? [CUT] : []);
}

/** Limits below 0 mean none; upstream answers at most `limit` metrics and `limitPerMetric` entries of each. */
function metadata(
  all: readonly MetricMetadata[],
  { limit, limitPerMetric }: { limit: number; limitPerMetric: number },
): AnswerBody {
  const byMetric = new Map<string, { type: string; help: string; unit: string }[]>();
  for (const { metric, type, help, unit } of all) {
    let entries = byMetric.get(metric);
    if (!entries) {
      if (limit >= 0 && byMetric.size >= limit) continue;
      entries = [];
      byMetric.set(metric, entries);
    }
    if (limitPerMetric <= 0 || entries.length < limitPerMetric) entries.push({ type, help, unit });
  }
  return envelope(Object.fromEntries(byMetric));
}

function envelope(data: unknown, warnings: readonly string[] = []): AnswerBody {
  return [
    encoder.encode(JSON.stringify({ status: 'success', data, ...(warnings.length > 0 && { warnings }) })),
  ];
}

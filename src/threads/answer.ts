// Answers read requests on the thread it lives on: one reader, one engine, one request at a time. Knows no HTTP and no
// ports, so it runs in a worker, in the main thread of an embedding program, or in the command line's `query`.

import type { Engine, QueryRequest } from '../../query/engine.ts';
import { parse, parseSelector, pretty, toJson } from '../../query/index.ts';
import { writeAnswer } from '../../query/json.ts';
import { QueryError, type QueryResult } from '../../query/result.ts';
import { createMatcher, type Matcher } from '../../storage/model/matcher.ts';
import type { MetricMetadata, SeriesSet, Source, Symbols, TextList, View } from '../../storage/source.ts';
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

export interface AnswerOptions {
  /** The server's own limit on evaluation time. */
  readonly timeoutMs: number;
  readonly cancelFlag?: Int32Array;
}

/**
 * Answers one request.
 * @throws ServiceError
 */
export function answer(
  source: Source,
  engine: Engine,
  request: ReadRequest,
  options: AnswerOptions,
): AnswerBody {
  try {
    switch (request.kind) {
      case 'query':
      case 'query_range':
        return writeAnswer(cut(engine.run(source, toQueryRequest(request, options)), request.options.limit), {
          stats: request.options.stats !== '',
        });
      case 'format_query':
        return envelope(pretty(parse(request.query)));
      case 'parse_query':
        return envelope(toJson(parse(request.query)));
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
        return withView(source, (view) => series(source.symbols, view, request));
      case 'metadata':
        return withView(source, (view) => metadata(view.metadata(request.metric), request));
    }
  } catch (error) {
    if (error instanceof QueryError) throw new ServiceError(ERROR_TYPES[error.kind], error.message);
    throw error;
  }
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

function matcherLists({ match }: SeriesRange): Matcher[][] {
  return match.map((text) => {
    try {
      return parseSelector(text).matchers.map(({ name, op, value }) => createMatcher(name, op, value));
    } catch (error) {
      throw new ServiceError('bad_data', `invalid parameter "match[]": ${(error as Error).message}`);
    }
  });
}

function series(symbols: Symbols, view: View, request: SeriesRange): AnswerBody {
  const seen = new Set<number>();
  const found: Record<string, string>[] = [];
  let cut = false;
  for (const matchers of matcherLists(request)) {
    const set = view.select(matchers, request.startMs, request.endMs);
    for (let i = 0; i < set.count && !cut; i++) {
      if (seen.has(set.id(i))) continue;
      if (request.limit > 0 && found.length === request.limit) {
        cut = true;
        break;
      }
      seen.add(set.id(i));
      found.push(labelObject(symbols, set, i));
    }
  }
  return envelope(found, cut ? [CUT] : []);
}

function labelObject(symbols: Symbols, set: SeriesSet, i: number): Record<string, string> {
  const labels = set.labels(i);
  const object: Record<string, string> = Object.create(null);
  for (let k = 0; k < labels.length; k += 2) object[symbols.text(labels[k])] = symbols.text(labels[k + 1]);
  return object;
}

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
  return [Buffer.from(JSON.stringify({ status: 'success', data, ...(warnings.length > 0 && { warnings }) }))];
}

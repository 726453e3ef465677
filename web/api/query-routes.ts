// Queries: /api/v1/query, query_range, query_exemplars, format_query, parse_query.
import type { FastifyInstance } from 'fastify';
import { type QueryOptions, ServiceError } from '../../src/threads/services.ts';
import { invalidParameter } from './errors.ts';
import {
  durationParameter,
  limitParameter,
  queryParameter,
  rangeParameters,
  timeParameter,
} from './params.ts';
import { route, sendJson } from './routing.ts';
import type { ApiContext } from './server.ts';

/** A range query may give this many points a series; upstream's number and words, which clients know. */
const POINTS_MAX = 11_000;

export function queryRoutes(app: FastifyInstance, { queries, now }: ApiContext): void {
  route(app, ['GET', 'POST'], '/api/v1/query', async (call) => {
    const { params, signal } = call;
    const timeMs = timeParameter(params, 'time', now());
    const query = queryParameter(params);
    const options = queryOptions(params);
    return sendJson(call, queries.stream({ kind: 'query', query, timeMs, options }, signal));
  });

  route(app, ['GET', 'POST'], '/api/v1/query_range', async (call) => {
    const { params, signal } = call;
    const startMs = timeParameter(params, 'start');
    const endMs = timeParameter(params, 'end');
    if (endMs < startMs) throw invalidParameter('end', 'end timestamp must not be before start time');
    const stepMs = durationParameter(params, 'step');
    if (stepMs === undefined) throw invalidParameter('step', 'cannot parse "" to a valid duration');
    if (stepMs <= 0)
      throw invalidParameter(
        'step',
        'zero or negative query resolution step widths are not accepted. Try a positive integer',
      );
    if ((endMs - startMs) / stepMs > POINTS_MAX)
      throw new ServiceError(
        'bad_data',
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
      );
    const query = queryParameter(params);
    const options = queryOptions(params);
    const request = { kind: 'query_range', query, startMs, endMs, stepMs, options } as const;
    return sendJson(call, queries.stream(request, signal));
  });

  for (const kind of ['format_query', 'parse_query'] as const)
    route(app, ['GET', 'POST'], `/api/v1/${kind}`, async (call) =>
      sendJson(call, queries.stream({ kind, query: queryParameter(call.params) }, call.signal)),
    );

  route(app, ['GET', 'POST'], '/api/v1/query_exemplars', async (call) => {
    rangeParameters(call.params);
    const query = queryParameter(call.params);
    return sendJson(call, queries.stream({ kind: 'exemplars', query }, call.signal));
  });
}

function queryOptions(params: URLSearchParams): QueryOptions {
  const stats = params.get('stats') ?? '';
  return {
    timeoutMs: durationParameter(params, 'timeout') ?? 0,
    limit: limitParameter(params, 'limit'),
    lookbackMs: durationParameter(params, 'lookback_delta') ?? 0,
    stats: stats === 'all' ? 'all' : stats ? 'true' : '',
  };
}

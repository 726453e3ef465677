// What is stored: /api/v1/labels, label values, series, metadata; and for other Prometheus servers /federate and
// /api/v1/read.
import type { FastifyInstance } from 'fastify';
import { decodeReadRequest } from '../../src/remote/read-request.ts';
import { ServiceError } from '../../src/threads/services.ts';
import { sendAnswer } from './compress.ts';
import { statusOf } from './errors.ts';
import { limitParameter, matchParameter, rangeParameters, wholeNumberParameter } from './params.ts';
import { route, sendJson, sendText } from './routing.ts';
import type { ApiContext } from './server.ts';

export function dataRoutes(app: FastifyInstance, { queries, status, now }: ApiContext): void {
  const seriesRange = (params: URLSearchParams) => ({
    match: matchParameter(params),
    ...rangeParameters(params),
    limit: limitParameter(params, 'limit'),
  });

  route(app, ['GET', 'POST'], '/api/v1/labels', async (call) =>
    sendJson(call, queries.stream({ kind: 'labels', ...seriesRange(call.params) }, call.signal)),
  );

  route(app, ['GET'], '/api/v1/label/:name/values', async (call) => {
    const name = unescapeName((call.request.params as { name: string }).name);
    if (name === '') throw new ServiceError('bad_data', 'invalid label name: ""');
    const request = { kind: 'label_values', name, ...seriesRange(call.params) } as const;
    return sendJson(call, queries.stream(request, call.signal));
  });

  route(app, ['GET', 'POST'], '/api/v1/series', async (call) => {
    if (matchParameter(call.params).length === 0)
      throw new ServiceError('bad_data', 'no match[] parameter provided');
    return sendJson(call, queries.stream({ kind: 'series', ...seriesRange(call.params) }, call.signal));
  });

  route(app, ['GET'], '/api/v1/metadata', async (call) => {
    const { params, signal } = call;
    const metric = params.get('metric') || undefined;
    // A limit of 0 means none of them here, and a negative or missing one all, as upstream has it.
    const limit = wholeNumberParameter(params, 'limit', -1);
    const limitPerMetric = wholeNumberParameter(params, 'limit_per_metric', -1);
    return sendJson(call, queries.stream({ kind: 'metadata', metric, limit, limitPerMetric }, signal));
  });

  route(app, ['GET'], '/federate', async ({ request, reply, params, signal }) => {
    const match = matchParameter(params);
    const wanted = {
      kind: 'federate',
      match,
      nowMs: now(),
      externalLabels: status.externalLabels(),
    } as const;
    try {
      const answer = match.length === 0 ? { first: [], rest: null } : await queries.stream(wanted, signal);
      return sendAnswer(request, reply.type('text/plain; version=0.0.4; charset=utf-8'), answer);
    } catch (error) {
      return sendText(reply, statusOf(error as Error), `${(error as Error).message}\n`);
    }
  });

  route(app, ['POST'], '/api/v1/read', async ({ request, reply, signal }) => {
    try {
      if (!(request.body instanceof Uint8Array))
        throw new ServiceError('bad_data', 'no remote-read request: send application/x-protobuf');
      const read = decodeReadRequest(request.body);
      const externalLabels = status.externalLabels();
      const answer = await queries.stream({ kind: 'remote_read', externalLabels, ...read }, signal);
      if (read.streamed) reply.type('application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse');
      else reply.type('application/x-protobuf').header('content-encoding', 'snappy');
      return sendAnswer(request, reply, answer, true);
    } catch (error) {
      return sendText(reply, statusOf(error as Error), `${(error as Error).message}\n`);
    }
  });
}

/** Undoes upstream's escaping of UTF-8 names in paths: `U__` and `_1f_` for a code point, `__` for an underscore. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (text, hex: string | undefined) =>
      hex && Number.parseInt(hex, 16) <= 0x10ffff
        ? String.fromCodePoint(Number.parseInt(hex, 16))
        : text === '__'
          ? '_'
          : text,
    );
}

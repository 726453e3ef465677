// What is stored: /api/v1/labels, label values, series, metadata; and the way in, /api/v1/write.
import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../src/threads/services.ts';
import { invalidParameter } from './errors.ts';
import { limitParameter, matchParameter, rangeParameters } from './params.ts';
import { route, sendBody, sendText } from './routing.ts';
import type { ApiContext } from './server.ts';

export function dataRoutes(app: FastifyInstance, { queries, ingest, settings }: ApiContext): void {
  const seriesRange = (params: URLSearchParams) => ({
    match: matchParameter(params),
    ...rangeParameters(params),
    limit: limitParameter(params, 'limit'),
  });

  route(app, ['GET', 'POST'], '/api/v1/labels', async ({ reply, params, signal }) =>
    sendBody(reply, await queries.answer({ kind: 'labels', ...seriesRange(params) }, signal)),
  );

  route(app, ['GET'], '/api/v1/label/:name/values', async ({ request, reply, params, signal }) => {
    const name = unescapeName((request.params as { name: string }).name);
    if (name === '') throw new ServiceError('bad_data', 'invalid label name: ""');
    return sendBody(
      reply,
      await queries.answer({ kind: 'label_values', name, ...seriesRange(params) }, signal),
    );
  });

  route(app, ['GET', 'POST'], '/api/v1/series', async ({ reply, params, signal }) => {
    if (matchParameter(params).length === 0)
      throw new ServiceError('bad_data', 'no match[] parameter provided');
    return sendBody(reply, await queries.answer({ kind: 'series', ...seriesRange(params) }, signal));
  });

  route(app, ['GET'], '/api/v1/metadata', async ({ reply, params, signal }) => {
    const metric = params.get('metric') || undefined;
    const limit = limitOrAll(params, 'limit');
    const limitPerMetric = limitOrAll(params, 'limit_per_metric');
    return sendBody(reply, await queries.answer({ kind: 'metadata', metric, limit, limitPerMetric }, signal));
  });

  route(app, ['POST'], '/api/v1/write', async ({ request, reply }) => {
    if (!settings.enableRemoteWrite)
      return sendText(
        reply,
        404,
        'remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n',
      );
    const body = request.body;
    if (!(body instanceof Uint8Array) || !isWriteRequestV1(request.headers['content-type'] ?? ''))
      return sendText(
        reply,
        415,
        'unsupported content type: send application/x-protobuf;proto=prometheus.WriteRequest, snappy-compressed\n',
      );
    const outcome = await ingest.remoteWrite(body);
    if (outcome.error)
      return sendText(reply, outcome.error.type === 'bad_data' ? 400 : 500, `${outcome.error.message}\n`);
    return reply.code(204).send();
  });
}

/** Upstream: a limit of 0 means none of them here, and a negative or missing one all. */
function limitOrAll(params: URLSearchParams, name: string): number {
  const text = params.get(name);
  if (!text) return -1;
  if (!/^[+-]?\d+$/.test(text)) throw invalidParameter(name, `"${text}" is not a whole number`);
  return Number(text);
}

/** Remote write 1.0; the message type in the header may be left out. */
function isWriteRequestV1(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';');
  if (type.trim() !== 'application/x-protobuf') return false;
  const proto = parameters.map((p) => p.trim()).find((p) => p.startsWith('proto='));
  return proto === undefined || proto === 'proto=prometheus.writerequest';
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

// The ways in: remote write at /api/v1/write, exposition text at /api/v1/import/prometheus, and groups of pushed
// metrics at /metrics/job/… in the manner of the Pushgateway.
import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type RemoteWriteVersion, ServiceError, type WriteOutcome } from '../../src/threads/services.ts';
import { statusOf } from './errors.ts';
import { durationParameter, wholeNumberParameter } from './params.ts';
import { route, sendText } from './routing.ts';
import type { ApiContext } from './server.ts';

/** The largest text that is taken, decompressed. */
const TEXT_BYTES_MAX = 32 * 1024 * 1024;
const gunzip = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzipCallback);

export function writeRoutes(app: FastifyInstance, { ingest, settings }: ApiContext): void {
  route(app, ['POST'], '/api/v1/write', async ({ request, reply }) => {
    if (!settings.enableRemoteWrite)
      return sendText(
        reply,
        404,
        'remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n',
      );
    const version = messageVersion(request.headers['content-type'] ?? '');
    const encoding = request.headers['content-encoding'] || 'snappy';
    if (!(request.body instanceof Uint8Array) || version === undefined || encoding !== 'snappy')
      return sendText(
        reply,
        415,
        'unsupported media type: send application/x-protobuf (proto=prometheus.WriteRequest or ' +
          'io.prometheus.write.v2.Request) with content encoding snappy\n',
      );
    const outcome = await ingest.remoteWrite(request.body, version);
    if (version === '2.0')
      reply.headers({
        'x-prometheus-remote-write-samples-written': String(outcome.counts.appended),
        'x-prometheus-remote-write-histograms-written': '0',
        'x-prometheus-remote-write-exemplars-written': '0',
      });
    return sendOutcome(reply, outcome, 204);
  });

  route(app, ['POST'], '/api/v1/otlp/v1/metrics', async ({ reply }) =>
    sendText(
      reply,
      404,
      'otlp write receiver needs to be enabled with --web.enable-otlp-receiver, which has nothing behind it yet\n',
    ),
  );

  // Their bodies are text whatever their type says: curl calls everything a form.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    pushRoutes(scope, ingest, settings.enablePush === true);
  });
}

function pushRoutes(app: FastifyInstance, ingest: ApiContext['ingest'], isEnabled: boolean): void {
  const off = (reply: FastifyReply): FastifyReply =>
    sendText(reply, 404, 'pushing metrics needs to be enabled with --web.enable-push\n');

  route(app, ['POST'], '/api/v1/import/prometheus', async ({ request, reply, params }) => {
    if (!isEnabled) return off(reply);
    return answerText(reply, async () => {
      const extraLabels = Object.fromEntries(params.getAll('extra_label').map(splitLabel));
      const timeMs = wholeNumberParameter(params, 'timestamp', Date.now());
      return sendOutcome(reply, await ingest.importText(await textOf(request), { timeMs, extraLabels }), 204);
    });
  });

  for (const path of ['/metrics/job/*', '/metrics/job@base64/*'])
    route(app, ['PUT', 'POST', 'DELETE'], path, async ({ request, reply, params }) => {
      if (!isEnabled) return off(reply);
      return answerText(reply, async () => {
        const group = groupOf(request.url);
        const ttlMs = durationParameter(params, 'ttl') ?? 0;
        if (ttlMs < 0) throw new ServiceError('bad_data', 'invalid parameter "ttl": must not be negative');
        if (request.method === 'DELETE') {
          const gone = await ingest.push({ group, action: 'delete', body: new Uint8Array(0), ttlMs });
          return sendOutcome(reply, gone, 202);
        }
        const action = request.method === 'PUT' ? 'replace' : 'merge';
        return sendOutcome(
          reply,
          await ingest.push({ group, action, body: await textOf(request), ttlMs }),
          200,
        );
      });
    });
}

/** Errors as plain text, which is what senders log. */
async function answerText(reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    return sendText(reply, statusOf(error as Error), `${(error as Error).message}\n`);
  }
}

function sendOutcome(reply: FastifyReply, { error }: WriteOutcome, status: number): FastifyReply {
  if (!error) return reply.code(status).send();
  return sendText(reply, error.type === 'bad_data' ? 400 : 500, `${error.message}\n`);
}

/** Which message a remote write holds; 1.0 where the header does not say. Undefined: none that is known. */
function messageVersion(contentType: string): RemoteWriteVersion | undefined {
  const [type, ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((text) => text.trim());
  if (type !== 'application/x-protobuf') return undefined;
  const proto = parameters.find((text) => text.startsWith('proto='));
  if (proto === undefined || proto === 'proto=prometheus.writerequest') return '1.0';
  return proto === 'proto=io.prometheus.write.v2.request' ? '2.0' : undefined;
}

/** The text of a body, decompressed where it is gzip. */
async function textOf({ body, headers }: FastifyRequest): Promise<Uint8Array> {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(0);
  if (headers['content-encoding'] !== 'gzip') return new Uint8Array(bytes);
  try {
    return new Uint8Array(await gunzip(bytes, { maxOutputLength: TEXT_BYTES_MAX }));
  } catch (error) {
    throw new ServiceError('bad_data', `gzip: ${(error as Error).message}`);
  }
}

function splitLabel(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0)
    throw new ServiceError('bad_data', `invalid parameter "extra_label": "${text}" is not name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The labels that name a group: `/metrics/job/<job>/<label>/<value>…`, values as base64 behind `<label>@base64`. */
function groupOf(url: string): Record<string, string> {
  const parts = url.split('?')[0].split('/').slice(2);
  if (parts.at(-1) === '' && parts.length % 2 === 1) parts.pop();
  if (parts.length % 2 !== 0)
    throw new ServiceError('bad_data', `a label has no value in the path "${url}": write /<label>/<value>`);
  const group: Record<string, string> = Object.create(null);
  for (let i = 0; i < parts.length; i += 2) {
    const [name, value] = groupLabel(parts[i], parts[i + 1]);
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name.startsWith('__'))
      throw new ServiceError('bad_data', `improper label name "${name}"`);
    group[name] = value;
  }
  if (!group.job) throw new ServiceError('bad_data', 'job name is required');
  return group;
}

const BASE64 = '@base64';

function groupLabel(name: string, value: string): [string, string] {
  try {
    if (!name.endsWith(BASE64)) return [decodeURIComponent(name), decodeURIComponent(value)];
  } catch {
    throw new ServiceError('bad_data', `the path has a malformed percent escape in "${name}/${value}"`);
  }
  const text = decodeURIComponent(value).replace(/=+$/, '');
  if (!/^[A-Za-z0-9_-]*$/.test(text))
    throw new ServiceError('bad_data', `invalid base64 encoding of the value of "${name}": "${value}"`);
  return [name.slice(0, -BASE64.length), Buffer.from(text, 'base64url').toString()];
}

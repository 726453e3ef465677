// How routes are registered: which methods a path takes, what others answer, and how results and errors become
// replies. Every route of the API goes through here.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { AnswerBody } from '../../src/threads/services.ts';
import { sendError } from './errors.ts';
import { parametersOf } from './params.ts';

const ALL_METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly params: URLSearchParams;
  /** Fires when the client goes away before it is answered. */
  readonly signal: AbortSignal;
}

/** Registers a handler for some methods of a path; the other methods answer 405, as upstream's do. */
export function route(
  app: FastifyInstance,
  methods: readonly HTTPMethods[],
  path: string,
  handler: (call: Call) => Promise<unknown>,
): void {
  const accepted = methods.includes('GET') ? [...methods, 'HEAD' as const] : methods;
  app.route({
    method: [...accepted],
    url: path,
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.on('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      try {
        return await handler({ request, reply, params: parametersOf(request), signal: gone.signal });
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ServiceError'))
          request.log.error({ err: error }, 'request failed');
        return sendError(reply, error as Error);
      }
    },
  });
  app.route({
    method: ALL_METHODS.filter((method) => !accepted.includes(method)),
    url: path,
    handler: (_, reply) =>
      reply
        .code(405)
        .header('allow', accepted.join(', '))
        .type('text/plain; charset=utf-8')
        .send('Method Not Allowed\n'),
  });
}

/** Answers data in Prometheus's envelope. */
export function sendData(reply: FastifyReply, data: unknown, warnings: readonly string[] = []): FastifyReply {
  return reply
    .type('application/json')
    .send(JSON.stringify({ status: 'success', data, ...(warnings.length > 0 && { warnings }) }));
}

/** Answers a body that a query thread has written. */
export function sendBody(reply: FastifyReply, body: AnswerBody): FastifyReply {
  reply.type('application/json');
  if (body.length === 1)
    return reply.send(Buffer.from(body[0].buffer, body[0].byteOffset, body[0].byteLength));
  return reply.send(ReadableStream.from(body));
}

export function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(text);
}

// How routes are registered: which methods a path takes, what others answer, and how results and errors become
// replies. Every route of the API goes through here.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { AnswerStream } from '../../src/threads/services.ts';
import { sendAnswer } from './compress.ts';
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
export function sendData(
  { request, reply }: Call,
  data: unknown,
  warnings: readonly string[] = [],
): Promise<FastifyReply> {
  const body = JSON.stringify({ status: 'success', data, ...(warnings.length > 0 && { warnings }) });
  return sendAnswer(request, reply.type('application/json'), { first: [Buffer.from(body)], rest: null });
}

/** Answers JSON that a query thread writes. */
export async function sendJson(
  { request, reply }: Call,
  answer: Promise<AnswerStream>,
): Promise<FastifyReply> {
  const stream = await answer;
  return sendAnswer(request, reply.type('application/json'), stream);
}

export function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(text);
}

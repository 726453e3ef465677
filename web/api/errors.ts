// Errors of the HTTP API: Prometheus's error types, the status each answers with, and the envelope they travel in.
import type { FastifyReply } from 'fastify';
import { type ErrorType, ServiceError } from '../../src/threads/services.ts';

/** Status codes as upstream's; `unavailable` really is a 500 there (a switched-off admin API answers so). */
const STATUS: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  not_found: 404,
  not_acceptable: 406,
  execution: 422,
  canceled: 499,
  internal: 500,
  unavailable: 500,
  timeout: 503,
};

/** The status of an error. Anything that is not a ServiceError is our fault. */
export function statusOf(error: Error): number {
  return STATUS[error instanceof ServiceError ? error.type : 'internal'];
}

/** A parameter that cannot be used, worded as upstream does. */
export function invalidParameter(name: string, reason: string): ServiceError {
  return new ServiceError('bad_data', `invalid parameter "${name}": ${reason}`);
}

/** Answers an error in Prometheus's envelope. Anything that is not a ServiceError is our fault: `internal`. */
export function sendError(reply: FastifyReply, error: Error): FastifyReply {
  const type = error instanceof ServiceError ? error.type : 'internal';
  return reply
    .code(STATUS[type])
    .type('application/json')
    .send(JSON.stringify({ status: 'error', errorType: type, error: error.message }));
}

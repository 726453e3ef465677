// Parameters of the HTTP API: from the URL and from form bodies, parsed as Prometheus parses them.
import type { FastifyRequest } from 'fastify';
import { parseDuration } from '../../query/lang/duration.ts';
import { ServiceError } from '../../src/threads/services.ts';
import { invalidParameter } from './errors.ts';

/** Upstream's sentinels for "since ever" and "for ever", as its clients send them. */
const MIN_TIME = '-292273086-05-16T16:47:06Z';
const MAX_TIME = '292277025-08-18T07:12:54.999999999Z';
/** Bounds of a time in this API; every real one lies far inside. */
export const MIN_TIME_MS = -8.64e15;
export const MAX_TIME_MS = 8.64e15;

/** All values of a request by name; a form body comes before the URL, so that `get` prefers it as upstream does. */
export function parametersOf(request: FastifyRequest): URLSearchParams {
  const at = request.url.indexOf('?');
  const query = at < 0 ? '' : request.url.slice(at + 1);
  if (!(request.body instanceof URLSearchParams)) return new URLSearchParams(query);
  return new URLSearchParams([...request.body, ...new URLSearchParams(query)]);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A time in ms from float seconds or RFC 3339; undefined where the text is neither. */
export function parseTime(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const ms = Math.round(Number(text) * 1000);
    return ms >= MIN_TIME_MS && ms <= MAX_TIME_MS ? ms : undefined;
  }
  if (text === MIN_TIME) return MIN_TIME_MS;
  if (text === MAX_TIME) return MAX_TIME_MS;
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(ms) ? undefined : ms + Math.trunc(Number(match[2] ?? 0) * 1000);
}

/** A duration in ms from float seconds or Prometheus's notation (`1h30m`). */
export function durationParameter(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name);
  if (!text) return undefined;
  if (DECIMAL.test(text)) {
    const ms = Number(text) * 1000;
    if (Math.abs(ms) > Number.MAX_SAFE_INTEGER)
      throw invalidParameter(name, `cannot parse "${text}" to a valid duration. It overflows int64`);
    return ms;
  }
  const ms = parseDuration(text);
  if (ms === undefined) throw invalidParameter(name, `cannot parse "${text}" to a valid duration`);
  return ms;
}

/** A time parameter in ms; `fallback` where it is missing. */
export function timeParameter(params: URLSearchParams, name: string, fallback?: number): number {
  const text = params.get(name);
  if (!text && fallback !== undefined) return fallback;
  const ms = parseTime(text ?? '');
  if (ms === undefined) throw invalidParameter(name, `cannot parse "${text ?? ''}" to a valid timestamp`);
  return ms;
}

/** A whole number; `fallback` where it is missing. */
export function wholeNumberParameter(params: URLSearchParams, name: string, fallback: number): number {
  const text = params.get(name);
  if (!text) return fallback;
  if (!/^[+-]?\d+$/.test(text)) throw invalidParameter(name, `"${text}" is not a whole number`);
  return Number(text);
}

/** A count parameter: a whole number ≥ 0, 0 where it is missing. */
export function limitParameter(params: URLSearchParams, name: string): number {
  const limit = wholeNumberParameter(params, name, 0);
  if (limit < 0) throw invalidParameter(name, 'limit must be non-negative');
  return limit;
}

/** The series selectors of a request. */
export function matchParameter(params: URLSearchParams): string[] {
  return params.getAll('match[]');
}

/** A query text. */
export function queryParameter(params: URLSearchParams): string {
  const query = params.get('query');
  if (!query) throw invalidParameter('query', 'unknown position: parse error: no expression found in input');
  return query;
}

/** Start and end of a listing, unbounded where missing. */
export function rangeParameters(params: URLSearchParams): { startMs: number; endMs: number } {
  const startMs = timeParameter(params, 'start', MIN_TIME_MS);
  const endMs = timeParameter(params, 'end', MAX_TIME_MS);
  if (endMs < startMs) throw new ServiceError('bad_data', 'end timestamp must not be before start time');
  return { startMs, endMs };
}

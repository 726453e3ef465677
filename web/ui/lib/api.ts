// The client of the HTTP API: one function that asks, one error class, and typed doors for each endpoint.
import type { Envelope, MatrixData, MetadataData, QueryData, TargetsData } from './api-types.ts';
import { type Boot, queryUrl } from './first-request.ts';
import type { Grid } from './range.ts';

/** Why the server gave no data: its error type, or `network` when it could not be reached at all. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly kind: string;
  readonly status: number;
  constructor(kind: string, status: number, message: string) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

/** Data with the remarks of the server. */
export interface Answer<T> {
  readonly data: T;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** Longer addresses are sent as a form: proxies commonly refuse 8 kB. */
const longestUrl = 4000;

let boot = (globalThis as { ferulaBoot?: Boot }).ferulaBoot;

/** Unix seconds of the opening of the page, once: the first load uses it so that its address equals the boot's. */
export function bootTime(): number | null {
  return boot?.now ?? null;
}

/** Hands out the answer that the inline script asked for, if it is this one. */
function takeBoot(url: string, signal: AbortSignal | undefined): Promise<Response> | null {
  const taken = boot;
  boot = undefined;
  if (taken?.url !== url) return null;
  signal?.addEventListener('abort', () => taken.abort.abort(), { once: true });
  return taken.answer.then((response) => {
    if (response) return response;
    throw signal?.aborted ? new DOMException('Aborted', 'AbortError') : new TypeError('Failed to fetch');
  });
}

function send(url: string, signal: AbortSignal | undefined): Promise<Response> {
  const started = boot ? takeBoot(url, signal) : null;
  if (started) return started;
  if (url.length <= longestUrl) return fetch(url, { signal: signal ?? null });
  const cut = url.indexOf('?');
  return fetch(url.slice(0, cut), {
    method: 'POST',
    body: new URLSearchParams(url.slice(cut + 1)),
    signal: signal ?? null,
  });
}

function networkError(error: unknown): ApiError {
  if (error instanceof DOMException && error.name === 'AbortError')
    return new ApiError('canceled', 0, 'The query was cancelled');
  return new ApiError('network', 0, 'The server did not answer');
}

/**
 * Asks a GET address relative to the page (`api/v1/…`). Rejects with an ApiError: the server's own words where it
 * sent any, else what came instead.
 */
export async function ask<T>(url: string, signal?: AbortSignal): Promise<Answer<T>> {
  let response: Response;
  let text: string;
  try {
    response = await send(url, signal);
    text = await response.text();
  } catch (error) {
    throw networkError(error);
  }
  let body: Envelope<T>;
  try {
    body = JSON.parse(text) as Envelope<T>;
  } catch {
    const start = text.slice(0, 200).trim();
    throw new ApiError(
      'bad_response',
      response.status,
      `Expected JSON, got status ${response.status}${start ? `: ${start}` : ' without a body'}`,
    );
  }
  if (body.status !== 'success')
    throw new ApiError(
      body.errorType ?? 'unknown',
      response.status,
      body.error ?? `Status ${response.status}`,
    );
  return { data: body.data as T, warnings: body.warnings ?? [], infos: body.infos ?? [] };
}

export function rangeUrl(query: string, grid: Grid): string {
  return queryUrl('query_range', { query, start: grid.start, end: grid.end, step: grid.step });
}

export function instantUrl(query: string, time: number): string {
  return queryUrl('query', { query, time });
}

export const queryRange = (query: string, grid: Grid, signal?: AbortSignal) =>
  ask<MatrixData>(rangeUrl(query, grid), signal);

export const queryInstant = (query: string, time: number, signal?: AbortSignal) =>
  ask<QueryData>(instantUrl(query, time), signal);

export const targets = (signal?: AbortSignal) => ask<TargetsData>('api/v1/targets?state=active', signal);

export const metadataOf = (metric: string, signal?: AbortSignal) =>
  ask<MetadataData>(queryUrl('metadata', { metric, limit_per_metric: 1 }), signal);

export const formatQuery = (query: string, signal?: AbortSignal) =>
  ask<string>(queryUrl('format_query', { query }), signal);

export const labelNames = (params: Record<string, string | number>, signal?: AbortSignal) =>
  ask<readonly string[]>(queryUrl('labels', params), signal);

/** Values of a label; names outside the classic alphabet travel in Prometheus's `U__` escape. */
export const labelValues = (name: string, params: Record<string, string | number>, signal?: AbortSignal) =>
  ask<readonly string[]>(queryUrl(`label/${escapeName(name)}/values`, params), signal);

function escapeName(name: string): string {
  if (/^[a-zA-Z_]\w*$/.test(name)) return name;
  const escaped = (c: string) =>
    /[a-zA-Z0-9]/.test(c) ? c : c === '_' ? '__' : `_${c.codePointAt(0)!.toString(16)}_`;
  return `U__${Array.from(name, escaped).join('')}`;
}

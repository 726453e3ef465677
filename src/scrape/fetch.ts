// Gets a target's exposition over HTTP: our own reader for plain HTTP, undici (loaded when first needed) for https and
// proxies; redirects, content encoding, status and the deadline over all of it.
import type { HttpClientConfig } from '../config/config.ts';
import { type BodyBuffer, releaseBody, takeBody } from './body-buffer.ts';
import { decompress } from './decompress.ts';
import { createHttpConnection, type HttpConnection } from './http-reader.ts';
import { HttpError, type ResponseHead } from './http-response.ts';
import { requestHeaders } from './request-headers.ts';

export interface FetchOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** 0: no limit. It holds for the bytes received and for the unpacked body. */
  readonly bodyLimitBytes: number;
  /** undefined: asked for unless the target is on this machine, where unpacking costs more than it saves. */
  readonly compression: boolean | undefined;
  readonly accept: string;
  readonly userAgent: string;
  /** Credentials, TLS, proxy and redirects; null: none of it set. */
  readonly http: HttpClientConfig | null;
}

/** The bytes of an exposition. Valid until `release`, which the user must call. */
export interface FetchedBody {
  /** At least one byte longer than `length`. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** '' where the target sent none. */
  readonly contentType: string;
  release(): void;
}

export interface Fetcher {
  /**
   * Fetches once; one call at a time.
   * @throws Error with the reason that /api/v1/targets shows. BodyLimitError where the body is too large.
   */
  fetch(): Promise<FetchedBody>;
  /** Ends a running fetch and the kept connection. */
  close(): void;
}

export type CreateFetcher = (options: FetchOptions) => Fetcher;

/** Sends one request and reads one response; ends early through `abort`. */
export interface Transport {
  get(url: URL, body: BodyBuffer): Promise<ResponseHead>;
  abort(reason: string): void;
  close(): void;
}

const REDIRECTS_MAX = 10;
const REDIRECT_STATUS = new Set([301, 302, 303, 307, 308]);

export const createFetcher: CreateFetcher = (options) => {
  const first = new URL(options.url);
  const transports = new Map<string, Transport>();
  /** The running fetch: why it was broken off, and how to break off what it is waiting for. */
  let running: { aborted: string; cancel: (reason: string) => void } | null = null;

  const abort = (reason: string): void => {
    if (running === null || running.aborted !== '') return;
    running.aborted = reason;
    running.cancel(reason);
  };

  const transportFor = async (url: URL): Promise<Transport> => {
    const known = transports.get(url.origin);
    if (known) return known;
    const { http } = options;
    const proxied = http !== null && (http.proxy.url !== '' || http.proxy.fromEnvironment);
    const made =
      proxied || url.protocol === 'https:'
        ? (await import('./undici-transport.ts')).createUndiciTransport(options)
        : createPlainTransport(url, options);
    transports.set(url.origin, made);
    return made;
  };

  /** Follows redirects to the response that counts; its body is in `body`. */
  const follow = async (body: BodyBuffer, run: NonNullable<typeof running>): Promise<ResponseHead> => {
    let url = first;
    for (let hops = 0; ; hops++) {
      const transport = await transportFor(url);
      if (run.aborted !== '') throw new HttpError(run.aborted);
      run.cancel = (reason) => transport.abort(reason);
      const head = await transport.get(url, body);
      const redirected = REDIRECT_STATUS.has(head.status) && options.http?.followRedirects !== false;
      const location = redirected ? head.headers.get('location') : undefined;
      if (location === undefined) return head;
      if (hops === REDIRECTS_MAX) throw new HttpError(`stopped after ${REDIRECTS_MAX} redirects`);
      url = redirectTarget(location, url);
    }
  };

  const attempt = async (run: NonNullable<typeof running>): Promise<FetchedBody> => {
    let body = takeBody();
    try {
      const head = await follow(body, run);
      if (head.status !== 200) {
        throw new HttpError(`server returned HTTP status ${`${head.status} ${head.reason}`.trim()}`);
      }
      const encoding = (head.headers.get('content-encoding') ?? '').trim().toLowerCase();
      if (encoding !== '' && encoding !== 'identity') {
        body = await decompress(body, encoding, options.bodyLimitBytes, (stop) => {
          run.cancel = (reason) => stop(new HttpError(`${reason} while unpacking the body`));
        });
      }
      const { bytes, length } = body;
      const release = (): void => releaseBody(body);
      return { bytes, length, contentType: head.headers.get('content-type') ?? '', release };
    } catch (error) {
      releaseBody(body);
      throw error;
    }
  };

  return {
    async fetch() {
      const run = { aborted: '', cancel: (_reason: string): void => {} };
      running = run;
      const timer = setTimeout(
        () => abort(`timed out after ${options.timeoutMs / 1000}s`),
        options.timeoutMs,
      );
      try {
        return await attempt(run);
      } finally {
        clearTimeout(timer);
        running = null;
        for (const [origin, transport] of transports) {
          if (origin === first.origin) continue;
          transport.close();
          transports.delete(origin);
        }
      }
    },
    close() {
      abort('scrape cancelled');
      for (const transport of transports.values()) transport.close();
      transports.clear();
    },
  };
};

function createPlainTransport(url: URL, options: FetchOptions): Transport {
  // URL keeps the brackets of an IPv6 address, which a socket does not take.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const connection: HttpConnection = createHttpConnection(host, Number(url.port) || 80);
  return {
    get: (at, body) => {
      const headers = requestHeaders(options, at).map(([name, value]) => `${name}: ${value}\r\n`);
      const request = `GET ${at.pathname}${at.search} HTTP/1.1\r\nHost: ${at.host}\r\n${headers.join('')}\r\n`;
      return connection.get({ request, body, bodyLimit: options.bodyLimitBytes });
    },
    abort: connection.abort,
    close: connection.close,
  };
}

function redirectTarget(location: string, from: URL): URL {
  if (!URL.canParse(location, from))
    throw new HttpError(`redirect to ${JSON.stringify(location)}, which is no URL`);
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HttpError(`redirect to ${JSON.stringify(location)}, which is neither http nor https`);
  }
  return url;
}

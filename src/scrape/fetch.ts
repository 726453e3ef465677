// Gets a target's exposition over HTTP: our own reader for plain HTTP, undici (loaded when first needed) for https and
// proxies; redirects, content encoding, status and the deadline over all of it.
import type { HttpClientConfig } from '../config/config.ts';
import { isRedirect, PLAIN_HTTP, REDIRECTS_MAX, redirectTarget } from '../http/client.ts';
import { type Connections, createConnections } from '../http/connections.ts';
import { createCredentials, type Header, mayShareCredentials } from '../http/credentials.ts';
import { type BodyBuffer, releaseBody, takeBody } from './body-buffer.ts';
import { decompress } from './decompress.ts';
import { createHttpConnection } from './http-reader.ts';
import { HttpError, type ResponseHead } from './http-response.ts';

export interface FetchOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** 0: no limit. It holds for the bytes received and for the unpacked body. */
  readonly bodyLimitBytes: number;
  /** Unix socket to connect to in place of the URL's host; '': none. */
  readonly socketPath: string;
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
  get(request: TransportRequest): Promise<ResponseHead>;
  abort(reason: string): void;
  close(): void;
}

export interface TransportRequest {
  readonly url: URL;
  /** All but `Host`. */
  readonly headers: readonly Header[];
  /** Where the body of a response with status 200 goes. */
  readonly body: BodyBuffer;
  readonly bodyLimitBytes: number;
}

/** A running fetch: why it was broken off, and how to break off what it is waiting for. */
interface Run {
  aborted: string;
  cancel: (reason: string) => void;
}

export const createFetcher: CreateFetcher = (options) => {
  const first = new URL(options.url);
  const http = options.http ?? PLAIN_HTTP;
  const credentials = createCredentials(http);
  const transports = new Map<string, Transport>();
  let connections: Connections | undefined;
  let running: Run | null = null;

  const abort = (reason: string): void => {
    if (running === null || running.aborted !== '') return;
    running.aborted = reason;
    running.cancel(reason);
  };

  const transportFor = async (url: URL): Promise<Transport> => {
    const known = transports.get(url.origin);
    if (known) return known;
    const proxied = http.proxy.url !== '' || http.proxy.fromEnvironment;
    let made: Transport;
    if (url.protocol === 'https:' || (proxied && options.socketPath === '')) {
      const { createUndiciTransport } = await import('./undici-transport.ts');
      const { socketPath, timeoutMs } = options;
      connections ??= createConnections(http, { socketPath, connectTimeoutMs: timeoutMs });
      made = createUndiciTransport(connections);
    } else made = createPlainTransport(url, options.socketPath);
    transports.set(url.origin, made);
    return made;
  };

  /** What only the target itself is told; an OAuth2 token may have to be fetched for it. */
  const ownHeaders = async (run: Run): Promise<readonly Header[]> => {
    if (http.oauth2 === null) return await credentials.headers();
    const controller = new AbortController();
    run.cancel = (reason) => controller.abort(new HttpError(`${reason} while waiting for an OAuth2 token`));
    return await credentials.headers(controller.signal);
  };

  /** Follows redirects to the response that counts; its body is in `body`. */
  const follow = async (body: BodyBuffer, run: Run): Promise<ResponseHead> => {
    const own = await ownHeaders(run);
    let url = first;
    for (let hops = 0; ; hops++) {
      const transport = await transportFor(url);
      if (run.aborted !== '') throw new HttpError(run.aborted);
      run.cancel = (reason) => transport.abort(reason);
      const general = generalHeaders(options, url);
      const headers = mayShareCredentials(first, url) ? [...general, ...own] : general;
      const { bodyLimitBytes } = options;
      const head = await transport.get({ url, headers, body, bodyLimitBytes });
      const redirected = isRedirect(head.status) && http.followRedirects;
      const location = redirected ? head.headers.get('location') : undefined;
      if (location === undefined) return head;
      if (hops === REDIRECTS_MAX) throw new HttpError(`stopped after ${REDIRECTS_MAX} redirects`);
      url = redirectTarget(location, url);
    }
  };

  const attempt = async (run: Run): Promise<FetchedBody> => {
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
      const run: Run = { aborted: '', cancel: () => {} };
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
      void connections?.close();
      void credentials.close();
    },
  };
};

function createPlainTransport(url: URL, socketPath: string): Transport {
  // URL keeps the brackets of an IPv6 address, which a socket does not take.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const connection = createHttpConnection(
    socketPath === '' ? { host, port: Number(url.port) || 80 } : { path: socketPath },
  );
  return {
    get: ({ url: at, headers, body, bodyLimitBytes }) => {
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const request = `GET ${at.pathname}${at.search} HTTP/1.1\r\nHost: ${at.host}\r\n${lines}\r\n`;
      return connection.get({ request, body, bodyLimit: bodyLimitBytes });
    },
    abort: connection.abort,
    close: connection.close,
  };
}

/** What every server on the way is told. */
function generalHeaders(options: FetchOptions, url: URL): Header[] {
  const isLocal = options.socketPath !== '' || isLoopback(url.hostname);
  return [
    ['User-Agent', options.userAgent],
    ['Accept', options.accept],
    ['Accept-Encoding', (options.compression ?? !isLocal) ? 'zstd, gzip' : 'identity'],
    ['X-Prometheus-Scrape-Timeout-Seconds', String(options.timeoutMs / 1000)],
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

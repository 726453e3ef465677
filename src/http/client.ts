// An HTTP client after the configuration's HTTP client block: credentials, TLS, proxies, redirects, HTTP/2. For
// everything that asks over HTTP but the scraper, which has a transport of its own over the same parts.
import type { HttpClientConfig } from '../config/config.ts';
import { VERSION } from '../version.ts';
import { createConnections } from './connections.ts';
import { basicHeader, createCredentials, type Header, mayShareCredentials } from './credentials.ts';

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; several of one name joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** A larger answer is an error. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

export interface HttpClient {
  /**
   * Gets a URL; redirects are followed where the block says so, without credentials once they leave the host.
   * @throws Error that tells what went wrong: no connection, timeout, too much, a file that cannot be read
   */
  get(url: string, options: GetOptions): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** Nothing configured: what a client does where no block is written. */
export const PLAIN_HTTP: HttpClientConfig = {
  basicAuth: null,
  authorization: null,
  oauth2: null,
  tls: {
    ca: '',
    caFile: '',
    cert: '',
    certFile: '',
    key: '',
    keyFile: '',
    serverName: '',
    insecureSkipVerify: false,
    minVersion: null,
    maxVersion: null,
  },
  proxy: { url: '', noProxy: '', fromEnvironment: false, connectHeaders: {} },
  followRedirects: true,
  enableHttp2: true,
  headers: [],
};

export const REDIRECTS_MAX = 10;
const REDIRECT_STATUS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const USER_AGENT = `Ferula/${VERSION}`;

/** `socketPath`: every connection goes to this Unix socket, whatever host the URL names. */
export function createHttpClient(config: HttpClientConfig, socketPath = ''): HttpClient {
  const connections = createConnections(config, { socketPath });
  const credentials = createCredentials(config);
  return {
    async get(url, options) {
      const timeout = AbortSignal.timeout(options.timeoutMs);
      const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
      const { request } = await import('undici');
      const first = new URL(url);
      let target = first;
      for (let hops = 0; ; hops++) {
        const own = mayShareCredentials(first, target) ? await credentials.headers(signal) : [];
        const headers: Header[] = [
          ['User-Agent', USER_AGENT],
          ...Object.entries(options.headers),
          ...(own.some(([name]) => name === 'Authorization') ? [] : userOf(target)),
          ...own,
        ];
        const response = await request(target, {
          dispatcher: await connections.dispatcherFor(target),
          signal,
          headers: headers.flat(),
        });
        const { location } = response.headers;
        if (config.followRedirects && isRedirect(response.statusCode) && typeof location === 'string') {
          await response.body.dump();
          if (hops >= REDIRECTS_MAX) throw new Error(`stopped after ${REDIRECTS_MAX} redirects`);
          target = redirectTarget(location, target);
          continue;
        }
        return {
          status: response.statusCode,
          headers: Object.fromEntries(joinedHeaders(response.headers)),
          body: await readBody(response.body, options.bytesMax),
        };
      }
    },
    close: async () => {
      await Promise.all([connections.close(), credentials.close()]);
    },
  };
}

/** `http://user:password@host/` asks with basic authentication. */
function userOf({ username, password }: URL): Header[] {
  if (username === '') return [];
  return [['Authorization', basicHeader(decodeURIComponent(username), decodeURIComponent(password))]];
}

export function isRedirect(status: number): boolean {
  return REDIRECT_STATUS.has(status);
}

/** @throws Error where a Location leads to nothing that HTTP can get */
export function redirectTarget(location: string, from: URL): URL {
  if (!URL.canParse(location, from))
    throw new Error(`redirect to ${JSON.stringify(location)}, which is no URL`);
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`redirect to ${JSON.stringify(location)}, which is neither http nor https`);
  return url;
}

/** Headers of a response by name in lower case; several of one name joined. */
export function joinedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) joined.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  return joined;
}

async function readBody(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`the answer is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

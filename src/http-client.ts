// An HTTP client after the configuration's HTTP client block: credentials, TLS, proxies, redirects, HTTP/2. Files that
// hold secrets and certificates are read when they are used, so that a change counts without a restart. undici is
// loaded with the first request: it costs 30 MB.
import { readFileSync, statSync } from 'node:fs';
import type { Dispatcher } from 'undici';
import type { HttpClientConfig, OAuth2Config, ProxyConfig, TlsConfig } from './config/config.ts';
import { VERSION } from './version.ts';

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

const REDIRECTS_MAX = 10;
const USER_AGENT = `Ferula/${VERSION}`;

/** `socketPath`: every connection goes to this Unix socket, whatever host the URL names. */
export function createHttpClient(config: HttpClientConfig, socketPath?: string): HttpClient {
  const connections = createConnections(config, socketPath);
  const tokens = config.oauth2 ? createTokens(config.oauth2) : null;

  const credentials = async (): Promise<Record<string, string>> => {
    const headers = configuredHeaders(config);
    if (tokens) headers.authorization = `Bearer ${await tokens.get()}`;
    return headers;
  };
  return {
    async get(url, options) {
      const timeout = AbortSignal.timeout(options.timeoutMs);
      const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
      const { request } = await import('undici');
      const dispatcher = await connections.dispatcher();
      let target = new URL(url);
      const { host } = target;
      for (let hops = 0; ; hops++) {
        const own = target.host === host ? { ...userOf(target), ...(await credentials()) } : {};
        const headers = { 'user-agent': USER_AGENT, ...options.headers, ...own };
        const response = await request(target, { dispatcher, signal, headers });
        const location = response.headers.location;
        if (config.followRedirects && isRedirect(response.statusCode) && typeof location === 'string') {
          await response.body.dump();
          if (hops >= REDIRECTS_MAX) throw new Error(`stopped after ${REDIRECTS_MAX} redirects`);
          target = new URL(location, target);
          continue;
        }
        return {
          status: response.statusCode,
          headers: joined(response.headers),
          body: await readBody(response.body, options.bytesMax),
        };
      }
    },
    close: async () => {
      await Promise.all([connections.close(), tokens?.close()]);
    },
  };
}

/** `http://user:password@host/` asks with basic authentication. */
function userOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
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

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return result;
}

/** Headers of `http_headers`, `basic_auth` and `authorization`, with files read now. */
export function configuredHeaders(config: HttpClientConfig): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, values, secrets, files } of config.headers)
    headers[name.toLowerCase()] = [...values, ...secrets, ...files.map(readSecret)].join(', ');
  const { basicAuth, authorization } = config;
  if (basicAuth) {
    const user = basicAuth.usernameFile ? readSecret(basicAuth.usernameFile) : basicAuth.username;
    const password = basicAuth.passwordFile ? readSecret(basicAuth.passwordFile) : basicAuth.password;
    headers.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  if (authorization) {
    const { type, credentials, credentialsFile } = authorization;
    headers.authorization = `${type} ${credentialsFile ? readSecret(credentialsFile) : credentials}`;
  }
  return headers;
}

function readSecret(file: string): string {
  return readFileSync(file, 'utf8').trim();
}

interface Connections {
  dispatcher(): Promise<Dispatcher>;
  close(): Promise<void>;
}

/** Kept connections, made anew when a certificate file has changed. */
function createConnections(
  { tls, proxy, enableHttp2 }: Pick<HttpClientConfig, 'tls' | 'proxy' | 'enableHttp2'>,
  socketPath?: string,
): Connections {
  let current: { readonly dispatcher: Dispatcher; readonly version: string } | undefined;
  return {
    async dispatcher() {
      const version = filesVersion([tls.caFile, tls.certFile, tls.keyFile]);
      if (current?.version === version) return current.dispatcher;
      const stale = current?.dispatcher;
      current = { dispatcher: await createDispatcher(tls, proxy, enableHttp2, socketPath), version };
      void stale?.close();
      return current.dispatcher;
    },
    close: async () => {
      await current?.dispatcher.destroy();
    },
  };
}

function filesVersion(files: readonly string[]): string {
  return files.map((file) => (file === '' ? '' : statSync(file).mtimeMs)).join();
}

async function createDispatcher(
  tls: TlsConfig,
  proxy: ProxyConfig,
  allowH2: boolean,
  socketPath: string | undefined,
): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, ProxyAgent } = await import('undici');
  const connect = tlsOptions(tls);
  if (socketPath !== undefined) return new Agent({ connect: { ...connect, socketPath } });
  const headers = Object.fromEntries(
    Object.entries(proxy.connectHeaders).map(([name, values]) => [name, values.join(', ')]),
  );
  if (proxy.fromEnvironment) return new EnvHttpProxyAgent({ connect, requestTls: connect, headers, allowH2 });
  if (proxy.url === '') return new Agent({ connect, allowH2 });
  if (proxy.noProxy === '') return new ProxyAgent({ uri: proxy.url, requestTls: connect, headers, allowH2 });
  const { url, noProxy } = proxy;
  return new EnvHttpProxyAgent({
    httpProxy: url,
    httpsProxy: url,
    noProxy,
    connect,
    requestTls: connect,
    headers,
    allowH2,
  });
}

/** Options of Node's TLS after a `tls_config`, with files read now. */
export function tlsOptions(tls: TlsConfig): {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: NonNullable<TlsConfig['minVersion']>;
  readonly maxVersion?: NonNullable<TlsConfig['maxVersion']>;
} {
  const text = (inline: string, file: string): string | undefined =>
    file === '' ? inline || undefined : readFileSync(file, 'utf8');
  return {
    ca: text(tls.ca, tls.caFile),
    cert: text(tls.cert, tls.certFile),
    key: text(tls.key, tls.keyFile),
    servername: tls.serverName || undefined,
    rejectUnauthorized: !tls.insecureSkipVerify,
    minVersion: tls.minVersion ?? 'TLSv1.2',
    maxVersion: tls.maxVersion ?? undefined,
  };
}

interface Tokens {
  get(): Promise<string>;
  close(): Promise<void>;
}

/** A token is replaced this long before it ends. */
const TOKEN_MARGIN_MS = 10_000;
const TOKEN_TIMEOUT_MS = 10_000;

/** Access tokens by client credentials (RFC 6749, section 4.4), kept until they end. */
function createTokens(config: OAuth2Config): Tokens {
  const connections = createConnections({ ...config, enableHttp2: true });
  let current: { readonly token: string; readonly untilMs: number } | undefined;
  const fetchToken = async (): Promise<{ token: string; untilMs: number }> => {
    const { request } = await import('undici');
    const secret = config.clientSecretFile ? readSecret(config.clientSecretFile) : config.clientSecret;
    const form = new URLSearchParams({ ...config.endpointParams, grant_type: 'client_credentials' });
    if (config.scopes.length > 0) form.set('scope', config.scopes.join(' '));
    const user = `${encodeURIComponent(config.clientId)}:${encodeURIComponent(secret)}`;
    const { statusCode, body } = await request(config.tokenUrl, {
      method: 'POST',
      dispatcher: await connections.dispatcher(),
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
      headers: {
        authorization: `Basic ${Buffer.from(user).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: form.toString(),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`no OAuth2 token: ${config.tokenUrl} answered ${statusCode}`);
    const answer = JSON.parse(text) as { access_token?: string; expires_in?: number };
    if (!answer.access_token) throw new Error(`no OAuth2 token in the answer of ${config.tokenUrl}`);
    const lifeMs = (answer.expires_in ?? Number.POSITIVE_INFINITY) * 1000;
    return { token: answer.access_token, untilMs: Date.now() + lifeMs - TOKEN_MARGIN_MS };
  };
  return {
    async get() {
      if (!current || Date.now() >= current.untilMs) current = await fetchToken();
      return current.token;
    },
    close: connections.close,
  };
}

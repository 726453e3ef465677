// What plain sockets do not do, by undici: https and proxies. Loaded only when a target needs it: it costs 30 MB.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, errors, request } from 'undici';
import type { TlsConfig } from '../config/config.ts';
import { appendBody } from './body-buffer.ts';
import type { FetchOptions, Transport } from './fetch.ts';
import { HttpError } from './http-response.ts';
import { requestHeaders } from './request-headers.ts';

const HEAD_BYTES_MAX = 64 << 10;

export function createUndiciTransport(options: FetchOptions): Transport {
  let agent: { readonly dispatcher: Dispatcher; readonly tls: ConnectionOptions } | null = null;
  let controller = new AbortController();

  /** The agent with the certificates as they are now: files may have been replaced since the last scrape. */
  const currentAgent = (): Dispatcher => {
    const tls = options.http === null ? {} : tlsOptions(options.http.tls);
    if (agent !== null && sameTls(agent.tls, tls)) return agent.dispatcher;
    agent?.dispatcher.destroy().catch(() => {});
    agent = { dispatcher: createAgent(options, tls), tls };
    return agent.dispatcher;
  };

  return {
    async get(url, body) {
      controller = new AbortController();
      body.length = 0;
      try {
        const response = await request(url, {
          dispatcher: currentAgent(),
          headers: requestHeaders(options, url).flat(),
          signal: controller.signal,
        });
        if (response.statusCode === 200) {
          for await (const chunk of response.body as AsyncIterable<Buffer>) {
            appendBody(body, chunk, 0, chunk.length, options.bodyLimitBytes);
          }
        } else response.body.on('error', () => {}).destroy();
        return {
          status: response.statusCode,
          reason: response.statusText ?? '',
          headers: joinHeaders(response.headers),
        };
      } catch (error) {
        throw error instanceof errors.UndiciError ? new HttpError(error.message) : error;
      }
    },
    abort: (reason) => controller.abort(new HttpError(reason)),
    close: () => {
      agent?.dispatcher.destroy().catch(() => {});
      agent = null;
    },
  };
}

function createAgent({ http, timeoutMs }: FetchOptions, tls: ConnectionOptions): Dispatcher {
  const common = {
    connections: 1,
    pipelining: 1,
    maxHeaderSize: HEAD_BYTES_MAX,
    allowH2: http?.enableHttp2 ?? true,
    // The scrape has a deadline of its own over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (http === null || (http.proxy.url === '' && !http.proxy.fromEnvironment))
    return new Agent({ ...common, connect: { ...tls, timeout: timeoutMs } });
  const { url, noProxy, fromEnvironment } = http.proxy;
  const configured = fromEnvironment ? {} : { httpProxy: url, httpsProxy: url, noProxy };
  return new EnvHttpProxyAgent({ ...common, ...configured, requestTls: tls, connect: tls });
}

function tlsOptions(tls: TlsConfig): ConnectionOptions {
  const set = {
    ca: pem(tls.ca, tls.caFile),
    cert: pem(tls.cert, tls.certFile),
    key: pem(tls.key, tls.keyFile),
    servername: tls.serverName || undefined,
    rejectUnauthorized: tls.insecureSkipVerify ? false : undefined,
    minVersion: tls.minVersion ?? undefined,
    maxVersion: tls.maxVersion ?? undefined,
  };
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
}

function pem(text: string, file: string): string | undefined {
  if (text !== '') return text;
  if (file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HttpError(`unable to read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function sameTls(a: ConnectionOptions, b: ConnectionOptions): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return joined;
}

// Kept connections after a configuration's TLS and proxy settings, by undici: https, proxies, HTTP/2, Unix sockets.
// undici is loaded with the first request: it costs 30 MB.
import type { ConnectionOptions } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { HttpClientConfig, TlsConfig } from '../config/config.ts';
import { readConfiguredFile } from './files.ts';
import { proxyFor } from './no-proxy.ts';

export interface Connections {
  /**
   * What sends a request to this URL. Connections are made anew when a certificate file has changed.
   * @throws Error that names a file that cannot be read
   */
  dispatcherFor(url: URL): Promise<Dispatcher>;
  close(): Promise<void>;
}

export interface ConnectionSettings {
  /** Every connection goes to this Unix socket, whatever host a URL names; '': over the network. */
  readonly socketPath?: string;
  /** How long opening a connection may take. */
  readonly connectTimeoutMs?: number;
}

const HEAD_BYTES_MAX = 64 << 10;
const CONNECT_TIMEOUT_MS = 10_000;

export function createConnections(
  { tls, proxy, enableHttp2 }: Pick<HttpClientConfig, 'tls' | 'proxy' | 'enableHttp2'>,
  { socketPath = '', connectTimeoutMs = CONNECT_TIMEOUT_MS }: ConnectionSettings = {},
): Connections {
  let known = { tlsText: '', dispatchers: new Map<string, Dispatcher>() };
  const connectHeaders = Object.fromEntries(
    Object.entries(proxy.connectHeaders).map(([name, values]) => [name, values.join(', ')]),
  );
  const create = async (
    proxyUrl: string,
    isTunnel: boolean,
    options: ConnectionOptions,
  ): Promise<Dispatcher> => {
    const { Agent, ProxyAgent } = await import('undici');
    const common = {
      allowH2: enableHttp2,
      maxHeaderSize: HEAD_BYTES_MAX,
      // Every request has a deadline of its own over everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const timeout = connectTimeoutMs;
    if (socketPath !== '') return new Agent({ ...common, connect: { ...options, timeout, socketPath } });
    if (proxyUrl === '') return new Agent({ ...common, connect: { ...options, timeout } });
    // Configured headers are for CONNECT only: on a plain request they would reach the target.
    const headers = isTunnel ? connectHeaders : {};
    const tlsForBoth = { requestTls: options, proxyTls: options };
    return new ProxyAgent({ ...common, ...tlsForBoth, uri: proxyUrl, headers, connectTimeout: timeout });
  };
  return {
    async dispatcherFor(url) {
      const options = tlsOptions(tls);
      const tlsText = JSON.stringify(options);
      if (known.tlsText !== tlsText) {
        for (const stale of known.dispatchers.values()) void stale.close().catch(() => {});
        known = { tlsText, dispatchers: new Map() };
      }
      const { dispatchers } = known;
      const proxyUrl = socketPath === '' ? proxyFor(url, proxy) : '';
      const key = proxyUrl === '' ? '' : `${url.protocol} ${proxyUrl}`;
      const dispatcher = dispatchers.get(key) ?? (await create(proxyUrl, url.protocol === 'https:', options));
      dispatchers.set(key, dispatcher);
      return dispatcher;
    },
    close: async () => {
      await Promise.all([...known.dispatchers.values()].map((one) => one.destroy().catch(() => {})));
      known.dispatchers.clear();
    },
  };
}

/** Options of Node's TLS after a `tls_config`, with files read now. */
function tlsOptions(tls: TlsConfig): ConnectionOptions {
  const pem = (text: string, file: string): string | undefined =>
    file === '' ? text || undefined : readConfiguredFile(file);
  const options = {
    ca: pem(tls.ca, tls.caFile),
    cert: pem(tls.cert, tls.certFile),
    key: pem(tls.key, tls.keyFile),
    servername: tls.serverName || undefined,
    rejectUnauthorized: !tls.insecureSkipVerify,
    minVersion: tls.minVersion ?? 'TLSv1.2',
    maxVersion: tls.maxVersion ?? undefined,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

// The headers of a scrape: what it asks for, and the credentials that the configuration gives it.
import { readFileSync } from 'node:fs';
import type { HttpClientConfig } from '../config/config.ts';
import type { FetchOptions } from './fetch.ts';
import { HttpError } from './http-response.ts';

export type Header = readonly [name: string, value: string];

/**
 * All headers but `Host`. Credentials and configured headers go to the target's own origin only, not along with a
 * redirect. Files are read anew each time, so that rotated secrets are used at once.
 * @throws HttpError where a file cannot be read or a value cannot be sent
 */
export function requestHeaders(options: FetchOptions, url: URL): Header[] {
  const compress = options.compression ?? !isLoopback(url.hostname);
  const headers: Header[] = [
    ['User-Agent', options.userAgent],
    ['Accept', options.accept],
    ['Accept-Encoding', compress ? 'zstd, gzip' : 'identity'],
    ['X-Prometheus-Scrape-Timeout-Seconds', String(options.timeoutMs / 1000)],
  ];
  if (options.http === null || url.origin !== new URL(options.url).origin) return headers;
  return [...headers, ...credentials(options.http), ...configured(options.http)].map(checked);
}

function credentials({ basicAuth, authorization, oauth2 }: HttpClientConfig): Header[] {
  if (oauth2 !== null) throw new HttpError('oauth2 is not supported yet: use authorization or basic_auth');
  if (basicAuth !== null) {
    const user = basicAuth.username || readSecret(basicAuth.usernameFile);
    const password = basicAuth.password || readSecret(basicAuth.passwordFile);
    return [['Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`]];
  }
  if (authorization === null) return [];
  const secret = authorization.credentials || readSecret(authorization.credentialsFile);
  return [['Authorization', `${authorization.type || 'Bearer'} ${secret}`]];
}

function configured({ headers }: HttpClientConfig): Header[] {
  return headers.flatMap(({ name, values, secrets, files }) =>
    [...values, ...secrets, ...files.map(readSecret)].map((value): Header => [name, value]),
  );
}

function readSecret(file: string): string {
  if (file === '') return '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new HttpError(`unable to read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** A line break in a secret would start a header of its own. */
function checked([name, value]: Header): Header {
  if (/[\r\n\0]/.test(value)) throw new HttpError(`the value of header ${name} contains a line break`);
  return [name, value];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

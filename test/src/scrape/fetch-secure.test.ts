// https, credentials, headers and proxies of a target.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClientConfig } from '../../../src/config/config.ts';
import { BodyLimitError } from '../../../src/scrape/body-buffer.ts';
import { createFetcher, type FetchOptions } from '../../../src/scrape/fetch.ts';
import { type Answer, type FakeTarget, okResponse, startFakeTarget } from '../../support/fake-target.ts';
import { jobOf } from './configs.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function target(answer: Answer = (socket) => socket.write(okResponse('a 1\n'))): Promise<FakeTarget> {
  const made = await startFakeTarget(answer);
  cleanups.push(() => made.close());
  return made;
}

/** A server that answers with a body after `delayMs`. */
async function secureTarget(body: string, delayMs = 0): Promise<string> {
  const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (_, response) => {
    setTimeout(() => response.setHeader('Content-Type', 'text/plain').end(body), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `https://127.0.0.1:${address.port}/metrics`;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ferula-'));
  cleanups.push(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** Fetches once, by an HTTP client block as a user writes it. */
async function fetchText(url: string, yaml: string, options: Partial<FetchOptions> = {}): Promise<string> {
  const http: HttpClientConfig = jobOf(yaml).http;
  const fetcher = createFetcher({
    url,
    timeoutMs: 5000,
    bodyLimitBytes: 0,
    compression: undefined,
    socketPath: '',
    accept: 'text/plain',
    userAgent: 'Test/1',
    http,
    ...options,
  });
  cleanups.push(() => fetcher.close());
  const body = await fetcher.fetch();
  const text = Buffer.from(body.bytes.subarray(0, body.length)).toString();
  body.release();
  return text;
}

describe('https', () => {
  it('checks the certificate', async () => {
    const url = await secureTarget('a 1\n');
    const ca = join(folder(), 'ca.pem');
    writeFileSync(ca, TEST_CERTIFICATE);
    expect(await fetchText(url, `tls_config: {ca_file: ${ca}}`)).toBe('a 1\n');
    expect(await fetchText(url, 'tls_config: {insecure_skip_verify: true}')).toBe('a 1\n');
    await expect(fetchText(url, '')).rejects.toThrow('self-signed certificate');
    await expect(fetchText(url, `tls_config: {ca_file: ${ca}, server_name: example.org}`)).rejects.toThrow(
      'example.org',
    );
    await expect(fetchText(url, 'tls_config: {ca_file: /nowhere/ca.pem}')).rejects.toThrow(
      'unable to read /nowhere/ca.pem: ENOENT',
    );
  });

  it('keeps limits and deadline', async () => {
    const skip = 'tls_config: {insecure_skip_verify: true}';
    const large = await secureTarget('x'.repeat(100_000));
    await expect(fetchText(large, skip, { bodyLimitBytes: 1000 })).rejects.toThrow(BodyLimitError);
    const slow = await secureTarget('a 1\n', 1000);
    await expect(fetchText(slow, skip, { timeoutMs: 100 })).rejects.toThrow('timed out after 0.1s');
  });

  it('is followed to by a redirect', async () => {
    const url = await secureTarget('a 1\n');
    const { url: start } = await target((socket) =>
      socket.write(`HTTP/1.1 307 T\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`),
    );
    expect(await fetchText(start, 'tls_config: {insecure_skip_verify: true}')).toBe('a 1\n');
    await expect(
      fetchText(start, 'tls_config: {insecure_skip_verify: true}, follow_redirects: false'),
    ).rejects.toThrow('server returned HTTP status 307 T');
  });
});

describe('credentials', () => {
  it.each([
    ['basic_auth: {username: a, password: "b:c ü"}', `Basic ${Buffer.from('a:b:c ü').toString('base64')}`],
    ['authorization: {credentials: xyz}', 'Bearer xyz'],
    ['authorization: {type: Token, credentials: xyz}', 'Token xyz'],
    ['bearer_token: xyz', 'Bearer xyz'],
  ])('by {%s} are sent', async (yaml, value) => {
    const made = await target();
    await fetchText(made.url, yaml);
    expect(made.requests[0].split('\r\n')).toContain(`Authorization: ${value}`);
  });

  it('are read from files each time', async () => {
    const file = join(folder(), 'secret');
    const made = await target();
    for (const secret of ['one', 'two']) {
      writeFileSync(file, `${secret}\n`);
      await fetchText(made.url, `authorization: {credentials_file: ${file}}`);
      expect(made.requests.at(-1)).toContain(`Authorization: Bearer ${secret}`);
    }
  });

  it('cannot smuggle headers', async () => {
    const file = join(folder(), 'secret');
    writeFileSync(file, 'a\r\nX-Evil: 1');
    const { url } = await target();
    await expect(fetchText(url, `authorization: {credentials_file: ${file}}`)).rejects.toThrow(
      'the value of header Authorization contains a line break',
    );
  });

  it('do not follow a redirect to another server', async () => {
    const end = await target();
    const start = await target((socket) =>
      socket.write(`HTTP/1.1 302 F\r\nLocation: ${end.url}\r\nContent-Length: 0\r\n\r\n`),
    );
    await fetchText(start.url, 'bearer_token: xyz, http_headers: {X-Key: {secrets: [s]}}');
    expect(start.requests[0]).toContain('Authorization: Bearer xyz\r\nX-Key: s');
    expect(end.requests[0]).not.toMatch(/Authorization|X-Key/);
  });

  it('by oauth2 are one token for all targets of a job', async () => {
    let asked = 0;
    const tokens = await target((socket) => {
      asked++;
      const body = JSON.stringify({ access_token: `t${asked}`, expires_in: 3600 });
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const yaml = `oauth2: {client_id: a, client_secret: b, token_url: "http://127.0.0.1:${tokens.port}/token"}`;
    const targets = [await target(), await target()];
    for (const { url } of targets) await fetchText(url, yaml);
    expect(targets.map(({ requests }) => /^Authorization: .*$/m.exec(requests[0])?.[0].trim())).toEqual([
      'Authorization: Bearer t1',
      'Authorization: Bearer t1',
    ]);
    expect(asked).toBe(1);
  });

  it('by oauth2 count into the deadline', async () => {
    const tokens = await target(() => {});
    const { url } = await target();
    const yaml = `oauth2: {client_id: a, client_secret: b, token_url: "http://127.0.0.1:${tokens.port}/token"}`;
    await expect(fetchText(url, yaml, { timeoutMs: 100 })).rejects.toThrow(
      'timed out after 0.1s while waiting for an OAuth2 token',
    );
  });
});

describe('a Unix socket', () => {
  it('takes the place of the host, with and without TLS', async () => {
    const dir = folder();
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      response.setHeader('Content-Type', 'text/plain').end(`# ${request.headers.host} ${request.url}\n`);
    };
    const servers = {
      plain: createPlainServer(listener),
      tls: createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, listener),
    };
    for (const [name, server] of Object.entries(servers)) {
      await new Promise<void>((resolve) => server.listen(join(dir, name), resolve));
      cleanups.push(() => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      });
    }
    expect(await fetchText('http://app:81/m', '', { socketPath: join(dir, 'plain') })).toBe('# app:81 /m\n');
    expect(
      await fetchText('https://app/m', 'tls_config: {insecure_skip_verify: true}', {
        socketPath: join(dir, 'tls'),
      }),
    ).toBe('# app /m\n');
    await expect(fetchText('http://app/m', '', { socketPath: join(dir, 'none') })).rejects.toThrow('ENOENT');
  });
});

describe('a proxy', () => {
  it('is asked for the target', async () => {
    const proxy = await target();
    expect(
      await fetchText('http://example.org:81/metrics?x', `proxy_url: "http://127.0.0.1:${proxy.port}"`),
    ).toBe('a 1\n');
    expect(proxy.requests[0]).toMatch(/^GET http:\/\/example\.org:81\/metrics\?x HTTP\/1\.1/);
  });

  it('is left out where no_proxy says so', async () => {
    const proxy = await target();
    const made = await target();
    await fetchText(made.url, `proxy_url: "http://127.0.0.1:${proxy.port}", no_proxy: 127.0.0.1`);
    expect([proxy.requests.length, made.requests.length]).toEqual([0, 1]);
  });
});

// The HTTP client over TLS: certificates as they are now, proxies, HTTP/2, Unix sockets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { createHttpClient, type HttpClient } from '../../../src/http/client.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../scrape/test-certificate.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ferula-tls-'));
  cleanUp.push(() => rmSync(path, { recursive: true }));
  return path;
}

function client(block: string, socketPath = ''): HttpClient {
  const text = `scrape_configs:\n  - job_name: a\n${block.replace(/^/gm, '    ')}\n`;
  const made = createHttpClient(loadConfig(text, { file: '/config.yml' }).scrapeConfigs[0].http, socketPath);
  cleanUp.push(() => made.close());
  return made;
}

async function get(one: HttpClient, url: string): Promise<string> {
  return (await one.get(url, { headers: {}, timeoutMs: 10_000, bytesMax: 10_000 })).body.toString();
}

/** Tells the protocol, the name asked for by SNI, and whether the client showed a certificate. */
async function secureServer(settings: object = {}): Promise<{ server: Http2SecureServer; port: number }> {
  const options = { key: TEST_KEY, cert: TEST_CERTIFICATE, allowHTTP1: true, ...settings };
  const server = createSecureServer(options, (request, response) => {
    const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
    const hasClientCert = Object.keys(socket.getPeerCertificate()).length > 0;
    response.end(JSON.stringify([request.httpVersion, socket.servername, hasClientCert]));
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

describe('tls_config', () => {
  it('reads certificate files for every request', async () => {
    const { port } = await secureServer();
    const ca = join(folder(), 'ca.pem');
    const one = client(`tls_config: {ca_file: ${ca}}`);
    const url = `https://127.0.0.1:${port}/`;
    await expect(get(one, url)).rejects.toThrow(`unable to read ${ca}: ENOENT`);
    writeFileSync(ca, TEST_CERTIFICATE);
    expect(await get(one, url)).toContain('2.0');
    rmSync(ca);
    await expect(get(one, url)).rejects.toThrow(`unable to read ${ca}: ENOENT`);
  });

  it('shows a client certificate', async () => {
    const { port } = await secureServer({ requestCert: true, rejectUnauthorized: false });
    const dir = folder();
    writeFileSync(join(dir, 'cert.pem'), TEST_CERTIFICATE);
    writeFileSync(join(dir, 'key.pem'), TEST_KEY);
    const files = `cert_file: ${dir}/cert.pem, key_file: ${dir}/key.pem`;
    const url = `https://127.0.0.1:${port}/`;
    const seen = async (tls: string): Promise<unknown> =>
      JSON.parse(await get(client(`tls_config: {insecure_skip_verify: true${tls}}`), url))[2];
    expect(await seen('')).toBe(false);
    expect(await seen(`, ${files}`)).toBe(true);
  });

  it.each([
    ['max_version: TLS12', { minVersion: 'TLSv1.3' }],
    ['min_version: TLS13', { maxVersion: 'TLSv1.2' }],
  ])('%s is kept', async (version, settings) => {
    const { port } = await secureServer(settings);
    const one = client(`tls_config: {insecure_skip_verify: true, ${version}}`);
    await expect(get(one, `https://127.0.0.1:${port}/`)).rejects.toThrow(/version|alert/i);
  });

  it('asks for server_name', async () => {
    const { port } = await secureServer();
    const one = client('tls_config: {insecure_skip_verify: true, server_name: other.example}');
    expect(JSON.parse(await get(one, `https://127.0.0.1:${port}/`))[1]).toBe('other.example');
  });
});

describe('enable_http2', () => {
  it.each([
    ['enable_http2: true', '2.0'],
    ['enable_http2: false', '1.1'],
  ])('%s', async (block, version) => {
    const { port } = await secureServer();
    const one = client(`tls_config: {insecure_skip_verify: true}\n${block}`);
    expect(JSON.parse(await get(one, `https://127.0.0.1:${port}/`))[0]).toBe(version);
  });
});

describe('a proxy', () => {
  it('is asked for a tunnel, with the headers for it, and the target is asked by its own name', async () => {
    const { port } = await secureServer();
    const asked: unknown[] = [];
    const proxy = createProxy();
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push([request.url, request.headers['x-a']]);
      const target = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      for (const one of [target, socket]) one.on('error', () => {});
      cleanUp.push(() => target.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanUp.push(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const one = client(
      `tls_config: {insecure_skip_verify: true}\nproxy_url: ${proxyUrl}\nproxy_connect_header: {X-A: [b]}`,
    );
    expect(JSON.parse(await get(one, 'https://a.example/'))[1]).toBe('a.example');
    expect(asked).toEqual([['a.example:443', 'b']]);
  });
});

describe('a Unix socket', () => {
  it('takes every connection', async () => {
    const path = join(folder(), 'socket');
    const server = createProxy((request, response) => response.end(`${request.headers.host}${request.url}`));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    cleanUp.push(() => {
      server.closeAllConnections();
      server.close();
    });
    expect(await get(client('honor_labels: true', path), 'http://docker/containers')).toBe(
      'docker/containers',
    );
  });
});

// The HTTP client against servers on this machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClientConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createHttpClient, type HttpResponse } from '../../../src/http/client.ts';

let cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const one of cleanUp) one();
  cleanUp = [];
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

function configure(block: string): HttpClientConfig {
  const text = `scrape_configs:\n  - job_name: a\n${block.replace(/^/gm, '    ')}\n`;
  return loadConfig(text, { file: join(tmpdir(), 'config.yml') }).scrapeConfigs[0].http;
}

async function get(
  url: string,
  block = '',
  more: { bytesMax?: number; timeoutMs?: number } = {},
): Promise<HttpResponse> {
  const client = createHttpClient(configure(block));
  try {
    return await client.get(url, {
      headers: { accept: 'text/plain' },
      timeoutMs: 10_000,
      bytesMax: 1000,
      ...more,
    });
  } finally {
    await client.close();
  }
}

/** Answers with what it was asked. */
const echo: RequestListener = (request, response) => {
  response.end(JSON.stringify({ url: request.url, headers: request.headers }));
};

async function headersSeen(block: string): Promise<IncomingMessage['headers']> {
  const { body } = await get(await serve(echo), block);
  return JSON.parse(body.toString()).headers;
}

describe('credentials', () => {
  it.each([
    ['basic_auth: {username: u, password: "p:1"}', 'Basic dTpwOjE='],
    ['authorization: {credentials: t}', 'Bearer t'],
    ['authorization: {type: Token, credentials: t}', 'Token t'],
    ['bearer_token: t', 'Bearer t'],
  ])('%s', async (block, authorization) => {
    expect((await headersSeen(block)).authorization).toBe(authorization);
  });

  it('in the URL are sent too', async () => {
    const url = await serve(echo);
    const { body } = await get(url.replace('//', '//u:p%20q@'));
    expect(JSON.parse(body.toString()).headers.authorization).toBe('Basic dTpwIHE=');
  });

  it('in files are read anew for every request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ferula-http-'));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const url = await serve(echo);
    const client = createHttpClient(
      configure(
        `bearer_token_file: ${folder}/token\nhttp_headers: {X-Key: {values: [a], secrets: [b], files: [${folder}/key]}}`,
      ),
    );
    cleanUp.push(() => void client.close());
    const seen = async (): Promise<unknown[]> => {
      const { body } = await client.get(url, { headers: {}, timeoutMs: 10_000, bytesMax: 1000 });
      const { authorization, 'x-key': key } = JSON.parse(body.toString()).headers;
      return [authorization, key];
    };
    writeFileSync(join(folder, 'token'), 'one\n');
    writeFileSync(join(folder, 'key'), 'c\n');
    expect(await seen()).toEqual(['Bearer one', 'a, b, c']);
    writeFileSync(join(folder, 'token'), 'two\n');
    expect(await seen()).toEqual(['Bearer two', 'a, b, c']);
    rmSync(join(folder, 'token'));
    await expect(seen()).rejects.toThrow(/token: ENOENT/);
  });
});

describe('OAuth2', () => {
  it('fetches a token by client credentials, and keeps it until it ends', async () => {
    const asked: unknown[] = [];
    let issued = 0;
    const tokens = await serve((request, response) => {
      let form = '';
      request.on('data', (chunk: Buffer) => {
        form += chunk;
      });
      request.on('end', () => {
        asked.push([request.headers.authorization, form]);
        issued++;
        // The first one is as good as over, the second lasts.
        response.end(JSON.stringify({ access_token: `t${issued}`, expires_in: issued === 1 ? 1 : 3600 }));
      });
    });
    const url = await serve(echo);
    const block = `oauth2: {client_id: me, client_secret: s, token_url: "${tokens}/token", scopes: [a, b], endpoint_params: {aud: x}}`;
    const client = createHttpClient(configure(block));
    cleanUp.push(() => void client.close());
    const used: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { body } = await client.get(url, { headers: {}, timeoutMs: 10_000, bytesMax: 1000 });
      used.push(JSON.parse(body.toString()).headers.authorization);
    }
    expect(used).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t2']);
    expect(asked[0]).toEqual(['Basic bWU6cw==', 'aud=x&grant_type=client_credentials&scope=a+b']);
  });

  it('tells when there is none', async () => {
    const tokens = await serve((_, response) => response.writeHead(401).end());
    const block = `oauth2: {client_id: me, client_secret: s, token_url: "${tokens}/token"}`;
    await expect(get('http://127.0.0.1:1/', block)).rejects.toThrow(
      `no OAuth2 token: ${tokens}/token answered 401`,
    );
  });
});

describe('redirects', () => {
  it('are followed, with credentials on the same host', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b?x=1' }).end();
      else echo(request, response);
    });
    const { body } = await get(`${url}/a`, 'bearer_token: t');
    expect(JSON.parse(body.toString())).toMatchObject({
      url: '/b?x=1',
      headers: { authorization: 'Bearer t' },
    });
  });

  it('are an answer where they are not to be followed', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/b' }).end());
    const { status, headers } = await get(url, 'follow_redirects: false');
    expect([status, headers.location]).toEqual([302, '/b']);
  });

  it('end somewhere', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    await expect(get(url)).rejects.toThrow('stopped after 10 redirects');
  });
});

describe('limits', () => {
  it('refuses an answer that is too large', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(2000)));
    await expect(get(url)).rejects.toThrow('the answer is larger than 1000 bytes');
    expect((await get(url, '', { bytesMax: 2000 })).body.length).toBe(2000);
  });

  it('gives up after the timeout', async () => {
    const url = await serve(() => {});
    await expect(get(url, '', { timeoutMs: 50 })).rejects.toThrow(/timeout/);
  });
});

describe('proxies', () => {
  it('are used, with their headers', async () => {
    const seen: unknown[] = [];
    const proxy = createServer((request, response) => {
      seen.push([request.url, request.headers['x-a']]);
      response.end('by proxy');
    });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      seen.push([request.url, request.headers['x-a']]);
      const [host, port] = (request.url ?? '').split(':');
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      cleanUp.push(() => target.destroy());
    });
    const proxyUrl = await listen(proxy);
    const url = await serve(echo);
    const { host } = new URL(url);
    await get(url, `proxy_url: ${proxyUrl}\nproxy_connect_header: {X-A: [b]}`);
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen[0])).toContain(host);
    await get(url, `proxy_url: ${proxyUrl}\nno_proxy: 127.0.0.1`);
    expect(seen).toHaveLength(1);
  });
});

// Fetching from real sockets: kept connections, redirects, compression, deadlines, and peers that mean no good.
import type { Socket } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { BodyLimitError } from '../../../src/scrape/body-buffer.ts';
import { createFetcher, type Fetcher, type FetchOptions } from '../../../src/scrape/fetch.ts';
import { type Answer, type FakeTarget, okResponse, startFakeTarget } from '../../support/fake-target.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function target(answer: Answer, onConnection?: (socket: Socket) => void): Promise<FakeTarget> {
  const made = await startFakeTarget(answer, onConnection);
  cleanups.push(() => made.close());
  return made;
}

function fetcher(url: string, options: Partial<FetchOptions> = {}): Fetcher {
  const made = createFetcher({
    url,
    timeoutMs: 5000,
    bodyLimitBytes: 0,
    compression: undefined,
    socketPath: '',
    accept: 'text/plain',
    userAgent: 'Test/1',
    http: null,
    ...options,
  });
  cleanups.push(() => made.close());
  return made;
}

async function text(from: Fetcher): Promise<string> {
  const body = await from.fetch();
  const copy = Buffer.from(body.bytes.subarray(0, body.length)).toString();
  expect(body.bytes.length).toBeGreaterThan(body.length);
  body.release();
  return copy;
}

/** Answers with bytes as they are. */
const raw =
  (bytes: string | Buffer, end = false): Answer =>
  (socket) => {
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    if (end) socket.end();
  };

describe('fetch', () => {
  it('sends what a scrape says of itself', async () => {
    const made = await target(raw(okResponse('a 1\n')));
    const url = `http://127.0.0.1:${made.port}/p%20x?a=b%26&c`;
    expect(await text(fetcher(url, { timeoutMs: 1500 }))).toBe('a 1\n');
    expect(made.requests[0].split('\r\n')).toEqual([
      'GET /p%20x?a=b%26&c HTTP/1.1',
      `Host: 127.0.0.1:${made.port}`,
      'User-Agent: Test/1',
      'Accept: text/plain',
      'Accept-Encoding: identity',
      'X-Prometheus-Scrape-Timeout-Seconds: 1.5',
    ]);
  });

  it('keeps its connection', async () => {
    const made = await target((socket, _, n) => socket.write(okResponse(`a ${n}\n`)));
    const one = fetcher(made.url);
    for (let n = 1; n <= 5; n++) expect(await text(one)).toBe(`a ${n}\n`);
    expect(made.connections).toBe(1);
  });

  it('opens a new connection where the kept one has died, without failing', async () => {
    const made = await target((socket, _, n) => {
      socket.write(okResponse(`a ${n}\n`));
      // Closed a moment later, as a server ends an idle connection.
      if (n === 1) setTimeout(() => socket.destroy(), 20);
    });
    const one = fetcher(made.url);
    await text(one);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await text(one)).toBe('a 2\n');
  });

  it('tries once more where the kept connection dies under the request', async () => {
    const made = await target((socket, _, n) => {
      if (n === 2) socket.destroy();
      else socket.write(okResponse(`a ${n}\n`));
    });
    const one = fetcher(made.url);
    expect(await text(one)).toBe('a 1\n');
    expect(await text(one)).toBe('a 3\n');
  });

  it('does not reuse a connection that said more than it should', async () => {
    const made = await target(raw(`${okResponse('a 1\n')}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nb 2\n`));
    const one = fetcher(made.url);
    expect(await text(one)).toBe('a 1\n');
    expect(await text(one)).toBe('a 1\n');
    expect(made.connections).toBe(2);
  });

  it('drops what arrives unasked between scrapes', async () => {
    const made = await target((socket, _, n) => {
      socket.write(okResponse(`a ${n}\n`));
      if (n === 1) setTimeout(() => socket.write(okResponse('evil 1\n')), 20);
    });
    const one = fetcher(made.url);
    expect(await text(one)).toBe('a 1\n');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await text(one)).toBe('a 2\n');
  });

  it.each([
    ['gzip', gzipSync('a 1\n'.repeat(1000))],
    ['x-gzip', gzipSync('a 1\n'.repeat(1000))],
    ['zstd', zstdCompressSync('a 1\n'.repeat(1000))],
    ['identity', Buffer.from('a 1\n'.repeat(1000))],
  ])('unpacks %s', async (encoding, packed) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${packed.length}\r\n\r\n`;
    const made = await target(raw(Buffer.concat([Buffer.from(head), packed])));
    const one = fetcher(made.url, { compression: true });
    expect(await text(one)).toBe('a 1\n'.repeat(1000));
    expect(await text(one)).toBe('a 1\n'.repeat(1000));
    expect(made.requests[0]).toContain('Accept-Encoding: zstd, gzip');
  });

  it('follows redirects, to other servers too', async () => {
    const end = await target(raw(okResponse('a 1\n')));
    const start = await target((socket, request) => {
      const to = request.startsWith('GET /metrics ') ? '/other' : `http://127.0.0.1:${end.port}/end`;
      socket.write(`HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`);
    });
    expect(await text(fetcher(start.url))).toBe('a 1\n');
    expect(start.requests.length).toBe(2);
    expect(end.requests[0]).toContain('GET /end ');
  });

  it('says which machine refuses', async () => {
    const made = await target(() => {});
    await made.close();
    await expect(fetcher(made.url).fetch()).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${made.port}`);
    const named = fetcher(`http://localhost:${made.port}/metrics`);
    await expect(named.fetch()).rejects.toThrow(/connect ECONNREFUSED/);
  });
});

const ok = 'HTTP/1.1 200 OK\r\n';
const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
const bombHead = `${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;

describe('fetch fails', () => {
  it.each<[what: string, answer: Answer, message: string]>([
    [
      'other statuses',
      raw('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
      'server returned HTTP status 404 Not Found',
    ],
    [
      'an empty success',
      raw('HTTP/1.1 204 No Content\r\n\r\n'),
      'server returned HTTP status 204 No Content',
    ],
    [
      'a redirect without target',
      raw('HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'),
      'server returned HTTP status 302 Found',
    ],
    [
      'a redirect loop',
      raw('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
      'stopped after 10 redirects',
    ],
    [
      'a redirect to another protocol',
      raw('HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\n\r\n', true),
      'neither http nor https',
    ],
    ['a redirect to nowhere', raw('HTTP/1.1 302 F\r\nLocation: http://[\r\n\r\n', true), 'which is no URL'],
    [
      'an unknown encoding',
      raw(`${ok}Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx`),
      'unsupported Content-Encoding "br"',
    ],
    ['broken gzip', raw(`${ok}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd`), 'broken gzip body'],
    ['broken zstd', raw(`${ok}Content-Encoding: zstd\r\nContent-Length: 4\r\n\r\nabcd`), 'broken zstd body'],
    [
      'cut gzip',
      (socket) => {
        const packed = gzipSync('a 1\n'.repeat(100)).subarray(0, 15);
        socket.write(
          Buffer.concat([Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n`), packed]),
        );
      },
      'broken gzip body',
    ],
    [
      'a connection closed at once',
      (socket) => socket.destroy(),
      'connection closed while waiting for the response',
    ],
    [
      'a connection cut in the middle',
      raw(`${ok}Content-Length: 100\r\n\r\nabc`, true),
      'connection closed while waiting for the rest of the body',
    ],
    [
      'a connection reset',
      (socket) => {
        socket.write(`${ok}Content-Length: 100\r\n\r\nabc`);
        setTimeout(() => socket.resetAndDestroy(), 20);
      },
      'read ECONNRESET',
    ],
    ['another protocol', raw('220 smtp ready\r\n'), 'malformed HTTP status line "220 smtp ready"'],
  ])('on %s', async (_, answer, message) => {
    const made = await target(answer);
    const one = fetcher(made.url);
    await expect(one.fetch()).rejects.toThrow(message);
    // And again: a failure leaves nothing behind that the next scrape would trip over.
    await expect(one.fetch()).rejects.toThrow(message);
  });

  it.each<[what: string, answer: Answer, message: string]>([
    ['no answer', () => {}, 'timed out after 0.2s while waiting for the response'],
    [
      'an endless head',
      (socket) => {
        socket.write(ok);
        trickle(socket, 'A');
      },
      'timed out after 0.2s while waiting for the rest of the headers',
    ],
    [
      'a byte at a time',
      (socket) => {
        socket.write(`${ok}Content-Length: 1000000\r\n\r\n`);
        trickle(socket, 'x');
      },
      'timed out after 0.2s while waiting for the rest of the body',
    ],
    [
      'an endless body',
      (socket) => {
        socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
        trickle(socket, '1\r\nx\r\n');
      },
      'timed out after 0.2s while waiting for the rest of the body',
    ],
    [
      'slow redirects',
      (socket) => {
        setTimeout(() => socket.write('HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'), 80);
      },
      'timed out after 0.2s while waiting for the response',
    ],
  ])('at the deadline on %s', async (_, answer, message) => {
    const made = await target(answer);
    await expect(fetcher(made.url, { timeoutMs: 200 }).fetch()).rejects.toThrow(message);
  });

  it.each<[what: string, answer: Answer]>([
    [
      'a body that says how large it is',
      raw(`${ok}Content-Length: 1000000000\r\n\r\n${'x'.repeat(100_000)}`),
    ],
    [
      'endless chunks',
      (socket) => {
        socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
        const flood = (): void => {
          while (socket.writable && socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`));
        };
        socket.on('drain', flood);
        flood();
      },
    ],
    ['a gzip bomb', raw(Buffer.concat([Buffer.from(bombHead), bomb]))],
  ])('at the body limit on %s', async (_, answer) => {
    const made = await target(answer);
    await expect(fetcher(made.url, { bodyLimitBytes: 90_000 }).fetch()).rejects.toThrow(BodyLimitError);
  });

  it('when closed', async () => {
    const made = await target(() => {});
    const one = fetcher(made.url);
    const running = one.fetch();
    setTimeout(() => one.close(), 20);
    await expect(running).rejects.toThrow('scrape cancelled');
  });
});

function trickle(socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), 10);
  socket.on('close', () => clearInterval(timer));
}

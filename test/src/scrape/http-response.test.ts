// Responses byte by byte: what is a response, what is none, and that pieces make no difference.
import { describe, expect, it } from 'vitest';
import { BodyLimitError } from '../../../src/scrape/body-buffer.ts';
import { ResponseReader } from '../../../src/scrape/http-response.ts';

interface Outcome {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly keepAlive: boolean;
  readonly surplus: number;
}

/** Feeds a response in pieces of `size` bytes, then the end of the connection where `ended`. */
function respond(text: string, options: { size?: number; limit?: number; ended?: boolean } = {}): Outcome {
  const bytes = Buffer.from(text, 'latin1');
  const body = { bytes: new Uint8Array(16), length: 0 };
  const reader = new ResponseReader(body, options.limit ?? 0);
  const size = options.size ?? bytes.length;
  let taken = 0;
  for (let at = 0; at < bytes.length && !reader.done; at += size) {
    const piece = bytes.subarray(at, at + size);
    taken = at + reader.push(piece, piece.length);
  }
  if (!reader.done && options.ended !== false) reader.end();
  if (!reader.done || reader.head === null) throw new Error(`incomplete: ${reader.waitingFor}`);
  return {
    status: reader.head.status,
    reason: reader.head.reason,
    body: Buffer.from(body.bytes.subarray(0, body.length)).toString('latin1'),
    keepAlive: reader.keepAlive,
    surplus: bytes.length - taken,
  };
}

const accepted: [what: string, text: string, outcome: Partial<Outcome>][] = [
  [
    'a length',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
    { status: 200, reason: 'OK', body: 'abc', keepAlive: true },
  ],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', { reason: '', body: '', keepAlive: true }],
  ['an empty reason', 'HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n', { status: 503, reason: '' }],
  ['no length', 'HTTP/1.1 200 OK\r\n\r\nabc', { body: 'abc', keepAlive: false }],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', { body: 'a', keepAlive: false }],
  [
    'a closing connection',
    'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\na',
    { keepAlive: false },
  ],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n',
    { body: 'abc0123456789', keepAlive: true },
  ],
  [
    'trailers',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n',
    { body: 'a', keepAlive: true },
  ],
  ['bare line feeds in the head', 'HTTP/1.1 200 OK\nContent-Length: 1\n\na', { body: 'a' }],
  [
    'header values with blanks around',
    'HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\nX:\r\n\r\nab',
    { body: 'ab' },
  ],
  ['one length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', { body: 'a' }],
  [
    'interim responses',
    'HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
    { status: 200, body: 'a' },
  ],
  ['no body by status', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '' }],
  ['what follows left alone', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabcd', { body: 'a', surplus: 3 }],
];

describe('ResponseReader takes', () => {
  it.each(accepted)('%s', (_, text, outcome) => {
    expect(respond(text)).toMatchObject(outcome);
  });

  it('the same in pieces of any size', () => {
    for (const [, text, outcome] of accepted) {
      for (const size of [1, 2, 3, 7, 16]) {
        const { surplus: _, ...rest } = outcome;
        expect(respond(text, { size })).toMatchObject(rest);
      }
    }
  });
});

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

describe('ResponseReader refuses', () => {
  it.each<[what: string, text: string, message: string]>([
    ['another protocol', 'SSH-2.0-x\r\n', 'malformed HTTP status line "SSH-2.0-x"'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'malformed HTTP status line'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'malformed HTTP status line'],
    ['a short status', 'HTTP/1.1 20 OK\r\n\r\n', 'malformed HTTP status line'],
    ['a long status', 'HTTP/1.1 2000 OK\r\n\r\n', 'malformed HTTP status line'],
    ['two blanks', 'HTTP/1.1  200 OK\r\n\r\n', 'malformed HTTP status line'],
    ['a line feed before the head', '\r\nHTTP/1.1 200 OK\r\n\r\n', 'malformed HTTP status line ""'],
    ['switching protocols', 'HTTP/1.1 101 Go\r\n\r\n', 'unexpected HTTP status 101'],
    ['a header without colon', `${ok}abc\r\n\r\n`, 'malformed response header "abc"'],
    ['a blank before the colon', `${ok}A : b\r\n\r\n`, 'malformed response header "A : b"'],
    ['a folded header', `${ok}A: b\r\n c\r\n\r\n`, 'malformed response header " c"'],
    ['an empty header name', `${ok}: b\r\n\r\n`, 'malformed response header'],
    ['a NUL in a header', `${ok}A: b\0c\r\n\r\n`, 'malformed response header'],
    ['a carriage return in a header', `${ok}A: b\rc\r\n\r\n`, 'malformed response header'],
    [
      'two lengths',
      `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\na`,
      'two Content-Length headers, 1 and 2',
    ],
    ['a list of lengths', `${ok}Content-Length: 1, 1\r\n\r\na`, 'malformed Content-Length "1, 1"'],
    ['a signed length', `${ok}Content-Length: +1\r\n\r\na`, 'malformed Content-Length'],
    ['a negative length', `${ok}Content-Length: -1\r\n\r\n`, 'malformed Content-Length'],
    ['a hexadecimal length', `${ok}Content-Length: 0x1\r\n\r\na`, 'malformed Content-Length'],
    ['an empty length', `${ok}Content-Length:\r\n\r\n`, 'malformed Content-Length'],
    [
      'a length and chunks',
      `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      'both Transfer-Encoding',
    ],
    [
      'another coding',
      `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`,
      'unsupported Transfer-Encoding "gzip, chunked"',
    ],
    [
      'chunks in HTTP/1.0',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'unsupported Transfer-Encoding',
    ],
    ['a chunk size that is none', `${chunked}x\r\n`, 'malformed chunk size "x"'],
    ['an empty chunk size', `${chunked}\r\n`, 'malformed chunk size ""'],
    ['a signed chunk size', `${chunked}-1\r\n`, 'malformed chunk size "-1"'],
    ['a huge chunk size', `${chunked}fffffffff\r\n`, 'malformed chunk size'],
    [
      'a chunk size without carriage return',
      `${chunked}1\na\r\n0\r\n\r\n`,
      'a chunk line without carriage return',
    ],
    ['a chunk longer than its size', `${chunked}1\r\nab\r\n0\r\n\r\n`, 'a chunk longer than its size'],
    ['a malformed trailer', `${chunked}0\r\nx\r\n\r\n`, 'malformed trailer "x"'],
    ['an endless chunk line', `${chunked}1;${'x'.repeat(2000)}`, 'a line of more than 1024 bytes'],
    ['endless headers', `${ok}${'A: b\r\n'.repeat(20_000)}`, 'response headers of more than 65536 bytes'],
    ['an endless header', `${ok}A: ${'b'.repeat(70_000)}`, 'response headers of more than 65536 bytes'],
    ['endless interim responses', 'HTTP/1.1 100 C\r\n\r\n'.repeat(5000), 'response headers of more than'],
    ['endless trailers', `${chunked}0\r\n${'A: b\r\n'.repeat(20_000)}`, 'response headers of more than'],
    ['nothing', '', 'connection closed while waiting for the response'],
    ['a cut head', `${ok}A: b`, 'connection closed while waiting for the rest of the headers'],
    [
      'a cut body',
      `${ok}Content-Length: 5\r\n\r\nabc`,
      'connection closed while waiting for the rest of the body',
    ],
    ['cut chunks', `${chunked}5\r\nab`, 'connection closed while waiting for the rest of the body'],
    [
      'chunks without end',
      `${chunked}1\r\na\r\n`,
      'connection closed while waiting for the rest of the body',
    ],
  ])('%s', (_, text, message) => {
    expect(() => respond(text)).toThrow(message);
    expect(() => respond(text, { size: 1 })).toThrow(message);
  });

  it('a body that announces to be over the limit before it comes', () => {
    const head = `${ok}Content-Length: 1000000000\r\n\r\n`;
    expect(() => respond(head, { limit: 8, ended: false })).toThrow(BodyLimitError);
  });

  it('bodies over the limit, whatever announces them', () => {
    const bodies = [
      `${ok}Content-Length: 9\r\n\r\n123456789`,
      `${chunked}9\r\n123456789\r\n0\r\n\r\n`,
      `${ok}\r\n123456789`,
    ];
    for (const text of bodies) {
      expect(respond(text, { limit: 9 }).body).toBe('123456789');
      expect(() => respond(text, { limit: 8 })).toThrow(BodyLimitError);
    }
  });
});

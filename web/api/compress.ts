// Compression of answers: zstd where the client takes it, else brotli, else gzip, each at its fastest. Over loopback
// nothing is compressed, since both sides would pay for nothing, unless the client refuses anything else
// (`identity;q=0`) or a proxy on this machine has forwarded the request.
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AnswerStream } from '../../src/threads/services.ts';

/** What fits into one packet is not worth it. */
const BYTES_MIN = 1_400;
const BROTLI = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };
const GZIP = { level: 1 };

interface Encoding {
  readonly name: string;
  readonly whole: (bytes: Uint8Array) => Promise<Buffer>;
  readonly stream: () => NodeJS.ReadWriteStream & { destroy(error?: Error): unknown };
}

const zstd = promisify<Uint8Array, Buffer>(zlib.zstdCompress);
const brotli = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);
const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** Best first. */
const ENCODINGS: readonly Encoding[] = [
  { name: 'zstd', whole: zstd, stream: () => zlib.createZstdCompress() },
  { name: 'br', whole: (bytes) => brotli(bytes, BROTLI), stream: () => zlib.createBrotliCompress(BROTLI) },
  { name: 'gzip', whole: (bytes) => gzip(bytes, GZIP), stream: () => zlib.createGzip(GZIP) },
];

/** Sends an answer, compressed where it pays; as it is where it is `compact` already. */
export async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { first, rest }: AnswerStream,
  compact = false,
): Promise<FastifyReply> {
  const varies = reply.getHeader('vary');
  reply.header('vary', varies ? `${String(varies)}, Accept-Encoding` : 'Accept-Encoding');
  const bytes = first.reduce((sum, chunk) => sum + chunk.length, 0);
  const pays = !compact && (rest !== null || bytes >= BYTES_MIN);
  const encoding = pays ? chooseEncoding(request) : undefined;
  if (encoding) reply.header('content-encoding', encoding.name);
  if (rest === null) {
    const whole = first.length === 1 ? first[0] : Buffer.concat(first, bytes);
    const body = encoding ? await encoding.whole(whole) : whole;
    return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  }
  if (request.method === 'HEAD') {
    await rest[Symbol.asyncIterator]().return?.();
    return reply.send();
  }
  const source = Readable.from(joined(first, rest));
  if (!encoding) return reply.send(source);
  const compressed = encoding.stream();
  // An answer that breaks off has to end in an error for its client too.
  source.on('error', (error) => compressed.destroy(error));
  reply.raw.on('close', () => source.destroy());
  return reply.send(source.pipe(compressed));
}

async function* joined(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

/** The best encoding that the client takes; undefined: as it is. */
function chooseEncoding(request: FastifyRequest): Encoding | undefined {
  const header = request.headers['accept-encoding'];
  if (!header) return undefined;
  const quality = new Map<string, number>();
  for (const part of String(header).split(',')) {
    const [name, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((text) => text.startsWith('q='));
    quality.set(name, q === undefined ? 1 : Number(q.slice(2)));
  }
  const refusesPlain = (quality.get('identity') ?? quality.get('*') ?? 1) === 0;
  if (isLocal(request) && !refusesPlain) return undefined;
  return ENCODINGS.find(({ name }) => (quality.get(name) ?? 0) > 0);
}

/** Whether the client itself runs on this machine. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  const loopback = ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.');
  return loopback && !headers['x-forwarded-for'] && !headers.forwarded && !headers.via;
}

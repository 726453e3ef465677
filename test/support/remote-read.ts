// Asks remote reads as a Prometheus does, for tests: makes the request and takes both kinds of answers apart.
import { PbfReader, PbfWriter } from 'pbf';
import { compress, uncompress } from 'snappyjs';
import { crc32c } from '../../src/remote/crc32c.ts';

export interface ReadQuery {
  readonly startMs: number;
  readonly endMs: number;
  /** Type (0 `=`, 1 `!=`, 2 `=~`, 3 `!~`), name, value. */
  readonly matchers: readonly (readonly [number, string, string])[];
}

/** The body of a request. */
export function readRequestBody(queries: readonly ReadQuery[], streamed: boolean): Uint8Array {
  const pbf = new PbfWriter();
  for (const { startMs, endMs, matchers } of queries)
    pbf.writeMessage(
      1,
      (_, query) => {
        query.writeVarintField(1, startMs);
        query.writeVarintField(2, endMs);
        for (const [type, name, value] of matchers)
          query.writeMessage(
            3,
            (_, matcher) => {
              matcher.writeVarintField(1, type);
              matcher.writeStringField(2, name);
              matcher.writeStringField(3, value);
            },
            null,
          );
      },
      null,
    );
  pbf.writePackedVarint(2, streamed ? [1, 0] : [0]);
  return compress(pbf.finish());
}

/** Posts a request; gives content type and body. */
export async function remoteRead(
  base: string,
  queries: readonly ReadQuery[],
  streamed: boolean,
): Promise<{ type: string; body: Uint8Array }> {
  const response = await fetch(`${base}/api/v1/read`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-read-version': '0.1.0',
    },
    body: new Uint8Array(readRequestBody(queries, streamed)),
  });
  const body = new Uint8Array(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${response.status} ${Buffer.from(body).toString()}`);
  return { type: response.headers.get('content-type') ?? '', body };
}

export interface ReadSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [timeMs: number, bits: string])[];
}

/** The series of each query of an answer in SAMPLES. */
export function decodeSamples(body: Uint8Array): ReadSeries[][] {
  const results: ReadSeries[][] = [];
  new PbfReader(uncompress(body)).readFields((tag, _, pbf) => {
    if (tag !== 1) return;
    const series: ReadSeries[] = [];
    pbf.readMessage((field, __, inner) => {
      if (field === 1) series.push(readSeries(inner));
    }, null);
    results.push(series);
  }, null);
  return results;
}

function readSeries(pbf: PbfReader): ReadSeries {
  const labels: Record<string, string> = {};
  const samples: [number, string][] = [];
  pbf.readMessage((field, _, inner) => {
    if (field === 1) readLabel(inner, labels);
    if (field !== 2) return;
    let timeMs = 0;
    let bits = '0000000000000000';
    inner.readMessage((part, __, sample) => {
      if (part === 1) {
        bits = Buffer.from(sample.buf.subarray(sample.pos, sample.pos + 8))
          .reverse()
          .toString('hex');
        sample.pos += 8;
      } else if (part === 2) timeMs = sample.readVarint(true);
    }, null);
    samples.push([timeMs, bits]);
  }, null);
  return { labels, samples };
}

function readLabel(pbf: PbfReader, labels: Record<string, string>): void {
  const pair = ['', ''];
  pbf.readMessage((field, _, label) => {
    pair[field - 1] = label.readString();
  }, null);
  labels[pair[0]] = pair[1];
}

export interface ReadChunk {
  readonly labels: Readonly<Record<string, string>>;
  readonly queryIndex: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly type: number;
  /** The chunk's bytes, hexadecimal. */
  readonly data: string;
}

/** The chunks of a streamed answer; fails where a frame's checksum is wrong. */
export function decodeFrames(body: Uint8Array): ReadChunk[] {
  const chunks: ReadChunk[] = [];
  const pbf = new PbfReader(body);
  while (pbf.pos < body.length) {
    const length = pbf.readVarint();
    const sum = new DataView(body.buffer, body.byteOffset + pbf.pos).getUint32(0);
    const message = body.subarray(pbf.pos + 4, pbf.pos + 4 + length);
    if (crc32c(message) !== sum) throw new Error('a frame has a wrong checksum');
    pbf.pos += 4 + length;
    chunks.push(...readFrame(message));
  }
  return chunks;
}

function readFrame(message: Uint8Array): ReadChunk[] {
  const chunks: ReadChunk[] = [];
  let queryIndex = 0;
  new PbfReader(message).readFields((tag, _, pbf) => {
    if (tag === 2) queryIndex = pbf.readVarint();
    if (tag !== 1) return;
    const labels: Record<string, string> = {};
    pbf.readMessage((field, __, series) => {
      if (field === 1) readLabel(series, labels);
      if (field === 2) chunks.push({ labels, queryIndex: 0, ...readChunk(series) });
    }, null);
  }, null);
  return chunks.map((chunk) => ({ ...chunk, queryIndex }));
}

function readChunk(pbf: PbfReader): Omit<ReadChunk, 'labels' | 'queryIndex'> {
  const chunk = { minTimeMs: 0, maxTimeMs: 0, type: 0, data: '' };
  pbf.readMessage((field, _, part) => {
    if (field === 1) chunk.minTimeMs = part.readVarint(true);
    else if (field === 2) chunk.maxTimeMs = part.readVarint(true);
    else if (field === 3) chunk.type = part.readVarint();
    else if (field === 4) chunk.data = Buffer.from(part.readBytes()).toString('hex');
  }, null);
  return chunk;
}

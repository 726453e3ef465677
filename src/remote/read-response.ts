// Writes the answers of a remote read: one prometheus.ReadResponse, snappy-compressed, or a stream of
// prometheus.ChunkedReadResponse frames. Field numbers are those of prometheus/prompb (remote.proto, types.proto).
import { PbfWriter } from 'pbf';
import { compress } from 'snappyjs';
import { compareText, type Labels } from '../../storage/model/labels.ts';
import {
  Column,
  hasBit,
  NORMAL_NAN_HI,
  NORMAL_NAN_LO,
  STALE_NAN_HI,
  STALE_NAN_LO,
} from '../../storage/model/sample.ts';
import { crc32c } from './crc32c.ts';
import { CHUNK_SAMPLES, encodeXorChunk } from './xor-chunk.ts';

/** The series of one query of the request, sorted by labels. `read` fills a column with series i. */
export interface ReadResult {
  readonly count: number;
  labels(i: number): Labels;
  read(i: number, out: Column): void;
}

/** What one compressed message may hold; more has to be streamed, which every current client asks for anyway. */
export const SAMPLES_MAX = 5_000_000;
/** Where a frame ends, as upstream's --storage.remote.read-max-bytes-in-frame. */
const FRAME_BYTES = 1 << 20;
/** Encoding.XOR */
const XOR = 1;

/** @throws RangeError where there are more samples than fit into one message */
export function encodeReadResponse(results: readonly ReadResult[]): Uint8Array {
  const pbf = new PbfWriter();
  const column = new Column();
  let samples = 0;
  for (const result of results)
    pbf.writeMessage(
      1,
      (_, out) => {
        for (let i = 0; i < result.count; i++) {
          result.read(i, column);
          const count = column.timeline.length;
          if (count === 0) continue;
          samples += count;
          if (samples > SAMPLES_MAX)
            throw new RangeError(
              `exceeded sample limit (${SAMPLES_MAX}); ask for less time, or for STREAMED_XOR_CHUNKS`,
            );
          out.writeMessage(1, writeSeries, { labels: result.labels(i), column });
        }
      },
      null,
    );
  return compress(pbf.finish());
}

function writeSeries({ labels, column }: { labels: Labels; column: Column }, pbf: PbfWriter): void {
  writeLabels(labels, pbf);
  const words = valueWords(column);
  const { times, length } = column.timeline;
  for (let i = 0; i < length; i++) {
    pbf.writeTag(2, 2);
    pbf.writeVarint(10 + varintBytes(times[i]));
    pbf.writeTag(1, 1);
    pbf.writeFixed32(words[2 * i]);
    pbf.writeFixed32(words[2 * i + 1]);
    pbf.writeTag(2, 0);
    pbf.writeVarint(times[i]);
  }
}

/** Size of a signed 64-bit varint: negative numbers take ten bytes. */
function varintBytes(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** One frame or more a series, each with its length and checksum before it. */
export function* encodeReadStream(results: readonly ReadResult[]): Generator<Uint8Array> {
  const column = new Column();
  for (const [queryIndex, result] of results.entries())
    for (let i = 0; i < result.count; i++) {
      result.read(i, column);
      if (column.timeline.length > 0) yield* seriesFrames(result.labels(i), column, queryIndex);
    }
}

function* seriesFrames(labels: Labels, column: Column, queryIndex: number): Generator<Uint8Array> {
  const { times, length } = column.timeline;
  const words = valueWords(column);
  let from = 0;
  while (from < length) {
    const pbf = new PbfWriter();
    pbf.writeMessage(
      1,
      (_, series) => {
        writeLabels(labels, series);
        while (from < length && series.pos < FRAME_BYTES) {
          const to = Math.min(from + CHUNK_SAMPLES, length);
          series.writeMessage(2, writeChunk, {
            minTimeMs: times[from],
            maxTimeMs: times[to - 1],
            data: encodeXorChunk(times, words, from, to),
          });
          from = to;
        }
      },
      null,
    );
    if (queryIndex > 0) pbf.writeVarintField(2, queryIndex);
    yield frame(pbf.finish());
  }
}

function writeChunk(
  { minTimeMs, maxTimeMs, data }: { minTimeMs: number; maxTimeMs: number; data: Uint8Array },
  pbf: PbfWriter,
): void {
  pbf.writeVarintField(1, minTimeMs);
  pbf.writeVarintField(2, maxTimeMs);
  pbf.writeVarintField(3, XOR);
  pbf.writeBytesField(4, data);
}

/** Length as varint, checksum as four bytes, the highest first, then the message. */
function frame(message: Uint8Array): Uint8Array {
  const head = new PbfWriter();
  head.writeVarint(message.length);
  const length = head.finish();
  const bytes = new Uint8Array(length.length + 4 + message.length);
  bytes.set(length);
  new DataView(bytes.buffer).setUint32(length.length, crc32c(message));
  bytes.set(message, length.length + 4);
  return bytes;
}

function writeLabels(labels: Labels, pbf: PbfWriter): void {
  for (let i = 0; i < labels.length; i += 2)
    pbf.writeMessage(1, writeLabel, [labels[i], labels[i + 1]] as const);
}

function writeLabel([name, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeStringField(2, value);
}

/** The bits of a column's values; NaNs get those that Prometheus gives them, which the column does not keep. */
function valueWords(column: Column): Uint32Array {
  const { values, stale } = column;
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let i = 0; i < column.timeline.length; i++) {
    const value = values[i];
    if (value === value) continue;
    const isStale = stale !== null && hasBit(stale, i);
    words[2 * i] = isStale ? STALE_NAN_LO : NORMAL_NAN_LO;
    words[2 * i + 1] = isStale ? STALE_NAN_HI : NORMAL_NAN_HI;
  }
  return words;
}

/**
 * The labels of a series as a remote reader gets them: with the external ones that it has no value of its own for.
 * Both lists are sorted by name.
 */
export function withExternalLabels(labels: Labels, external: Labels): Labels {
  if (external.length === 0) return labels;
  const merged = new Map<string, string>();
  for (const list of [external, labels])
    for (let i = 0; i < list.length; i += 2) merged.set(list[i], list[i + 1]);
  return [...merged.keys()].sort(compareText).flatMap((name) => [name, merged.get(name)!]);
}

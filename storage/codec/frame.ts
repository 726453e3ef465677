// Frames before compression: parts of some columns over one range of slots, arranged so that they compress well.
//
//   class of each column (u8), length of each head, length of each body
//   heads
//   bodies, class after class, within a class in the order of columns
//
// A column's class says how noisy the bytes of its body are. A compressor that meets bytes of narrow and of wide
// distributions in one stream gives both one table that fits neither (8 % more bytes on noisy counters and gauges), so
// a frame is compressed as several streams, each some neighbouring classes.
import { DamagedError } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

/** A frame ready to be read. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** The head of column k is `bytes[heads[k] … heads[k + 1])`. */
  readonly heads: Int32Array;
  /** The body of column k is `bytes[starts[k] … ends[k])`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Classes are half bits of noise, from 0 to 8 bits a byte. */
const CLASSES = 17;
/** A stream costs 20 bytes and 20 µs of its own: shorter ones are joined with the next class. */
const STREAM_BYTES_MIN = 1024;
/** Too few bytes to tell noise. */
const NOISE_BYTES_MIN = 64;

/** Work space, kept from call to call. */
const heads = new ByteWriter(4096);
const bodies = new ByteWriter(1 << 16);
const histogram = new Uint32Array(256);

/**
 * Writes a frame of `columns` columns to `out`, which it empties first. `write(k, head, body)` appends what there is of
 * column k, or nothing. Streams get no shorter than `streamBytes`, but for the last.
 * @returns where the streams end, in order; the last end is `out.length`
 */
export function buildFrame(
  columns: number,
  write: (k: number, head: ByteWriter, body: ByteWriter) => void,
  out: ByteWriter,
  streamBytes = STREAM_BYTES_MIN,
): number[] {
  const headEnds = new Int32Array(columns + 1);
  const bodyEnds = new Int32Array(columns + 1);
  const classes = new Uint8Array(columns);
  heads.length = 0;
  bodies.length = 0;
  for (let k = 0; k < columns; k++) {
    write(k, heads, bodies);
    headEnds[k + 1] = heads.length;
    bodyEnds[k + 1] = bodies.length;
    classes[k] = noiseClass(bodies.bytes, bodyEnds[k], bodies.length);
  }
  out.length = 0;
  out.append(classes);
  for (let k = 0; k < columns; k++) out.varint(headEnds[k + 1] - headEnds[k]);
  for (let k = 0; k < columns; k++) out.varint(bodyEnds[k + 1] - bodyEnds[k]);
  out.append(heads.view());
  const streamEnds: number[] = [];
  let streamStart = 0;
  for (let c = 0; c < CLASSES; c++) {
    if (out.length - streamStart >= streamBytes) {
      streamStart = out.length;
      streamEnds.push(streamStart);
    }
    for (let k = 0; k < columns; k++)
      if (classes[k] === c) out.append(bodies.bytes.subarray(bodyEnds[k], bodyEnds[k + 1]));
  }
  if (out.length > streamStart) streamEnds.push(out.length);
  return streamEnds;
}

/**
 * Finds the columns of a frame.
 * @throws DamagedError where the bytes do not follow the format
 */
export function parseFrame(bytes: Uint8Array, columns: number): Frame {
  const reader = new ByteReader(bytes);
  const classes = reader.take(columns);
  const frame = {
    bytes,
    heads: new Int32Array(columns + 1),
    starts: new Int32Array(columns),
    ends: new Int32Array(columns),
  };
  let headBytes = 0;
  for (let k = 0; k < columns; k++) {
    headBytes += reader.varint();
    frame.heads[k + 1] = headBytes;
  }
  const next = new Float64Array(CLASSES);
  for (let k = 0; k < columns; k++) {
    const length = reader.varint();
    if (classes[k] >= CLASSES || length > bytes.length) throw new DamagedError('Frame is inconsistent');
    frame.ends[k] = length;
    next[classes[k]] += length;
  }
  for (let k = 0; k <= columns; k++) frame.heads[k] += reader.at;
  let at = reader.at + headBytes;
  for (let c = 0; c < CLASSES; c++) {
    const size = next[c];
    next[c] = at;
    at += size;
  }
  if (at !== bytes.length)
    throw new DamagedError(`Frame has ${bytes.length} bytes, its columns end at ${at}`);
  for (let k = 0; k < columns; k++) {
    frame.starts[k] = next[classes[k]];
    frame.ends[k] += frame.starts[k];
    next[classes[k]] = frame.ends[k];
  }
  return frame;
}

/** How much a byte tells that its class does not: collision entropy, which needs no logarithm per byte value. */
function noiseClass(bytes: Uint8Array, from: number, to: number): number {
  const n = to - from;
  if (n < NOISE_BYTES_MIN) return 0;
  histogram.fill(0);
  for (let i = from; i < to; i++) histogram[bytes[i]]++;
  let same = 0;
  for (let b = 0; b < 256; b++) same += histogram[b] * histogram[b];
  return Math.floor(2 * Math.log2((n / same) * n));
}

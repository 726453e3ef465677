// Frames before compression: parts of some columns over one range of slots, arranged so that they compress well.
//
//   per column: u8 class, length of its part
//   parts, class after class, within a class in the order of columns
//
// A column's class says how noisy the bytes of its part are. A compressor that meets bytes of narrow and of wide
// distributions in one stream gives both one table that fits neither (8 % more bytes on noisy counters and gauges), so
// a frame is compressed as several streams, each some neighbouring classes.
import { DamagedError } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

/** Parts of a frame, ready to be read. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** Where each column's part starts and ends in `bytes`. */
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
const parts = new ByteWriter(1 << 16);
const histogram = new Uint32Array(256);

/**
 * Writes a frame of `columns` parts to `out`, which it empties first. `writePart(k, to)` appends part k, or nothing for
 * a column that has no slots here.
 * @returns where the streams end, in order; the last end is `out.length`
 */
export function buildFrame(
  columns: number,
  writePart: (k: number, to: ByteWriter) => void,
  out: ByteWriter,
): number[] {
  const starts = new Int32Array(columns + 1);
  const classes = new Uint8Array(columns);
  parts.length = 0;
  for (let k = 0; k < columns; k++) {
    writePart(k, parts);
    starts[k + 1] = parts.length;
    classes[k] = noiseClass(parts.bytes, starts[k], parts.length);
  }
  out.length = 0;
  for (let k = 0; k < columns; k++) {
    out.u8(classes[k]);
    out.varint(starts[k + 1] - starts[k]);
  }
  const ends: number[] = [];
  let streamStart = 0;
  for (let c = 0; c < CLASSES; c++) {
    if (out.length - streamStart >= STREAM_BYTES_MIN) {
      streamStart = out.length;
      ends.push(streamStart);
    }
    for (let k = 0; k < columns; k++)
      if (classes[k] === c) out.append(parts.bytes.subarray(starts[k], starts[k + 1]));
  }
  if (out.length > streamStart) ends.push(out.length);
  return ends;
}

/**
 * Finds the parts of a frame of `columns` columns.
 * @throws DamagedError where the bytes do not follow the format
 */
export function parseFrame(bytes: Uint8Array, columns: number): Frame {
  const reader = new ByteReader(bytes);
  const classes = new Uint8Array(columns);
  const starts = new Int32Array(columns);
  const ends = new Int32Array(columns);
  const next = new Float64Array(CLASSES);
  for (let k = 0; k < columns; k++) {
    const c = reader.u8();
    if (c >= CLASSES) throw new DamagedError(`Frame has a column of class ${c}`);
    const length = reader.varint();
    if (length > bytes.length) throw new DamagedError(`Frame has a column of ${length} bytes`);
    classes[k] = c;
    ends[k] = length;
    next[c] += length;
  }
  let at = reader.at;
  for (let c = 0; c < CLASSES; c++) {
    const size = next[c];
    next[c] = at;
    at += size;
  }
  if (at !== bytes.length)
    throw new DamagedError(`Frame has ${bytes.length} bytes, its columns end at ${at}`);
  for (let k = 0; k < columns; k++) {
    starts[k] = next[classes[k]];
    ends[k] += starts[k];
    next[classes[k]] = ends[k];
  }
  return { bytes, starts, ends };
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

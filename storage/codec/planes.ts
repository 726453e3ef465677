// Integers of few bytes as byte planes: first all low bytes, then all second bytes, and so on, so that the compressor
// behind sees bytes of one kind side by side. Integers are kept as float64, exact up to 2^53.
//
// Each is stored less a reference, which makes it non-negative, or folded (0, -1, 1, -2 … become 0, 1, 2, 3 …). Where
// many integers of several bytes are zero, a bitmap marks those that are not, and the planes hold only those.
//
//   head: [sparse: number of integers in the planes]
//   body: [sparse: bitmap]
//         planes
import { DamagedError } from '../errors.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** How integers are stored as planes. */
export interface Planes {
  /** Bytes of an integer, 0 to 7. */
  readonly width: number;
  readonly folded: boolean;
  /** Sparse planes are folded and have reference 0. */
  readonly sparse: boolean;
  readonly reference: number;
}

const EXACT_MAX = 2 ** 53;

/** How to store integers in the fewest bytes; null where they are too far apart to be exact. */
export function choosePlanes(values: Float64Array, count: number): Planes | null {
  let min = values[0];
  let max = min;
  let zeros = 0;
  for (let i = 0; i < count; i++) {
    const v = values[i];
    if (v < min) min = v;
    if (v > max) max = v;
    if (v === 0) zeros++;
  }
  const range = max - min;
  const size = Math.max(Math.abs(min), Math.abs(max));
  const offsetWidth = range < EXACT_MAX ? bytesFor(range) : 8;
  const foldedWidth = size < EXACT_MAX / 2 ? bytesFor(2 * size) : 8;
  if (foldedWidth < 8 && Math.min(offsetWidth, foldedWidth) >= 2 && 8 * zeros >= count)
    return { folded: true, sparse: true, width: foldedWidth, reference: 0 };
  if (offsetWidth < foldedWidth || offsetWidth <= 1) {
    // With a reference that columns have in common, equal bytes mean equal steps, and compress together.
    let reference = min;
    if (offsetWidth === 1) {
      if (min >= 0 && max < 256) reference = 0;
      else if (min >= -128 && max < 128) reference = -128;
    }
    return { folded: false, sparse: false, width: offsetWidth, reference };
  }
  return foldedWidth === 8 ? null : { folded: true, sparse: false, width: foldedWidth, reference: 0 };
}

/** Appends `values[0 … count)`, which it uses up. */
export function writePlanes(
  values: Float64Array,
  count: number,
  planes: Planes,
  head: ByteWriter,
  body: ByteWriter,
): void {
  const { folded, width, reference } = planes;
  const stored = planes.sparse ? writeBitmap(values, count, head, body) : count;
  const bytes = body.reserve(width * stored);
  const at = body.length;
  for (let i = 0; i < stored; i++) {
    const v = values[i] - reference;
    let u = folded ? (v < 0 ? -2 * v - 1 : 2 * v) : v;
    let low = u >>> 0;
    for (let p = 0, to = at + i; p < width; p++, to += stored) {
      if (p === 4) {
        u = Math.floor(u / 4294967296);
        low = u >>> 0;
      }
      bytes[to] = low;
      low >>>= 8;
    }
  }
  body.length += width * stored;
}

/**
 * Reads integers `from … from + n - 1` of `count` into `out` from `outAt` on, and leaves the readers behind the planes.
 * @throws DamagedError where the bytes do not follow the format
 */
export function readPlanes(
  head: ByteReader,
  body: ByteReader,
  planes: Planes,
  count: number,
  from: number,
  n: number,
  out: Float64Array,
  outAt: number,
): void {
  const { width, folded, reference } = planes;
  if (planes.sparse) {
    readSparse(head, body, width, count, from, n, out, outAt);
    return;
  }
  const { bytes, at } = body;
  body.skip(width * count);
  joinPlanes(bytes, at + from, count, width, n, out, outAt);
  const end = outAt + n;
  if (folded) unfold(out, outAt, end);
  else if (reference !== 0) for (let i = outAt; i < end; i++) out[i] += reference;
}

/** How many bits a non-negative number below 2^64 has before its point. */
export function bitLength(x: number): number {
  return x < 4294967296 ? 32 - Math.clz32(x) : 64 - Math.clz32(x / 4294967296);
}

function bytesFor(x: number): number {
  return Math.ceil(bitLength(x) / 8);
}

/** Writes which values are not zero, moves those to the front and returns how many they are. */
function writeBitmap(values: Float64Array, count: number, head: ByteWriter, body: ByteWriter): number {
  let stored = 0;
  for (let i = 0; i < count; i++) if (values[i] !== 0) stored++;
  head.varint(stored);
  const size = (count + 7) >>> 3;
  const bytes = body.reserve(size);
  const at = body.length;
  bytes.fill(0, at, at + size);
  let k = 0;
  for (let i = 0; i < count; i++) {
    const v = values[i];
    if (v === 0) continue;
    bytes[at + (i >>> 3)] |= 1 << (i & 7);
    values[k++] = v;
  }
  body.length += size;
  return stored;
}

function readSparse(
  head: ByteReader,
  body: ByteReader,
  width: number,
  count: number,
  from: number,
  n: number,
  out: Float64Array,
  outAt: number,
): void {
  const { bytes } = body;
  const stored = head.varint();
  if (stored > count) throw new DamagedError(`Sparse integers have ${stored} of ${count} marked`);
  const map = body.at;
  body.skip((count + 7) >>> 3);
  const at = body.at;
  body.skip(width * stored);
  const to = from + n;
  const before = countBits(bytes, map, 0, from);
  const marked = countBits(bytes, map, from, to);
  if (before + marked > stored) throw new DamagedError(`Sparse integers have more than ${stored} marked`);
  // Read to the front, then spread from the end, so that none is overwritten before it has moved.
  joinPlanes(bytes, at + before, stored, width, marked, out, outAt);
  unfold(out, outAt, outAt + marked);
  let k = outAt + marked - 1;
  for (let i = to - 1, target = outAt + n - 1; i >= from; i--, target--)
    out[target] = ((bytes[map + (i >>> 3)] >>> (i & 7)) & 1) !== 0 ? out[k--] : 0;
}

/** How many of the bits `from … to - 1` of a bitmap are set. */
export function countBits(bytes: Uint8Array, map: number, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) n += (bytes[map + (i >>> 3)] >>> (i & 7)) & 1;
  return n;
}

/** Puts `n` integers of `width` bytes together; the planes are `stride` bytes apart. */
function joinPlanes(
  bytes: Uint8Array,
  at: number,
  stride: number,
  width: number,
  n: number,
  out: Float64Array,
  outAt: number,
): void {
  if (width === 0) out.fill(0, outAt, outAt + n);
  else if (width === 1) for (let i = 0; i < n; i++) out[outAt + i] = bytes[at + i];
  else if (width === 2)
    for (let i = 0, b = at; i < n; i++, b++) out[outAt + i] = bytes[b] | (bytes[b + stride] << 8);
  else if (width === 3)
    for (let i = 0, b = at; i < n; i++, b++)
      out[outAt + i] = bytes[b] | (bytes[b + stride] << 8) | (bytes[b + 2 * stride] << 16);
  else {
    for (let i = 0, b = at; i < n; i++, b++) {
      const low = bytes[b] | (bytes[b + stride] << 8) | (bytes[b + 2 * stride] << 16);
      out[outAt + i] = low + bytes[b + 3 * stride] * 16777216;
    }
    for (let p = 4, scale = 4294967296; p < width; p++, scale *= 256)
      for (let i = 0, b = at + p * stride; i < n; i++, b++) out[outAt + i] += bytes[b] * scale;
  }
}

function unfold(values: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const u = values[i];
    const half = Math.floor(u / 2);
    values[i] = u === 2 * half ? half : -half - 1;
  }
}

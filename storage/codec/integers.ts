// Runs of integers as byte planes. Integers are kept as float64, exact up to 2^53.
//
// What is stored are residuals: the integers themselves, their differences, or differences of differences, whichever
// are smallest; less a reference, and either non-negative by choice of it or folded (0, -1, 1, -2 …). Residuals of w
// bytes are stored as w planes, first all low bytes, then all second bytes: the compressor behind sees bytes of one
// kind side by side. Where many residuals of several bytes are zero, a bitmap marks those that are not and the planes
// hold only those.
//
//   u8 flags: order (2 bits), folded, sparse, width (3 bits), divisor present
//   [divisor, base]      the integers are base + divisor × what is stored
//   reference
//   per restart: value before it (order 1, 2), difference before it (order 2), as differences to the restart before
//   [sparse: number of residuals in the planes, bitmap]
//   planes
import { DamagedError } from '../errors.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** Samples between the places from which a column can be decoded. */
export const RESTART_SLOTS = 240;

const EXACT_MAX = 2 ** 53;
/** With references up to this and runs up to that, sums of two-byte differences stay within int32. */
const SHORT_REFERENCE_MAX = 2 ** 20;
const SHORT_RUN_MAX = 1900;
const FOLDED = 4;
const SPARSE = 8;
const WIDTH_SHIFT = 4;
const DIVIDED = 128;

/** Work space, kept from call to call: the integers divided, and their residuals. */
let reduced = new Float64Array(1024);
let residuals = new Float64Array(1024);

/**
 * Appends the integers `values[0 … count)`, each of magnitude ≤ 2^53, count ≥ 1.
 * @returns false where differences would not be exact; `out` is as before then
 */
export function encodeIntegers(values: Float64Array, count: number, out: ByteWriter): boolean {
  if (reduced.length < count) {
    reduced = new Float64Array(2 * count);
    residuals = new Float64Array(2 * count);
  }
  const divisor = commonDivisor(values, count);
  let source = values;
  const base = values[0];
  if (divisor > 1) {
    source = reduced;
    for (let i = 0; i < count; i++) reduced[i] = (values[i] - base) / divisor;
  }
  const order = chooseOrder(source, count);
  takeResiduals(source, count, order, residuals);
  const layout = chooseLayout(residuals, count);
  if (layout === null) return false;
  const start = out.length;
  out.u8(
    order |
      (layout.folded ? FOLDED : 0) |
      (layout.sparse ? SPARSE : 0) |
      (layout.width << WIDTH_SHIFT) |
      (divisor > 1 ? DIVIDED : 0),
  );
  if (divisor > 1) {
    out.varint(divisor);
    out.signedVarint(base);
  }
  out.signedVarint(layout.reference);
  if (!writeRestarts(source, count, order, out)) {
    out.length = start;
    return false;
  }
  let stored = count;
  if (layout.sparse) stored = writeBitmap(residuals, count, out);
  writePlanes(residuals, stored, layout, out);
  return true;
}

/**
 * Decodes integers `first … last - 1` of a run of `count` that ends where `reader` ends, into `out` from `outAt` on.
 * @throws DamagedError where the bytes do not follow the format
 */
export function decodeIntegers(
  reader: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const flags = reader.u8();
  const order = flags & 3;
  const width = (flags >>> WIDTH_SHIFT) & 7;
  let divisor = 1;
  let base = 0;
  if ((flags & DIVIDED) !== 0) {
    divisor = reader.varint();
    base = reader.signedVarint();
  }
  const reference = reader.signedVarint();
  const restart = Math.floor(first / RESTART_SLOTS);
  let value = 0;
  let step = 0;
  if (order > 0) {
    const restarts = Math.ceil(count / RESTART_SLOTS);
    let valueSum = 0;
    let stepSum = 0;
    for (let r = 0; r < restarts; r++) {
      valueSum += reader.signedVarint();
      if (order > 1) stepSum += reader.signedVarint();
      if (r === restart) {
        value = valueSum;
        step = stepSum;
      }
    }
  }
  const from = restart * RESTART_SLOTS;
  // Decoding begins at the restart; unless that is where the caller begins, it happens aside.
  let target = out;
  let at = outAt;
  if (from < first) {
    if (reduced.length < last - from) reduced = new Float64Array(2 * (last - from));
    target = reduced;
    at = 0;
  }
  const folded = (flags & FOLDED) !== 0;
  const sparse = (flags & SPARSE) !== 0;
  const n = last - from;
  if (order === 1 && !sparse && (width === 1 || width === 2) && isShort(n, reference))
    sumShort(reader, count, from, n, width, folded, reference, value, target, at);
  else {
    if (sparse) readSparse(reader, count, from, last, width, folded, reference, target, at);
    else readDense(reader, count, from, n, width, folded, reference, target, at);
    if (order === 1) sumOnce(target, at, n, value);
    else if (order === 2) sumTwice(target, at, n, value, step);
    else if (order > 2) throw new DamagedError('Integers of unknown order');
  }
  if (divisor > 1) for (let i = at, end = at + n; i < end; i++) target[i] = base + divisor * target[i];
  if (from < first) for (let i = first; i < last; i++) out[outAt + i - first] = reduced[i - from];
}

/** The largest integer that divides all differences of values, 1 where there is none worth the name. */
function commonDivisor(values: Float64Array, count: number): number {
  const base = values[0];
  let divisor = 0;
  for (let i = 1; i < count; i++) {
    let a = Math.abs(values[i] - base);
    if (a >= EXACT_MAX) return 1;
    if (divisor === 0) divisor = a;
    else if (a % divisor !== 0) {
      let b = divisor;
      while (b !== 0) {
        const rest = a % b;
        a = b;
        b = rest;
      }
      divisor = a;
      if (divisor === 1) return 1;
    }
  }
  return divisor === 0 ? 1 : divisor;
}

function bitLength(x: number): number {
  return x < 4294967296 ? 32 - Math.clz32(x) : 64 - Math.clz32(x / 4294967296);
}

/**
 * 0 for the integers themselves, 1 for differences, 2 for differences of differences: what needs the fewest bits,
 * counted around the mean where that helps (a steady counter has large steps that differ little). Every fourth value
 * is looked at; a wrong guess costs bytes, not values.
 */
function chooseOrder(values: Float64Array, count: number): number {
  if (count < 3) return count - 1;
  const stride = count < 64 ? 1 : 4;
  const meanStep = Math.round((values[count - 1] - values[0]) / (count - 1));
  let sum = 0;
  for (let i = 2; i < count; i += stride) sum += values[i];
  const mean = Math.round(sum / Math.ceil((count - 2) / stride));
  let bits0 = 0;
  let bits1 = 0;
  let centred1 = 0;
  let bits2 = 0;
  for (let i = 2; i < count; i += stride) {
    const value = values[i];
    const before = values[i - 1];
    const step = value - before;
    bits0 += bitLength(Math.abs(value - mean));
    bits1 += bitLength(Math.abs(step));
    centred1 += bitLength(Math.abs(step - meanStep));
    bits2 += bitLength(Math.abs(step - (before - values[i - 2])));
  }
  const best1 = Math.min(bits1, centred1);
  if (bits0 < best1) return 0;
  // Noise gets half a bit wider with each difference: a quarter of a bit tells a trend from chance.
  return bits2 + count / stride / 4 < best1 ? 2 : 1;
}

/**
 * Residuals of an order. The first one (two of order 2) are free to choose, as the value before the first slot is: they
 * repeat the next, so as not to stick out.
 */
function takeResiduals(values: Float64Array, count: number, order: number, out: Float64Array): void {
  if (order === 0) {
    for (let i = 0; i < count; i++) out[i] = values[i];
    return;
  }
  if (order === 1) {
    for (let i = 1; i < count; i++) out[i] = values[i] - values[i - 1];
    out[0] = out[1];
    return;
  }
  for (let i = 2; i < count; i++) out[i] = values[i] - values[i - 1] - (values[i - 1] - values[i - 2]);
  out[1] = out[2];
  out[0] = out[1];
}

interface PlaneLayout {
  folded: boolean;
  sparse: boolean;
  width: number;
  reference: number;
}

function bytesFor(x: number): number {
  return Math.ceil(bitLength(x) / 8);
}

/** How to store residuals in the fewest bytes; null where they are too far apart to be exact. */
function chooseLayout(values: Float64Array, count: number): PlaneLayout | null {
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

/** Writes where decoding can begin; false where that is not exact. */
function writeRestarts(values: Float64Array, count: number, order: number, out: ByteWriter): boolean {
  if (order === 0) return true;
  let valueBefore = 0;
  let stepBefore = 0;
  for (let slot = 0; slot < count; slot += RESTART_SLOTS) {
    let step = 0;
    let value = 0;
    if (slot > 0) {
      value = values[slot - 1];
      if (order === 2) step = value - values[slot - 2];
    } else if (order === 1) value = values[0] - residuals[0];
    else {
      step = values[1] - values[0] - residuals[0] - residuals[1];
      value = values[0] - (step + residuals[0]);
    }
    const change = value - valueBefore;
    const stepChange = step - stepBefore;
    if (Math.abs(value) >= EXACT_MAX || Math.abs(change) >= EXACT_MAX) return false;
    if (Math.abs(step) >= EXACT_MAX || Math.abs(stepChange) >= EXACT_MAX) return false;
    out.signedVarint(change);
    if (order === 2) out.signedVarint(stepChange);
    valueBefore = value;
    stepBefore = step;
  }
  return true;
}

/** Writes which residuals are not zero, moves those to the front and returns how many they are. */
function writeBitmap(values: Float64Array, count: number, out: ByteWriter): number {
  let stored = 0;
  for (let i = 0; i < count; i++) if (values[i] !== 0) stored++;
  out.varint(stored);
  const size = (count + 7) >>> 3;
  const bytes = out.reserve(size);
  const at = out.length;
  bytes.fill(0, at, at + size);
  let k = 0;
  for (let i = 0; i < count; i++) {
    const v = values[i];
    if (v === 0) continue;
    bytes[at + (i >>> 3)] |= 1 << (i & 7);
    values[k++] = v;
  }
  out.length += size;
  return stored;
}

function writePlanes(values: Float64Array, count: number, layout: PlaneLayout, out: ByteWriter): void {
  const { folded, width, reference } = layout;
  const bytes = out.reserve(width * count);
  const at = out.length;
  for (let i = 0; i < count; i++) {
    const v = values[i] - reference;
    let u = folded ? (v < 0 ? -2 * v - 1 : 2 * v) : v;
    let low = u >>> 0;
    for (let p = 0, to = at + i; p < width; p++, to += count) {
      if (p === 4) {
        u = Math.floor(u / 4294967296);
        low = u >>> 0;
      }
      bytes[to] = low;
      low >>>= 8;
    }
  }
  out.length += width * count;
}

/** Reads `n` residuals from `from` on out of planes that hold all `count` of them. */
function readDense(
  reader: ByteReader,
  count: number,
  from: number,
  n: number,
  width: number,
  folded: boolean,
  reference: number,
  out: Float64Array,
  outAt: number,
): void {
  const { bytes, at } = reader;
  reader.skip(width * count);
  reader.finish();
  readPlanes(bytes, at + from, count, width, n, out, outAt);
  const end = outAt + n;
  if (folded) unfold(out, outAt, end);
  else if (reference !== 0) for (let i = outAt; i < end; i++) out[i] += reference;
}

/** Reads residuals `from … to - 1` of planes that hold only those whose bit is set. */
function readSparse(
  reader: ByteReader,
  count: number,
  from: number,
  to: number,
  width: number,
  folded: boolean,
  reference: number,
  out: Float64Array,
  outAt: number,
): void {
  const { bytes } = reader;
  const stored = reader.varint();
  const map = reader.at;
  reader.skip((count + 7) >>> 3);
  const planes = reader.at;
  if (!folded || reference !== 0 || stored > count)
    throw new DamagedError('Sparse integers are inconsistent');
  reader.skip(width * stored);
  reader.finish();
  let before = 0;
  for (let i = 0; i < from; i++) before += (bytes[map + (i >>> 3)] >>> (i & 7)) & 1;
  let n = 0;
  for (let i = from; i < to; i++) n += (bytes[map + (i >>> 3)] >>> (i & 7)) & 1;
  if (before + n > stored) throw new DamagedError('Sparse integers have too many marks');
  // Read those that are stored to the front, then spread them from the end, so that none is overwritten unread.
  readPlanes(bytes, planes + before, stored, width, n, out, outAt);
  unfold(out, outAt, outAt + n);
  let k = outAt + n - 1;
  for (let i = to - 1, at = outAt + to - from - 1; i >= from; i--, at--) {
    out[at] = ((bytes[map + (i >>> 3)] >>> (i & 7)) & 1) !== 0 ? out[k--] : 0;
  }
}

/** Puts `n` integers of `width` bytes together; the planes are `stride` bytes apart. */
function readPlanes(
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

function isShort(n: number, reference: number): boolean {
  return n <= SHORT_RUN_MAX && Math.abs(reference) <= SHORT_REFERENCE_MAX;
}

/**
 * readDense and sumOnce in one, for what most columns are: differences of one or two bytes. Sums are taken in int32,
 * whose additions wait for each other a quarter as long as those of float64.
 */
function sumShort(
  reader: ByteReader,
  count: number,
  from: number,
  n: number,
  width: number,
  folded: boolean,
  reference: number,
  value: number,
  out: Float64Array,
  outAt: number,
): void {
  const { bytes } = reader;
  let b = reader.at + from;
  reader.skip(width * count);
  reader.finish();
  let sum = 0;
  const end = outAt + n;
  const ref = reference | 0;
  if (width === 1 && !folded) {
    for (let i = outAt; i < end; i++, b++) {
      sum = (sum + bytes[b] + ref) | 0;
      out[i] = value + sum;
    }
    return;
  }
  const second = width === 2 ? count : 0;
  for (let i = outAt; i < end; i++, b++) {
    const u = width === 2 ? bytes[b] | (bytes[b + second] << 8) : bytes[b];
    sum = (sum + (folded ? (u >>> 1) ^ -(u & 1) : u + ref)) | 0;
    out[i] = value + sum;
  }
}

function sumOnce(values: Float64Array, at: number, n: number, value: number): void {
  for (let i = at, end = at + n; i < end; i++) {
    value += values[i];
    values[i] = value;
  }
}

function sumTwice(values: Float64Array, at: number, n: number, value: number, step: number): void {
  for (let i = at, end = at + n; i < end; i++) {
    step += values[i];
    value += step;
    values[i] = value;
  }
}

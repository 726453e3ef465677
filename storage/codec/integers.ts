// Runs of integers as what is left of them once their neighbours are known. Integers are kept as float64, exact up to
// 2^53.
//
// What is stored are residuals: the integers themselves, their differences, or differences of differences, whichever
// are smallest, as byte planes (planes.ts).
//
//   head: u8 flags: order (2 bits), folded, sparse, width (3 bits), divisor present
//         [divisor, base]      the integers are base + divisor × what is stored
//         reference
//         per restart: value before it (order 1, 2), difference before it (order 2), as differences to the one before
//   then the planes' head and body
import { DamagedError } from '../errors.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { bitLength, choosePlanes, type Planes, readPlanes, writePlanes } from './planes.ts';

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
 * Appends the integers `values[0 … count)`, each of magnitude ≤ 2^53, count ≥ 1. Head and body may be one.
 * @returns false where differences would not be exact; something may be left in `head` then
 */
export function encodeIntegers(
  values: Float64Array,
  count: number,
  head: ByteWriter,
  body: ByteWriter,
): boolean {
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
  const planes = choosePlanes(residuals, count);
  if (planes === null) return false;
  head.u8(
    order |
      (planes.folded ? FOLDED : 0) |
      (planes.sparse ? SPARSE : 0) |
      (planes.width << WIDTH_SHIFT) |
      (divisor > 1 ? DIVIDED : 0),
  );
  if (divisor > 1) {
    head.varint(divisor);
    head.signedVarint(base);
  }
  head.signedVarint(planes.reference);
  if (!writeRestarts(source, count, order, head)) return false;
  writePlanes(residuals, count, planes, head, body);
  return true;
}

/**
 * Decodes integers `first … last - 1` of a run of `count` into `out` from `outAt` on, and leaves the readers behind the
 * run. Head and body may be one.
 * @throws DamagedError where the bytes do not follow the format
 */
export function decodeIntegers(
  head: ByteReader,
  body: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const from = first - (first % RESTART_SLOTS);
  if (from === first) {
    decodeFrom(head, body, count, first, last - first, out, outAt);
    return;
  }
  // Decoding begins at the restart, not where the caller begins: it happens aside.
  const n = last - from;
  if (reduced.length < n) reduced = new Float64Array(2 * n);
  decodeFrom(head, body, count, from, n, reduced, 0);
  for (let i = first - from; i < n; i++) out[outAt++] = reduced[i];
}

/** Decodes `n` integers from slot `from` on, which is a restart. */
function decodeFrom(
  head: ByteReader,
  body: ByteReader,
  count: number,
  from: number,
  n: number,
  out: Float64Array,
  outAt: number,
): void {
  const flags = head.u8();
  const order = flags & 3;
  if (order === 3) throw new DamagedError('Integers of unknown order');
  let divisor = 1;
  let base = 0;
  if ((flags & DIVIDED) !== 0) {
    divisor = head.varint();
    base = head.signedVarint();
  }
  const planes = {
    width: (flags >>> WIDTH_SHIFT) & 7,
    folded: (flags & FOLDED) !== 0,
    sparse: (flags & SPARSE) !== 0,
    reference: head.signedVarint(),
  };
  let value = 0;
  let step = 0;
  if (order > 0) {
    let valueSum = 0;
    let stepSum = 0;
    for (let slot = 0; slot < count; slot += RESTART_SLOTS) {
      valueSum += head.signedVarint();
      if (order === 2) stepSum += head.signedVarint();
      if (slot === from) {
        value = valueSum;
        step = stepSum;
      }
    }
  }
  if (order === 1 && isShort(planes, n)) sumShort(body, planes, count, from, n, value, out, outAt);
  else {
    readPlanes(head, body, planes, count, from, n, out, outAt);
    if (order === 1) sumOnce(out, outAt, n, value);
    else if (order === 2) sumTwice(out, outAt, n, value, step);
  }
  if (divisor > 1) for (let i = outAt, end = outAt + n; i < end; i++) out[i] = base + divisor * out[i];
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

function isShort({ width, sparse, reference }: Planes, n: number): boolean {
  return (
    (width === 1 || width === 2) &&
    !sparse &&
    n <= SHORT_RUN_MAX &&
    Math.abs(reference) <= SHORT_REFERENCE_MAX
  );
}

/**
 * readPlanes and sumOnce in one, for what most columns are: differences of one or two bytes. Sums are taken in int32,
 * whose additions wait for each other a quarter as long as those of float64.
 */
function sumShort(
  body: ByteReader,
  { width, folded, reference }: Planes,
  count: number,
  from: number,
  n: number,
  value: number,
  out: Float64Array,
  outAt: number,
): void {
  const { bytes } = body;
  let b = body.at + from;
  body.skip(width * count);
  const ref = reference | 0;
  const end = outAt + n;
  let sum = 0;
  if (width === 1 && !folded) {
    for (let i = outAt; i < end; i++, b++) {
      sum = (sum + bytes[b] + ref) | 0;
      out[i] = value + sum;
    }
    return;
  }
  for (let i = outAt; i < end; i++, b++) {
    const u = width === 2 ? bytes[b] | (bytes[b + count] << 8) : bytes[b];
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

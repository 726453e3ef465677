// One column of values as bytes, in the encoding that comes out smallest. Every bit of every value survives; a column
// is decoded again before `encodeColumn` returns, and stored as plain bits should it ever differ.
//
//   u8 encoding, 128 added where there are exceptions
//   [exceptions: number of runs, then for each: slots since the run before, slots, 8 bytes]
//   what the encoding needs
//
// Exceptions are what arithmetic does not carry: NaNs (stale markers are NaNs), infinities, -0. Below them the slots
// repeat the value before. The number of samples is not written: who stores the column knows it.
import { DamagedError, StorageError } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import {
  EXPONENT_MAX,
  fromBinary,
  fromDecimal,
  NO_EXPONENT,
  PLACES_MAX,
  toBinary,
  toDecimal,
} from './decimal.ts';
import {
  decodeBits,
  decodeCorrected,
  decodeRepeating,
  encodeBits,
  encodeCorrected,
  encodeRepeating,
  wordsOf,
} from './floats.ts';
import { decodeIntegers, encodeIntegers } from './integers.ts';

export { RESTART_SLOTS } from './integers.ts';

/** The kind of column that exists so far; histograms and start timestamps get numbers of their own. */
export const FLOAT_COLUMN = 0;

/** Flags of `inspectColumn`: some value is a stale marker. */
export const HAS_STALE = 1;
/** Flags of `inspectColumn`: values never fall from slot to slot and none is NaN. */
export const NEVER_DECREASES = 2;

const CONSTANT = 0;
const DECIMAL = 1;
const BINARY = 2;
const CORRECTED = 3;
const REPEATING = 4;
const BITS = 5;
const HAS_EXCEPTIONS = 128;

/** Work space, kept from call to call. */
let regular = new Float64Array(1024);
let integers = new Float64Array(1024);
let decoded = new Float64Array(1024);
const candidate = new ByteWriter(16384);
const best = new ByteWriter(16384);

/** What holds for `values[from … from + count)`: HAS_STALE, NEVER_DECREASES, or neither (0). */
export function inspectColumn(values: Float64Array, from: number, count: number): number {
  let last = -Infinity;
  let i = from;
  const end = from + count;
  for (; i < end; i++) {
    const v = values[i];
    // Also false for NaN.
    if (!(v >= last)) break;
    last = v;
  }
  if (i === end) return NEVER_DECREASES;
  const words = wordsOf(values, from, count);
  for (let w = 0; w < words.length; w += 2)
    if (words[w + 1] === 0x7ff00000 && words[w] === 2) return HAS_STALE;
  return 0;
}

/** Appends the column `values[from … from + count)` to `out`; count ≥ 1. */
export function encodeColumn(values: Float64Array, from: number, count: number, out: ByteWriter): void {
  const words = wordsOf(values, from, count);
  if (isConstant(words)) {
    writeConstant(words, out);
    return;
  }
  reserve(count);
  const start = out.length;
  out.u8(0);
  let encoding = writeExceptions(values, from, count, words, out) ? HAS_EXCEPTIONS : 0;
  encoding |= writeRegular(count, out);
  out.bytes[start] = encoding;
  if (decodesTo(words, count, out, start)) return;
  out.length = start;
  out.u8(BITS);
  wordsOf(regular, 0, count).set(words);
  encodeBits(regular, count, out);
}

/**
 * Decodes slots `first … last - 1` of a column of `count` values, stored in `bytes[at … end)`, into `out` from
 * `outAt` on. Costs the slots asked for and those behind the restart before them.
 * @throws DamagedError where the bytes do not follow the format
 * @throws StorageError `version` for an encoding of a newer version
 */
export function decodeColumn(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  if (first >= last) return;
  const reader = new ByteReader(bytes, at, end);
  const head = reader.u8();
  if (head === CONSTANT) {
    readConstant(reader, out, outAt, outAt + last - first);
    return;
  }
  const exceptionsAt = reader.at;
  if ((head & HAS_EXCEPTIONS) !== 0) skipExceptions(reader, count);
  readRegular(reader, head & ~HAS_EXCEPTIONS, count, first, last, out, outAt);
  if ((head & HAS_EXCEPTIONS) !== 0)
    applyExceptions(new ByteReader(bytes, exceptionsAt, end), first, last, out, outAt);
}

function reserve(count: number): void {
  if (regular.length >= count) return;
  regular = new Float64Array(2 * count);
  integers = new Float64Array(2 * count);
  decoded = new Float64Array(2 * count);
}

/** Tells whether the column from `start` on gives these bits back. Nothing known fails; a fold must not if it did. */
function decodesTo(words: Uint32Array, count: number, column: ByteWriter, start: number): boolean {
  try {
    decodeColumn(column.bytes, start, column.length, count, 0, count, decoded, 0);
  } catch {
    return false;
  }
  return sameWords(words, wordsOf(decoded, 0, count));
}

function isConstant(words: Uint32Array): boolean {
  const low = words[0];
  const high = words[1];
  for (let w = 2; w < words.length; w += 2) if (words[w] !== low || words[w + 1] !== high) return false;
  return true;
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
  // No branch per word: they are nearly always the same.
  let different = 0;
  const n = a.length;
  for (let i = 0; i < n; i += 2) different |= (a[i] ^ b[i]) | (a[i + 1] ^ b[i + 1]);
  return different === 0;
}

/** The bytes of the value from the high end on, without the zeros at the low end. */
function writeConstant(words: Uint32Array, out: ByteWriter): void {
  out.u8(CONSTANT);
  let low = words[0];
  let high = words[1];
  while ((low | high) !== 0) {
    out.u8(high >>> 24);
    high = (high << 8) | (low >>> 24);
    low <<= 8;
  }
}

function readConstant(reader: ByteReader, out: Float64Array, from: number, to: number): void {
  let low = 0;
  let high = 0;
  const size = reader.end - reader.at;
  if (size > 8) throw new DamagedError(`Constant column of ${size} bytes`);
  for (let k = 0; k < size; k++) {
    const byte = reader.u8();
    if (k < 4) high |= byte << (24 - 8 * k);
    else low |= byte << (56 - 8 * k);
  }
  const words = wordsOf(out, from, to - from);
  for (let w = 0; w < words.length; w += 2) {
    words[w] = low;
    words[w + 1] = high;
  }
}

/**
 * Copies values to `regular`, with exceptions replaced by the value before (those in front by the first regular one),
 * and writes the exceptions if there are any.
 */
function writeExceptions(
  values: Float64Array,
  from: number,
  count: number,
  words: Uint32Array,
  out: ByteWriter,
): boolean {
  if (isRegular(values, from, count, words)) {
    wordsOf(regular, 0, count).set(words);
    return false;
  }
  let runs = 0;
  let last = 0;
  let leading = 0;
  let wasException = false;
  for (let i = 0; i < count; i++) {
    const v = values[from + i];
    // v - v is 0 for finite values only; -0 has no low word and a high word with the sign alone.
    if (v - v === 0 && (v !== 0 || words[2 * i + 1] === 0)) {
      if (leading === i && i > 0) regular.fill(v, 0, i);
      last = v;
      wasException = false;
    } else {
      if (!wasException || !sameAsBefore(words, i)) runs++;
      if (leading === i) leading++;
      wasException = true;
    }
    regular[i] = last;
  }
  out.varint(runs);
  let end = 0;
  for (let i = 0; i < count; ) {
    const v = values[from + i];
    if (v - v === 0 && (v !== 0 || words[2 * i + 1] === 0)) {
      i++;
      continue;
    }
    let to = i + 1;
    while (to < count && sameAsBefore(words, to)) to++;
    out.varint(i - end);
    out.varint(to - i);
    out.u32(words[2 * i]);
    out.u32(words[2 * i + 1]);
    end = to;
    i = to;
  }
  return true;
}

function isRegular(values: Float64Array, from: number, count: number, words: Uint32Array): boolean {
  let rest = 0;
  let negativeZeros = 0;
  for (let i = 0; i < count; i++) {
    const v = values[from + i];
    rest += v - v;
    if (v === 0) negativeZeros |= words[2 * i + 1];
  }
  return rest === 0 && negativeZeros === 0;
}

function sameAsBefore(words: Uint32Array, i: number): boolean {
  return words[2 * i] === words[2 * i - 2] && words[2 * i + 1] === words[2 * i - 1];
}

function skipExceptions(reader: ByteReader, count: number): void {
  const runs = reader.varint();
  let slots = 0;
  for (let r = 0; r < runs; r++) {
    slots += reader.varint() + reader.varint();
    if (slots > count) throw new DamagedError('Column has exceptions beyond its end');
    reader.skip(8);
  }
}

function applyExceptions(
  reader: ByteReader,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const words = wordsOf(out, outAt, last - first);
  const runs = reader.varint();
  let slot = 0;
  for (let r = 0; r < runs; r++) {
    const from = slot + reader.varint();
    slot = from + reader.varint();
    const low = reader.u32();
    const high = reader.u32();
    for (let i = Math.max(from, first), to = Math.min(slot, last); i < to; i++) {
      words[2 * (i - first)] = low;
      words[2 * (i - first) + 1] = high;
    }
  }
}

/** Appends `regular[0 … count)` and returns the encoding. */
function writeRegular(count: number, out: ByteWriter): number {
  const places = toDecimal(regular, count, integers);
  if (places >= 0) {
    const start = out.length;
    out.u8(places);
    if (encodeIntegers(integers, count, out)) return DECIMAL;
    out.length = start;
  }
  return writeFloats(count, out);
}

/** Tries what there is for floats that are no decimals, and appends what will compress to the least. */
function writeFloats(count: number, out: ByteWriter): number {
  best.length = 0;
  encodeBits(regular, count, best);
  let cost = compressedSize(best);
  let encoding = BITS;
  for (const [other, write] of FLOAT_ENCODINGS) {
    candidate.length = 0;
    if (!write(regular, count, candidate)) continue;
    const otherCost = compressedSize(candidate);
    if (otherCost >= cost) continue;
    cost = otherCost;
    encoding = other;
    best.length = 0;
    best.append(candidate.view());
  }
  out.append(best.view());
  return encoding;
}

const FLOAT_ENCODINGS: readonly [
  number,
  (values: Float64Array, count: number, out: ByteWriter) => boolean,
][] = [
  [BINARY, writeBinary],
  [CORRECTED, encodeCorrected],
  [REPEATING, encodeRepeating],
];

function writeBinary(values: Float64Array, count: number, out: ByteWriter): boolean {
  const exponent = toBinary(values, count, integers);
  if (exponent === NO_EXPONENT) return false;
  out.signedVarint(exponent);
  return encodeIntegers(integers, count, out);
}

function readRegular(
  reader: ByteReader,
  encoding: number,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const outEnd = outAt + last - first;
  if (encoding === DECIMAL) {
    const places = reader.u8();
    if (places > PLACES_MAX) throw new DamagedError(`Column has ${places} decimal places`);
    decodeIntegers(reader, count, first, last, out, outAt);
    fromDecimal(out, outAt, outEnd, places);
  } else if (encoding === BINARY) {
    const exponent = reader.signedVarint();
    if (Math.abs(exponent) > EXPONENT_MAX) throw new DamagedError(`Column has exponent ${exponent}`);
    decodeIntegers(reader, count, first, last, out, outAt);
    fromBinary(out, outAt, outEnd, exponent);
  } else if (encoding === CORRECTED) decodeCorrected(reader, count, first, last, out, outAt);
  else if (encoding === REPEATING) decodeRepeating(reader, count, first, last, out, outAt);
  else if (encoding === BITS) decodeBits(reader, count, first, last, out, outAt);
  else throw new StorageError('version', `Column of encoding ${encoding}, which this Ferula does not know`);
}

const STRETCH_BYTES = 512;
/** Fewer bytes tell too little about each other to be worth the count. */
const COMPRESSIBLE_BYTES_MIN = 256;
const histogram = new Uint32Array(256);

/**
 * About how many bytes are left once the compressor found what is frequent, stretch by stretch. Bytes that vanish
 * count a little too: they take memory and time to decode.
 */
function compressedSize(written: ByteWriter): number {
  const { bytes, length } = written;
  if (length < COMPRESSIBLE_BYTES_MIN) return length;
  let bits = 0;
  for (let from = 0; from < length; from += STRETCH_BYTES) {
    const to = Math.min(from + STRETCH_BYTES, length);
    histogram.fill(0);
    for (let i = from; i < to; i++) histogram[bytes[i]]++;
    const log = Math.log2(to - from);
    for (let b = 0; b < 256; b++) {
      const n = histogram[b];
      if (n > 0) bits += n * (log - Math.log2(n));
    }
  }
  return bits / 8 + length / 32;
}

// One column of values as bytes, in the encoding that comes out smallest. Every bit of every value survives; a column
// is decoded again before `encodeColumn` returns, and stored as plain bits should it ever differ.
//
// A column is a head of a few bytes and a body with the bulk, apart because heads of neighbouring columns are alike
// and compress well side by side. They may also be written to one buffer: they are read in the order they are written.
//
//   head: u8 encoding, 128 added where there are exceptions; for a constant 16 and the number of its bytes
//         [exceptions (exceptions.ts)]
//         what the encoding needs
//
// The number of samples is not written: who stores the column knows it.
import { DamagedError, StorageError } from '../errors.ts';
import { ByteReader, ByteWriter, wordsOf } from './bytes.ts';
import {
  EXPONENT_MAX,
  fromBinary,
  fromDecimal,
  NO_EXPONENT,
  PLACES_MAX,
  toBinary,
  toDecimal,
} from './decimal.ts';
import { applyExceptions, skipExceptions, splitExceptions } from './exceptions.ts';
import {
  decodeBits,
  decodeCorrected,
  decodeRepeating,
  encodeBits,
  encodeCorrected,
  encodeRepeating,
} from './floats.ts';
import { decodeIntegers, encodeIntegers } from './integers.ts';

export { RESTART_SLOTS } from './integers.ts';

/** The kind of column that exists so far; histograms and start timestamps get numbers of their own. */
export const FLOAT_COLUMN = 0;

/** Flags of `inspectColumn`: some value is a stale marker. */
export const HAS_STALE = 1;
/** Flags of `inspectColumn`: values never fall from slot to slot and none is NaN. */
export const NEVER_DECREASES = 2;

const DECIMAL = 1;
const BINARY = 2;
const CORRECTED = 3;
const REPEATING = 4;
const BITS = 5;
/** A constant of n bytes is 16 + n. */
const CONSTANT = 16;
const HAS_EXCEPTIONS = 128;

/** Work space, kept from call to call. */
let regular = new Float64Array(1024);
let integers = new Float64Array(1024);
let decoded = new Float64Array(1024);
const trial = new ByteWriter(16384);

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

/** Appends the column `values[from … from + count)` to `head` and `body`, which may be one; count ≥ 1. */
export function encodeColumn(
  values: Float64Array,
  from: number,
  count: number,
  head: ByteWriter,
  body: ByteWriter,
): void {
  const words = wordsOf(values, from, count);
  if (isConstant(words)) {
    writeConstant(words, head);
    return;
  }
  reserve(count);
  const headStart = head.length;
  const bodyStart = body.length;
  head.u8(0);
  const exceptions = splitExceptions(values, from, count, regular, head) ? HAS_EXCEPTIONS : 0;
  // Writing may grow the buffer: the encoding is known only after it.
  const encoding = writeRegular(count, head, body);
  head.bytes[headStart] = encoding | exceptions;
  if (decodesTo(words, count, head, headStart, body, bodyStart)) return;
  body.length = bodyStart;
  head.length = headStart;
  head.u8(BITS);
  wordsOf(regular, 0, count).set(words);
  encodeBits(regular, count, head, body);
}

/**
 * Decodes slots `first … last - 1` of a column of `count` values into `out` from `outAt` on, and leaves the readers
 * behind the column. Head and body may be one reader if they were one writer. Costs the slots asked for and those
 * behind the restart before them.
 * @throws DamagedError where the bytes do not follow the format
 * @throws StorageError `version` for an encoding of a newer version
 */
export function decodeColumn(
  head: ByteReader,
  body: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const encoding = head.u8();
  if (encoding >= CONSTANT && encoding <= CONSTANT + 8) {
    readConstant(head, encoding - CONSTANT, out, outAt, outAt + last - first);
    return;
  }
  if ((encoding & HAS_EXCEPTIONS) === 0) {
    readRegular(encoding, head, body, count, first, last, out, outAt);
    return;
  }
  const exceptions = new ByteReader(head.bytes, head.at, head.end);
  skipExceptions(head, count);
  readRegular(encoding & ~HAS_EXCEPTIONS, head, body, count, first, last, out, outAt);
  applyExceptions(exceptions, first, last, out, outAt);
}

function reserve(count: number): void {
  if (regular.length >= count) return;
  regular = new Float64Array(2 * count);
  integers = new Float64Array(2 * count);
  decoded = new Float64Array(2 * count);
}

/** Tells whether what was written gives these bits back. Nothing known fails; a fold must not if it did. */
function decodesTo(
  words: Uint32Array,
  count: number,
  head: ByteWriter,
  headStart: number,
  body: ByteWriter,
  bodyStart: number,
): boolean {
  try {
    const headReader = new ByteReader(head.bytes, headStart, head.length);
    const bodyReader = head === body ? headReader : new ByteReader(body.bytes, bodyStart, body.length);
    decodeColumn(headReader, bodyReader, count, 0, count, decoded, 0);
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
function writeConstant(words: Uint32Array, head: ByteWriter): void {
  const start = head.length;
  head.u8(CONSTANT);
  let low = words[0];
  let high = words[1];
  while ((low | high) !== 0) {
    head.u8(high >>> 24);
    high = (high << 8) | (low >>> 24);
    low <<= 8;
  }
  head.bytes[start] += head.length - start - 1;
}

function readConstant(head: ByteReader, size: number, out: Float64Array, from: number, to: number): void {
  let low = 0;
  let high = 0;
  for (let k = 0; k < size; k++) {
    const byte = head.u8();
    if (k < 4) high |= byte << (24 - 8 * k);
    else low |= byte << (56 - 8 * k);
  }
  const words = wordsOf(out, from, to - from);
  for (let w = 0; w < words.length; w += 2) {
    words[w] = low;
    words[w + 1] = high;
  }
}

/** Appends `regular[0 … count)` and returns the encoding. */
function writeRegular(count: number, head: ByteWriter, body: ByteWriter): number {
  const places = toDecimal(regular, count, integers);
  if (places < 0) return writeFloats(count, head, body);
  const start = head.length;
  head.u8(places);
  if (encodeIntegers(integers, count, head, body)) return DECIMAL;
  head.length = start;
  return writeFloats(count, head, body);
}

/** Tries what there is for floats that are no decimals, and appends what will compress to the least. */
function writeFloats(count: number, head: ByteWriter, body: ByteWriter): number {
  let best: FloatEncoding = BITS_ENCODING;
  let leastCost = Infinity;
  for (const encoding of FLOAT_ENCODINGS) {
    trial.length = 0;
    if (!encoding.write(regular, count, trial, trial)) continue;
    const cost = compressedSize(trial);
    if (cost >= leastCost) continue;
    leastCost = cost;
    best = encoding;
  }
  best.write(regular, count, head, body);
  return best.number;
}

interface FloatEncoding {
  readonly number: number;
  /** Appends values; false where they do not fit the encoding. */
  write(values: Float64Array, count: number, head: ByteWriter, body: ByteWriter): boolean;
}

const BITS_ENCODING: FloatEncoding = {
  number: BITS,
  write(values, count, head, body) {
    encodeBits(values, count, head, body);
    return true;
  },
};

const BINARY_ENCODING: FloatEncoding = {
  number: BINARY,
  write(values, count, head, body) {
    const exponent = toBinary(values, count, integers);
    if (exponent === NO_EXPONENT) return false;
    head.signedVarint(exponent);
    return encodeIntegers(integers, count, head, body);
  },
};

const FLOAT_ENCODINGS: readonly FloatEncoding[] = [
  BITS_ENCODING,
  BINARY_ENCODING,
  { number: CORRECTED, write: encodeCorrected },
  { number: REPEATING, write: encodeRepeating },
];

function readRegular(
  encoding: number,
  head: ByteReader,
  body: ByteReader,
  count: number,
  first: number,
  last: number,
  out: Float64Array,
  outAt: number,
): void {
  const outEnd = outAt + last - first;
  if (encoding === DECIMAL) {
    const places = head.u8();
    if (places > PLACES_MAX) throw new DamagedError(`Column has ${places} decimal places`);
    decodeIntegers(head, body, count, first, last, out, outAt);
    fromDecimal(out, outAt, outEnd, places);
  } else if (encoding === BINARY) {
    const exponent = head.signedVarint();
    if (Math.abs(exponent) > EXPONENT_MAX) throw new DamagedError(`Column has exponent ${exponent}`);
    decodeIntegers(head, body, count, first, last, out, outAt);
    fromBinary(out, outAt, outEnd, exponent);
  } else if (encoding === CORRECTED) decodeCorrected(head, body, count, first, last, out, outAt);
  else if (encoding === REPEATING) decodeRepeating(head, body, count, first, last, out, outAt);
  else if (encoding === BITS) decodeBits(head, body, count, first, last, out, outAt);
  else throw new StorageError('version', `Column of encoding ${encoding}, written by a newer version`);
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

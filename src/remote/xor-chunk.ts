// Writes Prometheus's XOR chunks: two bytes of sample count, then times as differences of differences and values
// XORed with the one before, in bits (after "Gorilla: a fast, scalable, in-memory time series database", VLDB 2015,
// with the bit widths that Prometheus uses). Only written, for remote reads; Ferula stores columns in a format of its own.

/** Samples of a chunk, as upstream cuts them. */
export const CHUNK_SAMPLES = 120;
/** A sample takes at most 4 + 64 bits of time and 2 + 5 + 6 + 64 of value. */
const MAX_SAMPLE_BYTES = 19;

/** Bits, most significant first. */
class BitWriter {
  readonly bytes: Uint8Array;
  at = 0;
  #free = 8;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** The low `count` bits of a word, 32 at most. */
  bits(word: number, count: number): void {
    let left = count;
    while (left > 0) {
      const take = Math.min(left, this.#free);
      const part = (word >>> (left - take)) & (0xff >>> (8 - take));
      this.bytes[this.at] |= part << (this.#free - take);
      this.#free -= take;
      left -= take;
      if (this.#free === 0) {
        this.at++;
        this.#free = 8;
      }
    }
  }

  /** The low `count` bits of a number of two words. */
  bits64(high: number, low: number, count: number): void {
    if (count > 32) this.bits(high, count - 32);
    this.bits(low, Math.min(count, 32));
  }

  /** A whole number as varint, seven bits a byte. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bits((rest % 0x80) | 0x80, 8);
      rest = Math.floor(rest / 0x80);
    }
    this.bits(rest, 8);
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.#free === 8 ? this.at : this.at + 1);
  }
}

/**
 * Encodes samples `from ≤ i < to` (one at least, 65,535 at most). Times are whole milliseconds; `words` are the values'
 * bits, low word first, so that NaNs keep theirs.
 */
export function encodeXorChunk(
  times: Float64Array,
  words: Uint32Array,
  from: number,
  to: number,
): Uint8Array {
  const out = new BitWriter(2 + 10 + (to - from) * MAX_SAMPLE_BYTES);
  out.bits(to - from, 16);
  const first = times[from];
  // Zigzag: the sign in the lowest bit.
  out.varint(first < 0 ? -2 * first - 1 : 2 * first);
  out.bits64(words[2 * from + 1], words[2 * from], 64);
  let delta = 0;
  let leading = -1;
  let trailing = 0;
  for (let i = from + 1; i < to; i++) {
    const next = times[i] - times[i - 1];
    if (i === from + 1) out.varint(next);
    else writeTimeChange(out, next - delta);
    delta = next;
    const high = (words[2 * i + 1] ^ words[2 * i - 1]) >>> 0;
    const low = (words[2 * i] ^ words[2 * i - 2]) >>> 0;
    if (high === 0 && low === 0) {
      out.bits(0, 1);
      continue;
    }
    const zerosBefore = Math.min(31, high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
    const zerosAfter = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
    if (leading >= 0 && zerosBefore >= leading && zerosAfter >= trailing) out.bits(0b10, 2);
    else {
      leading = zerosBefore;
      trailing = zerosAfter;
      out.bits(0b11, 2);
      out.bits(leading, 5);
      // 64 does not fit into six bits and is written as 0.
      out.bits((64 - leading - trailing) & 63, 6);
    }
    writeShifted(out, high, low, leading, trailing);
  }
  return out.finish();
}

function writeTimeChange(out: BitWriter, change: number): void {
  if (change === 0) out.bits(0, 1);
  else if (fits(change, 14)) writePrefixed(out, 0b10, 2, change, 14);
  else if (fits(change, 17)) writePrefixed(out, 0b110, 3, change, 17);
  else if (fits(change, 20)) writePrefixed(out, 0b1110, 4, change, 20);
  else {
    out.bits(0b1111, 4);
    out.bits64(Math.floor(change / 2 ** 32), change >>> 0, 64);
  }
}

/** Upstream's ranges reach one further up than down. */
function fits(change: number, bits: number): boolean {
  const half = 2 ** (bits - 1);
  return change > -half && change <= half;
}

function writePrefixed(
  out: BitWriter,
  prefix: number,
  prefixBits: number,
  change: number,
  bits: number,
): void {
  out.bits(prefix, prefixBits);
  out.bits(change, bits);
}

/** The bits between the leading and the trailing zeros. */
function writeShifted(out: BitWriter, high: number, low: number, leading: number, trailing: number): void {
  const count = 64 - leading - trailing;
  if (trailing >= 32) out.bits(high >>> (trailing - 32), count);
  else if (trailing === 0) out.bits64(high, low, count);
  else out.bits64(high >>> trailing, (high << (32 - trailing)) | (low >>> trailing), count);
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

// Samples as columns: times shared by many series (Timeline) and one series' values over them (Column). Times are
// milliseconds since 1970 as float64, exact for every date. The bits of two NaNs have a meaning of their own.

/** Marks the end of a series: a signalling NaN, the same bits as in Prometheus. */
export const STALE_NAN_HI = 0x7ff00000;
export const STALE_NAN_LO = 0x00000002;
/** The ordinary NaN that Prometheus stores, `0x7ff8000000000001`. */
export const NORMAL_NAN_HI = 0x7ff80000;
export const NORMAL_NAN_LO = 0x00000001;

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/** Writes the stale marker's bits to `values[i]`; no assignment of a JS number can, since it may quiet the NaN. */
export function setStale(values: Float64Array, i: number): void {
  const words = new Uint32Array(values.buffer, values.byteOffset + i * 8, 2);
  words[0] = STALE_NAN_LO;
  words[1] = STALE_NAN_HI;
}

/** Tells whether `values[i]` holds the stale marker, by its bits. Little endian, as every platform Node runs on. */
export function isStaleAt(values: Float64Array, i: number): boolean {
  const v = values[i];
  if (v === v) return false;
  // A typed array's set() copies bytes between arrays of one type; an element assignment may quiet the NaN.
  scratch.set(values.subarray(i, i + 1));
  return scratchWords[0] === STALE_NAN_LO && scratchWords[1] === STALE_NAN_HI;
}

/**
 * Sample times, ascending and distinct. Series that were sampled together share one object: whoever computes
 * something from times alone (windows, extrapolation terms) does so once per object and finds it again by identity.
 * Immutable once handed out.
 */
export interface Timeline {
  readonly times: Float64Array;
  readonly length: number;
}

export const EMPTY_TIMELINE: Timeline = { times: new Float64Array(0), length: 0 };

/** Sets of slots as bits: slot i is bit `i & 31` of word `i >>> 5`. */
export type Bitset = Uint32Array;

export function bitsetWords(slots: number): number {
  return (slots + 31) >>> 5;
}

export function hasBit(bits: Bitset, i: number): boolean {
  return (bits[i >>> 5] & (1 << (i & 31))) !== 0;
}

export function setBit(bits: Bitset, i: number): void {
  bits[i >>> 5] |= 1 << (i & 31);
}

export function clearBit(bits: Bitset, i: number): void {
  bits[i >>> 5] &= ~(1 << (i & 31));
}

/**
 * One series' samples over one timeline, in a buffer that its user owns and the source fills (`SeriesSet.read`).
 *
 * - `timeline.length` slots of `values` are meaningful; what lies behind is left over from earlier use.
 * - A slot whose sample is a stale marker is set in `stale` (null when there is none) and its value is NaN of no
 *   particular bits. Every other slot is a sample; NaN there is a NaN that was sampled.
 * - `histograms` keeps the place of native histograms: null for float series, else slot i holds a histogram or
 *   undefined where the sample is a float.
 * - `neverDecreases` true promises that values never fall from slot to slot and none is NaN, so there is no counter
 *   reset; false promises nothing.
 */
export class Column {
  timeline: Timeline = EMPTY_TIMELINE;
  values: Float64Array = new Float64Array(0);
  stale: Bitset | null = null;
  histograms: (Histogram | undefined)[] | null = null;
  neverDecreases = false;

  /** Makes room for `slots` values; what was in the buffer is lost when it grows. */
  reserve(slots: number): Float64Array {
    if (this.values.length < slots)
      this.values = new Float64Array(Math.max(slots, this.values.length * 2, 64));
    return this.values;
  }
}

/** A native histogram value; its fields come with the issue that stores them. */
export interface Histogram {
  readonly kind: 'histogram';
}

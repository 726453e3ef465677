// A part of a column: a run of one series' samples from one place of the store.
import { STALE_NAN_HI, STALE_NAN_LO } from './model/sample.ts';
import type { Times } from './timeline.ts';

export interface Part {
  readonly timeline: Times;
  /** False promises that no sample is a stale marker. */
  readonly mayBeStale: boolean;
  /** As in Column, over all of the part; false promises nothing. */
  readonly neverDecreases: boolean;
  /** Writes the values of slots `from … to - 1` to `out` from `at` on, bit for bit. */
  read(from: number, to: number, out: Float64Array, at: number): void;
}

/** Values that lie decoded in memory, `values[start … start + timeline.length)`. */
export class MemoryPart implements Part {
  readonly timeline: Times;
  readonly mayBeStale: boolean;
  readonly neverDecreases = false;
  readonly #values: Float64Array;
  readonly #start: number;

  constructor(timeline: Times, values: Float64Array, start: number, mayBeStale: boolean) {
    this.timeline = timeline;
    this.mayBeStale = mayBeStale;
    this.#values = values;
    this.#start = start;
  }

  read(from: number, to: number, out: Float64Array, at: number): void {
    const source = this.#values;
    const start = this.#start;
    // Copying numbers one by one may quiet a stale marker; set() copies bytes, but costs a view.
    if (this.mayBeStale) out.set(source.subarray(start + from, start + to), at);
    else for (let k = from; k < to; k++) out[at++] = source[start + k];
  }
}

/** Tells whether `values[0 … count)` holds a stale marker. */
export function hasStale(values: Float64Array, count: number): boolean {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * count);
  for (let w = 1; w < words.length; w += 2)
    if (words[w] === STALE_NAN_HI && words[w - 1] === STALE_NAN_LO) return true;
  return false;
}

// Presence masks of step vectors: null where every step has a value, else a bitset. A mask may be shared between
// vectors (by timeline), so it is never written to after it was handed out; a changed mask is a new one.
import { type Bitset, bitsetWords, hasBit } from '../../storage/model/sample.ts';
import type { StepVector } from './operator.ts';

/** A bitset with the bits of the first `steps` slots set and no others. */
export function fullMask(steps: number): Bitset {
  const bits = new Uint32Array(bitsetWords(steps)).fill(0xffffffff);
  if (steps & 31) bits[bits.length - 1] = 2 ** (steps & 31) - 1;
  return bits;
}

/** A bitset without any bit set. */
export function emptyMask(steps: number): Bitset {
  return new Uint32Array(bitsetWords(steps));
}

/** Number of steps present. */
export function countPresent(present: Bitset | null, steps: number): number {
  if (!present) return steps;
  if (steps === 1) return present[0];
  let count = 0;
  for (let w = bitsetWords(steps) - 1; w >= 0; w--) {
    let bits = present[w];
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** Whether any step is present. */
export function anyPresent(present: Bitset | null, steps: number): boolean {
  if (!present) return steps > 0;
  for (let w = bitsetWords(steps) - 1; w >= 0; w--) if (present[w] !== 0) return true;
  return false;
}

/** Whether two masks share a step. */
export function overlaps(a: Bitset | null, b: Bitset | null, steps: number): boolean {
  if (!a) return anyPresent(b, steps);
  if (!b) return anyPresent(a, steps);
  for (let w = bitsetWords(steps) - 1; w >= 0; w--) if ((a[w] & b[w]) !== 0) return true;
  return false;
}

/** The steps in both. */
export function intersect(a: Bitset | null, b: Bitset | null, steps: number): Bitset | null {
  if (!a || a === b) return b;
  if (!b) return a;
  const out = emptyMask(steps);
  for (let w = 0; w < out.length; w++) out[w] = a[w] & b[w];
  return out;
}

/** The steps in `a` that are not in `b`. */
export function subtract(a: Bitset | null, b: Bitset | null, steps: number): Bitset | null {
  const out = emptyMask(steps);
  if (!b) return out;
  const left = a ?? fullMask(steps);
  for (let w = 0; w < out.length; w++) out[w] = left[w] & ~b[w];
  return out;
}

/** Adds the steps of `mask` to `into`. */
export function uniteInto(mask: Bitset | null, into: Bitset, steps: number): void {
  if (!mask) {
    into.set(fullMask(steps));
    return;
  }
  for (let w = 0; w < into.length; w++) into[w] |= mask[w];
}

/** A mask, or null where it has every step: the dense form is the fast one downstream. */
export function denseOrMask(mask: Bitset, steps: number): Bitset | null {
  const last = mask.length - 1;
  for (let w = 0; w < last; w++) if (mask[w] !== 0xffffffff) return mask;
  const rest = steps & 31;
  if (last >= 0 && mask[last] !== (rest ? 2 ** rest - 1 : 0xffffffff)) return mask;
  return null;
}

/** Puts 0 into the slots of absent steps, as every StepVector must have there. */
export function clearAbsent(values: Float64Array, present: Bitset | null, steps: number): void {
  if (!present) return;
  for (let w = 0; w < present.length; w++) {
    if (present[w] === 0xffffffff) continue;
    const end = Math.min(steps, (w + 1) << 5);
    for (let k = w << 5; k < end; k++) if ((present[w] & (1 << (k & 31))) === 0) values[k] = 0;
  }
}

/** Copies the present steps of `from` into `into`, where they are absent. */
export function addPresence(from: StepVector, into: StepVector, steps: number): void {
  const present = emptyMask(steps);
  uniteInto(from.present, present, steps);
  uniteInto(into.present, present, steps);
  for (let k = 0; k < steps; k++)
    if (!from.present || hasBit(from.present, k)) {
      into.values[k] = from.values[k];
      if (from.timesMs && into.timesMs) into.timesMs[k] = from.timesMs[k];
    }
  if (from.histograms) {
    const histograms = into.histograms?.slice() ?? new Array(steps);
    for (let k = 0; k < steps; k++) if (from.histograms[k]) histograms[k] = from.histograms[k];
    into.histograms = histograms;
  }
  into.present = denseOrMask(present, steps);
}

/** Leaves a vector the steps whose flag is set; the flags of absent steps do not matter. */
export function keepFlagged(out: StepVector, flags: Float64Array, steps: number): void {
  const { values, present } = out;
  const mask = emptyMask(steps);
  for (let k = 0; k < steps; k++) {
    const isThere = !present || (present[k >>> 5] & (1 << (k & 31))) !== 0;
    if (isThere && flags[k] !== 0) mask[k >>> 5] |= 1 << (k & 31);
    else values[k] = 0;
  }
  out.present = denseOrMask(mask, steps);
}

/** Unions of masks by row: the steps at which any series of a group, or of a signature, has a value. */
export class PresenceTable {
  readonly #steps: number;
  readonly #words: number;
  readonly #masks: Uint32Array;
  readonly #dense: Uint8Array;

  constructor(rows: number, steps: number) {
    this.#steps = steps;
    this.#words = bitsetWords(steps);
    this.#masks = new Uint32Array(rows * this.#words);
    this.#dense = new Uint8Array(rows);
  }

  add(row: number, present: Bitset | null): void {
    if (!present) {
      this.#dense[row] = 1;
      return;
    }
    if (this.#dense[row] === 1) return;
    const masks = this.#masks;
    const words = this.#words;
    for (let w = 0, at = row * words; w < words; w++, at++) masks[at] |= present[w];
  }

  /** The mask of a row: null where every step is in it, else a copy. */
  of(row: number): Bitset | null {
    if (this.#dense[row] === 1) return null;
    const at = row * this.#words;
    return denseOrMask(this.#masks.slice(at, at + this.#words), this.#steps);
  }

  reset(): void {
    this.#masks.fill(0);
    this.#dense.fill(0);
  }
}

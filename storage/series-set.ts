// The series of one selection (contract: SeriesSet in source.ts): puts each column together from its parts.
import { DamagedError } from './errors.ts';
import type { JournalColumns } from './journal-columns.ts';
import type { Column } from './model/sample.ts';
import { bitsetWords, EMPTY_TIMELINE, STALE_NAN_HI, STALE_NAN_LO } from './model/sample.ts';
import type { PageColumns } from './page-columns.ts';
import type { Part } from './part.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SeriesSet } from './source.ts';
import type { Times } from './timeline.ts';
import type { Plan, Plans } from './timeline-plan.ts';

/** What a selection is made of. */
export interface SelectionParts {
  readonly ids: Int32Array;
  readonly index: SeriesIndex;
  readonly plans: Plans;
  readonly pages: PageColumns;
  readonly journal: JournalColumns;
  readonly damage: (error: DamagedError) => void;
  readonly assertOpen: () => void;
}

export class StoredSeries implements SeriesSet {
  readonly count: number;
  readonly #of: SelectionParts;
  readonly #parts: Part[] = [];
  readonly #timelines: Times[] = [];
  #unordered: Float64Array = new Float64Array(0);

  constructor(parts: SelectionParts) {
    this.count = parts.ids.length;
    this.#of = parts;
  }

  labels(i: number): Int32Array {
    return this.#of.index.labels(this.#of.ids[i]);
  }

  id(i: number): number {
    return this.#of.ids[i];
  }

  read(i: number, out: Column): void {
    this.#of.assertOpen();
    const parts = this.#parts;
    parts.length = 0;
    this.#of.pages.parts(i, parts);
    this.#of.journal.parts(i, parts);
    out.histograms = null;
    // A part that turns out to be damaged is left out, and the rest put together anew.
    while (!this.#fillFrom(parts, out));
  }

  #fillFrom(parts: Part[], out: Column): boolean {
    const timelines = this.#timelines;
    timelines.length = parts.length;
    for (let p = 0; p < parts.length; p++) timelines[p] = parts[p].timeline;
    out.stale = null;
    out.neverDecreases = false;
    out.timeline = EMPTY_TIMELINE;
    if (parts.length === 0) return true;
    const plan = this.#of.plans.plan(timelines);
    return plan.total === 0 || this.#fill(plan, out);
  }

  /** False where a part was damaged; it is not among the parts any more. */
  #fill(plan: Plan, out: Column): boolean {
    const values = out.reserve(plan.total);
    const target = plan.order ? this.#scratch(plan.total) : values;
    const parts = this.#parts;
    let mayBeStale = false;
    let rising = true;
    for (let p = 0, at = 0; p < parts.length; p++) {
      const from = plan.from[p];
      const to = plan.to[p];
      if (from === to) continue;
      const part = parts[p];
      if (!this.#readPart(p, from, to, target, at)) return false;
      mayBeStale ||= part.mayBeStale;
      const end = at + to - from;
      rising &&= risesInto(target, at, part.neverDecreases ? at + 1 : end);
      at = end;
    }
    out.timeline = plan.timeline;
    if (plan.order) {
      reorder(target, plan.order, values, mayBeStale);
      rising = false;
    }
    out.neverDecreases = rising;
    // A column that rises holds no NaN, so no stale marker.
    if (mayBeStale && !rising) out.stale = staleBits(values, plan.timeline.length);
    return true;
  }

  #readPart(p: number, from: number, to: number, target: Float64Array, at: number): boolean {
    try {
      this.#parts[p].read(from, to, target, at);
      return true;
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      this.#of.damage(error);
      this.#parts.splice(p, 1);
      return false;
    }
  }

  #scratch(slots: number): Float64Array {
    if (this.#unordered.length < slots) this.#unordered = new Float64Array(slots * 2);
    return this.#unordered;
  }
}

/** Tells whether `values[from … to)` rise, or stay, from the value in front of them on, and hold no NaN. */
function risesInto(values: Float64Array, from: number, to: number): boolean {
  let last = from > 0 ? values[from - 1] : -Infinity;
  for (let k = from; k < to; k++) {
    const value = values[k];
    // Also false for NaN.
    if (!(value >= last)) return false;
    last = value;
  }
  return true;
}

function reorder(source: Float64Array, order: Int32Array, out: Float64Array, bitForBit: boolean): void {
  if (!bitForBit) {
    for (let k = 0; k < order.length; k++) out[k] = source[order[k]];
    return;
  }
  const from = new Uint32Array(source.buffer, source.byteOffset);
  const to = new Uint32Array(out.buffer, out.byteOffset);
  for (let k = 0; k < order.length; k++) {
    to[2 * k] = from[2 * order[k]];
    to[2 * k + 1] = from[2 * order[k] + 1];
  }
}

/** The stale markers among `values[0 … count)` as bits, null where there are none. */
function staleBits(values: Float64Array, count: number): Uint32Array | null {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * count);
  let bits: Uint32Array | null = null;
  for (let k = 0; k < count; k++) {
    if (words[2 * k + 1] !== STALE_NAN_HI || words[2 * k] !== STALE_NAN_LO) continue;
    bits ??= new Uint32Array(bitsetWords(count));
    bits[k >>> 5] |= 1 << (k & 31);
  }
  return bits;
}

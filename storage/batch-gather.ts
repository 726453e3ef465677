// Samples of batches, sorted by series: from the order in which they arrived to columns.
import type { Batch } from './codec/batch.ts';
import { sortedOrder } from './timeline-plan.ts';

/** Samples by slot: slot s has `starts[s] … starts[s + 1] - 1`, in the order they arrived in. */
export interface Gathered {
  readonly starts: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export class BatchGatherer {
  #slots = new Int32Array(1024);
  #times = new Float64Array(1024);
  #values = new Float64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes the samples of those series for which `slotOf` answers a slot. */
  add(batch: Batch, slotOf: (seriesId: number) => number | undefined): void {
    const { seriesIds, timesMs, values } = batch;
    for (let from = 0; from < batch.count; ) {
      const id = seriesIds[from];
      let to = from + 1;
      while (to < batch.count && seriesIds[to] === id) to++;
      const slot = slotOf(id);
      if (slot !== undefined) {
        const end = this.#count + to - from;
        this.#reserve(end);
        this.#slots.fill(slot, this.#count, end);
        this.#times.set(timesMs.subarray(from, to), this.#count);
        this.#values.set(values.subarray(from, to), this.#count);
        this.#count = end;
      }
      from = to;
    }
  }

  /** A counting sort over `slots` slots that keeps the order of arrival within one. */
  finish(slots: number): Gathered {
    const count = this.#count;
    const slotOf = this.#slots;
    const starts = new Int32Array(slots + 1);
    for (let k = 0; k < count; k++) starts[slotOf[k] + 1]++;
    for (let s = 0; s < slots; s++) starts[s + 1] += starts[s];
    const next = starts.slice();
    const times = new Float64Array(count);
    const values = new Float64Array(count);
    // Words, not numbers: a stale marker must keep its bits.
    const words = new Uint32Array(values.buffer);
    const source = new Uint32Array(this.#values.buffer);
    for (let k = 0; k < count; k++) {
      const at = next[slotOf[k]]++;
      times[at] = this.#times[k];
      words[2 * at] = source[2 * k];
      words[2 * at + 1] = source[2 * k + 1];
    }
    return { starts, times, values };
  }

  #reserve(needed: number): void {
    if (needed <= this.#slots.length) return;
    const size = Math.max(needed, this.#slots.length * 2);
    const slots = new Int32Array(size);
    slots.set(this.#slots);
    const times = new Float64Array(size);
    times.set(this.#times);
    const values = new Float64Array(size);
    values.set(this.#values);
    this.#slots = slots;
    this.#times = times;
    this.#values = values;
  }
}

/** Samples of slot s in order of time, the first of equal times only. */
export function columnOf(
  gathered: Gathered,
  s: number,
): { readonly times: Float64Array; readonly values: Float64Array } {
  const times = gathered.times.subarray(gathered.starts[s], gathered.starts[s + 1]);
  const values = gathered.values.subarray(gathered.starts[s], gathered.starts[s + 1]);
  if (ascends(times)) return { times, values };
  const order = sortedOrder(times);
  return { times: permuted(times, order), values: permuted(values, order) };
}

function ascends(times: Float64Array): boolean {
  for (let k = 1; k < times.length; k++) if (!(times[k] > times[k - 1])) return false;
  return true;
}

/** `values[order[0]], values[order[1]] …`, bit for bit. */
export function permuted(values: Float64Array, order: Int32Array): Float64Array {
  const result = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) result.set(values.subarray(order[k], order[k] + 1), k);
  return result;
}

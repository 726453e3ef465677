// The k best samples of every group at every step, as binary heaps in flat arrays, the worst of the kept at the top.
// The order of moves is that of Go's container/heap, so that of equal values the same series stay as upstream.
import { type Groups, membersOf } from './aggregate.ts';
import type { QueryContext } from './context.ts';
import type { StepVector } from './operator.ts';

export class RankedHeaps {
  readonly #wanted: Int32Array;
  readonly #steps: number;
  readonly #op: 'topk' | 'bottomk' | 'limitk';
  /** Where the heaps of a group begin; the one of step k is `capacity(group)` slots wide, k-th in turn. */
  readonly #bases: Float64Array;
  readonly #capacities: Int32Array;
  readonly #values: Float64Array;
  readonly #series: Int32Array;
  readonly #sizes: Int32Array;
  /** Slots of limitk still to be filled. */
  #open: number;

  constructor(groups: Groups, wanted: Int32Array, op: 'topk' | 'bottomk' | 'limitk', context: QueryContext) {
    const steps = wanted.length;
    const most = wanted.reduce((a, b) => Math.max(a, b), 0);
    const { starts } = membersOf(groups);
    this.#wanted = wanted;
    this.#steps = steps;
    this.#op = op;
    this.#bases = new Float64Array(groups.count);
    this.#capacities = new Int32Array(groups.count);
    let slots = 0;
    let open = 0;
    for (let g = 0; g < groups.count; g++) {
      this.#bases[g] = slots;
      this.#capacities[g] = Math.min(most, starts[g + 1] - starts[g]);
      slots += this.#capacities[g] * steps;
      for (let k = 0; k < steps; k++) open += Math.min(wanted[k], this.#capacities[g]);
    }
    context.countBytes(slots * 12 + groups.count * steps * 4);
    this.#values = new Float64Array(slots);
    this.#series = new Int32Array(slots);
    this.#sizes = new Int32Array(groups.count * steps);
    this.#open = open;
  }

  /** True where no further sample can change anything: limitk has all it wants. */
  get isFull(): boolean {
    return this.#op === 'limitk' && this.#open === 0;
  }

  /** Offers a series' values to the heaps of its group. */
  add(group: number, series: number, vector: StepVector): void {
    const { values, present } = vector;
    const steps = this.#steps;
    const capacity = this.#capacities[group];
    const base = this.#bases[group];
    for (let k = 0; k < steps; k++) {
      if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
      const wanted = this.#wanted[k];
      if (wanted === 0) continue;
      const heap = base + k * capacity;
      const size = this.#sizes[group * steps + k];
      if (size < wanted) {
        this.#push(heap, size, values[k], series);
        this.#sizes[group * steps + k] = size + 1;
        this.#open--;
      } else if (this.#op !== 'limitk' && this.#isBetter(values[k], this.#values[heap])) {
        this.#values[heap] = values[k];
        this.#series[heap] = series;
        this.#sink(heap, size);
      }
    }
  }

  /** Whether `v` takes the place of the worst kept value. NaN is the worst of all. */
  #isBetter(v: number, worst: number): boolean {
    if (worst !== worst) return v === v;
    return this.#op === 'bottomk' ? v < worst : v > worst;
  }

  /** Whether the value at slot a is worse than that at b. */
  #isWorse(a: number, b: number): boolean {
    const x = this.#values[a];
    if (x !== x) return true;
    return this.#op === 'bottomk' ? x > this.#values[b] : x < this.#values[b];
  }

  #swap(a: number, b: number): void {
    const value = this.#values[a];
    this.#values[a] = this.#values[b];
    this.#values[b] = value;
    const series = this.#series[a];
    this.#series[a] = this.#series[b];
    this.#series[b] = series;
  }

  #push(heap: number, size: number, value: number, series: number): void {
    this.#values[heap + size] = value;
    this.#series[heap + size] = series;
    let at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse(heap + at, heap + parent)) break;
      this.#swap(heap + at, heap + parent);
      at = parent;
    }
  }

  #sink(heap: number, size: number): void {
    let at = 0;
    while (2 * at + 1 < size) {
      let child = 2 * at + 1;
      if (child + 1 < size && this.#isWorse(heap + child + 1, heap + child)) child++;
      if (!this.#isWorse(heap + child, heap + at)) break;
      this.#swap(heap + at, heap + child);
      at = child;
    }
  }

  /** What a group kept at the first step, best first, NaN last. */
  ranked(group: number): { series: number; value: number }[] {
    const base = this.#bases[group];
    const kept: { series: number; value: number }[] = [];
    for (let n = 0; n < this.#sizes[group * this.#steps]; n++)
      kept.push({ series: this.#series[base + n], value: this.#values[base + n] });
    if (this.#op === 'limitk') return kept;
    const isBottom = this.#op === 'bottomk';
    return kept.sort((a, b) => {
      if (a.value !== a.value || b.value !== b.value)
        return Number(a.value !== a.value) - Number(b.value !== b.value);
      if (a.value === b.value) return 0;
      return a.value < b.value === isBottom ? -1 : 1;
    });
  }

  /** Visits all that was kept, steps ascending within each group. */
  forEach(groups: number, steps: number, visit: (series: number, step: number, value: number) => void): void {
    for (let g = 0; g < groups; g++)
      for (let k = 0; k < steps; k++) {
        const heap = this.#bases[g] + k * this.#capacities[g];
        const size = this.#sizes[g * steps + k];
        for (let n = 0; n < size; n++) visit(this.#series[heap + n], k, this.#values[heap + n]);
      }
  }
}

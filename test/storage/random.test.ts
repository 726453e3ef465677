// Random sequences of what can be done to a store, compared with a model after each step. A failure names its seed and
// prints the steps, so that it can be repeated.
import { describe, expect, it } from 'vitest';
import type { AppendCounts, Patch, Store } from '../../storage/index.ts';
import {
  Checkpointer,
  checkStore,
  compactAll,
  computeFold,
  computeMerge,
  foldAll,
  openStore,
} from '../../storage/index.ts';
import { labels, readAll, row, T0, temporaryPath } from './helpers.ts';
import type { Value } from './model.ts';
import { Model, random } from './model.ts';

const STEPS = 100;
const HOUR = 3_600_000;

class Run {
  readonly steps: string[] = [];
  readonly #path = temporaryPath();
  readonly #random: () => number;
  readonly #outOfOrderMs: number;
  readonly #model: Model;
  #store: Store;
  #nowMs = T0;
  #patch: { patch: Patch; next: number } | null = null;

  constructor(seed: number) {
    this.#random = random(seed);
    this.#outOfOrderMs = this.#below(2) === 0 ? 0 : HOUR;
    this.#model = new Model(this.#outOfOrderMs);
    this.#store = this.#open();
  }

  step(): void {
    const [name, run] = this.#pick<[string, () => void]>([
      ['rows', () => this.#rows()],
      ['rows', () => this.#rows()],
      ['rows', () => this.#rows()],
      ['samples', () => this.#samples()],
      ['samples', () => this.#samples()],
      ['fold', () => this.#begin(computeFold(this.#reader()))],
      [
        'merge',
        () => this.#begin(computeMerge(this.#reader(), { nowMs: this.#nowMs, all: this.#below(2) === 0 })),
      ],
      ['apply', () => this.#apply()],
      ['apply', () => this.#apply()],
      ['collect', () => this.#store.writer().collect()],
      ['foldAll', () => this.#foldAll()],
      ['compact', () => this.#below(4) === 0 && this.#compact()],
      ['reopen', () => this.#below(3) === 0 && this.#reopen()],
      ['gap', () => this.#advance(this.#below(4 * HOUR))],
    ]);
    this.steps.push(name);
    run();
    this.#store.writer().commit();
    const startMs = this.#pick([-Infinity, T0, this.#nowMs - HOUR, T0 + this.#below(this.#nowMs - T0 + 1)]);
    const endMs = this.#pick([Infinity, this.#nowMs, startMs + this.#below(2 * HOUR)]);
    expect(readAll(this.#reader(), '', startMs, endMs)).toEqual(this.#model.read(T0, startMs, endMs));
    expect(this.#reader().damage).toEqual({ count: 0, message: '' });
  }

  close(): void {
    this.#store.close();
    const { problems } = checkStore(this.#path);
    expect(problems).toEqual([]);
  }

  #cachedReader: ReturnType<Store['reader']> | null = null;
  #reader(): ReturnType<Store['reader']> {
    this.#cachedReader ??= this.#store.reader();
    return this.#cachedReader;
  }

  #open(): Store {
    return openStore(this.#path, { now: () => this.#nowMs + 1, outOfOrderMs: this.#outOfOrderMs });
  }

  #reopen(): void {
    this.#store.close();
    this.#cachedReader = null;
    this.#patch = null;
    this.#store = this.#open();
  }

  #rows(): void {
    const target = this.#below(4);
    const names = ['a', 'b', 'c', 'd', 'e'].filter((_, i) => i < 2 || this.#below(8) > 0);
    const series = names.map((name) => `${name}{t="${target}"}`);
    const ids = this.#ids(series);
    const layout = this.#store.writer().layoutId(ids);
    for (let k = this.#below(40); k >= 0; k--) {
      this.#advance(this.#pick([1000, 1000, 1000, 5000, 0]));
      const values = series.map(() => this.#value());
      const expected = noCounts();
      for (const [i, text] of series.entries()) this.#model.append(text, this.#nowMs, values[i], expected);
      expect(this.#store.writer().appendRow(layout, this.#nowMs, row(...values))).toEqual(expected);
    }
  }

  #samples(): void {
    const series: string[] = [];
    const times: number[] = [];
    const values: Value[] = [];
    const expected = noCounts();
    for (let s = this.#below(4); s >= 0; s--) {
      const text = `${this.#pick(['a', 'b', 'x', 'y', 'z'])}{t="${this.#below(5)}"}`;
      const step = this.#pick([1000, 15_000]);
      const from = this.#nowMs - this.#below(2 * HOUR);
      for (let k = this.#below(30); k >= 0; k--) {
        series.push(text);
        times.push(
          Math.min(from + (this.#below(10) === 0 ? this.#below(HOUR) : (30 - k) * step), this.#nowMs),
        );
        values.push(this.#value());
      }
    }
    const ids = this.#ids(series);
    for (const [i, text] of series.entries()) this.#model.append(text, times[i], values[i], expected);
    const counts = this.#store
      .writer()
      .appendSamples(ids, Float64Array.from(times), row(...values), ids.length);
    expect(counts).toEqual(expected);
  }

  #ids(series: readonly string[]): Int32Array {
    return Int32Array.from(series, (text) => this.#store.writer().seriesId(labels(text)));
  }

  #begin(patch: Patch | null): void {
    this.#patch = patch && { patch, next: 0 };
  }

  #apply(): void {
    if (!this.#patch) return;
    const { patch, next } = this.#patch;
    this.#patch.next = this.#store.writer().applyPatch(patch, next, this.#pick([0, 0, Infinity]));
    if (this.#patch.next === patch.units.length) this.#patch = null;
  }

  #foldAll(): void {
    this.#patch = null;
    foldAll(this.#store.writer(), this.#reader());
  }

  #compact(): void {
    this.#patch = null;
    const checkpointer = new Checkpointer(this.#path);
    compactAll(this.#store.writer(), this.#reader(), checkpointer, this.#nowMs);
    checkpointer.close();
  }

  #advance(ms: number): void {
    this.#nowMs += ms;
  }

  #value(): Value {
    return this.#pick<Value>([
      this.#below(10),
      this.#below(1000) / 8,
      this.#random(),
      'stale',
      NaN,
      -0,
      Infinity,
      0.1,
    ]);
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)];
  }
}

function noCounts(): AppendCounts {
  return { appended: 0, outOfOrder: 0, duplicate: 0, tooOld: 0, tooFarAhead: 0 };
}

describe('a random sequence', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))('reads as the model says, seed %i', (seed) => {
    const run = new Run(seed);
    try {
      for (let step = 0; step < STEPS; step++) run.step();
      run.close();
    } catch (error) {
      console.error(`seed ${seed}: ${run.steps.join(' ')}`);
      throw error;
    }
  });
});

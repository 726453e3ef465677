// The index in memory: texts by symbol, labels and bucket of each series by id, and the way back from a label set to
// its id. Typed arrays throughout: a series costs some 8 bytes a label. Writer and each reader have one of their own;
// ids and symbols mean the same in all of them, since they come from the file.
import type { Labels } from './model/labels.ts';
import { compareText } from './model/labels.ts';
import type { Symbols } from './source.ts';

/** Symbol of `__name__`: the first text of every store. */
export const NAME_SYMBOL = 0;
const NAME = '__name__';

export class SeriesIndex implements Symbols {
  readonly #texts: string[] = [];
  readonly #symbols = new Map<string, number>();
  /** Labels of series id: `pairs[starts[id] … starts[id + 1])`, name and value symbols in turn. */
  #pairs: Int32Array = new Int32Array(1024);
  #starts: Int32Array = new Int32Array(128);
  #buckets: Int32Array = new Int32Array(128);
  #count = 0;
  /** Open addressing over label sets: series ids, 0 where free. Built at the first look-up: only writers need it. */
  #table: Int32Array | null = null;

  constructor() {
    this.intern(NAME);
  }

  /** Number of series; ids run from 1 to this. */
  get count(): number {
    return this.#count;
  }

  get symbolCount(): number {
    return this.#texts.length;
  }

  text(id: number): string {
    return this.#texts[id];
  }

  find(text: string): number {
    return this.#symbols.get(text) ?? -1;
  }

  /** Symbol of a text, made where there is none. */
  intern(text: string): number {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    // A lone surrogate has no UTF-8 form and would come back from the file as another text.
    if (!text.isWellFormed()) return this.intern(text.toWellFormed());
    const id = this.#texts.length;
    this.#texts.push(text);
    this.#symbols.set(text, id);
    return id;
  }

  /** Labels of a series as symbol pairs; a view that stays valid, not to be written to. */
  labels(id: number): Int32Array {
    return this.#pairs.subarray(this.#starts[id], this.#starts[id + 1]);
  }

  bucket(id: number): number {
    return this.#buckets[id];
  }

  /** Symbol of a label's value, -1 where the series does not have the label. */
  value(id: number, name: number): number {
    const pairs = this.#pairs;
    for (let at = this.#starts[id], end = this.#starts[id + 1]; at < end; at += 2)
      if (pairs[at] === name) return pairs[at + 1];
    return -1;
  }

  /** Symbol of the metric name, -1 for none. */
  metric(id: number): number {
    return this.value(id, NAME_SYMBOL);
  }

  /** The arrays behind `labels`, for loops over all series. */
  get arrays(): { readonly pairs: Int32Array; readonly starts: Int32Array } {
    return { pairs: this.#pairs, starts: this.#starts };
  }

  /** Adds a series with the next id. `pairs` is copied. */
  add(pairs: Int32Array, bucket: number): number {
    const id = this.#count + 1;
    if (id + 1 >= this.#starts.length) {
      this.#starts = grown(this.#starts, id + 2);
      this.#buckets = grown(this.#buckets, id + 2);
    }
    const start = this.#starts[id];
    const end = start + pairs.length;
    if (end > this.#pairs.length) this.#pairs = grown(this.#pairs, end);
    this.#pairs.set(pairs, start);
    this.#starts[id + 1] = end;
    this.#buckets[id] = bucket;
    this.#count = id;
    if (this.#table) this.#insert(this.#table, id);
    return id;
  }

  /** Id of the series with exactly these labels, 0 where there is none. */
  lookUp(pairs: Int32Array): number {
    if (!this.#table || this.#count * 2 > this.#table.length) this.#table = this.#buildTable();
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = hashPairs(pairs, 0, pairs.length) & mask; ; at = (at + 1) & mask) {
      const id = table[at];
      if (id === 0) return 0;
      if (this.#equals(id, pairs)) return id;
    }
  }

  #equals(id: number, pairs: Int32Array): boolean {
    const start = this.#starts[id];
    if (this.#starts[id + 1] - start !== pairs.length) return false;
    const own = this.#pairs;
    for (let i = 0; i < pairs.length; i++) if (own[start + i] !== pairs[i]) return false;
    return true;
  }

  #buildTable(): Int32Array {
    const table = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(this.#count * 4, 256))));
    for (let id = 1; id <= this.#count; id++) this.#insert(table, id);
    return table;
  }

  #insert(table: Int32Array, id: number): void {
    const mask = table.length - 1;
    let at = hashPairs(this.#pairs, this.#starts[id], this.#starts[id + 1]) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = id;
  }
}

/**
 * Symbols of a label set.
 * @throws RangeError where `labels` is empty, unsorted, repeats a name or has an empty value
 */
export function internLabels(index: SeriesIndex, labels: Labels): Int32Array {
  checkLabels(labels);
  const pairs = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) pairs[i] = index.intern(labels[i]);
  return pairs;
}

/**
 * Id of a series, 0 where there is none; nothing is interned.
 * @throws RangeError as `internLabels`
 */
export function findLabels(index: SeriesIndex, labels: Labels): number {
  checkLabels(labels);
  const pairs = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    pairs[i] = index.find(labels[i].toWellFormed());
    if (pairs[i] < 0) return 0;
  }
  return index.lookUp(pairs);
}

function checkLabels(labels: Labels): void {
  if (labels.length === 0) throw new RangeError('Series has no labels');
  if (labels.length % 2 !== 0) throw new RangeError('Label set ends with a name that has no value');
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i + 1] === '') throw new RangeError(`Label "${labels[i]}" has an empty value; leave it out`);
    if (i > 0 && !(compareText(labels[i - 2], labels[i]) < 0))
      throw new RangeError(
        `Label "${labels[i]}" does not come after "${labels[i - 2]}"; sort by name, once each`,
      );
  }
}

function hashPairs(pairs: Int32Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ pairs[i], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 1;
}

function grown(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(needed, Math.ceil(array.length * 1.5)));
  bigger.set(array);
  return bigger;
}

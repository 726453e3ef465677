// Label sets as arrays of symbol ids: `[name0, value0, name1, value1, …]`, ordered by the names' text. Equal label
// sets are equal arrays within one query, so all grouping, matching and merging compares numbers; text is looked at
// only to keep the order of names when a label is added, and to sort results.
import { compareText, type Labels, METRIC_NAME } from '../../storage/model/labels.ts';
import type { Symbols } from '../../storage/source.ts';

/** A label set without labels. */
export const NO_LABELS: Int32Array = new Int32Array(0);

/** Labels that say what a metric is; they go wherever an operation makes another metric of it. */
const METADATA_NAMES = [METRIC_NAME, '__type__', '__unit__'];

/** A 32-bit hash of a label set, for tables within one query. */
export function hashLabels(labels: Int32Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < labels.length; i++) {
    hash = Math.imul(hash ^ labels[i], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

export function equalLabels(a: Int32Array, b: Int32Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Numbers distinct label sets 0, 1, 2 … in the order of their first appearance. */
export class LabelSets {
  #slots = new Int32Array(64).fill(-1);
  #hashes: number[] = [];
  readonly sets: Int32Array[] = [];

  get count(): number {
    return this.sets.length;
  }

  /** Number of a label set; new ones are given the next number. The array is kept, not copied. */
  add(labels: Int32Array): number {
    const hash = hashLabels(labels);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let number = this.#slots[slot]; number >= 0; number = this.#slots[slot]) {
      if (this.#hashes[number] === hash && equalLabels(this.sets[number], labels)) return number;
      slot = (slot + 1) & mask;
    }
    const number = this.sets.length;
    this.#slots[slot] = number;
    this.#hashes.push(hash);
    this.sets.push(labels);
    if (this.sets.length * 2 > this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#hashes.length; number++) {
      let slot = this.#hashes[number] & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}

/** Ids of some label names; names that occur nowhere in this query are left out, as no series can have them. */
export function nameIds(names: readonly string[], symbols: Symbols): Int32Array {
  const ids = new Set<number>();
  for (const name of names) {
    const id = symbols.find(name);
    if (id >= 0) ids.add(id);
  }
  return Int32Array.from(ids);
}

/** Ids of the labels that go with the metric name: `__name__`, `__type__`, `__unit__`. */
export function metadataIds(symbols: Symbols): Int32Array {
  return nameIds(METADATA_NAMES, symbols);
}

/** The labels whose names are among `names`; the array itself where that is all of them. */
export function keepLabels(labels: Int32Array, names: Int32Array): Int32Array {
  return filterLabels(labels, names, true);
}

/** The labels whose names are not among `names`; the array itself where none is. */
export function dropLabels(labels: Int32Array, names: Int32Array): Int32Array {
  return filterLabels(labels, names, false);
}

function filterLabels(labels: Int32Array, names: Int32Array, keep: boolean): Int32Array {
  let kept = 0;
  for (let i = 0; i < labels.length; i += 2) if (names.includes(labels[i]) === keep) kept += 2;
  if (kept === labels.length) return labels;
  if (kept === 0) return NO_LABELS;
  const out = new Int32Array(kept);
  let at = 0;
  for (let i = 0; i < labels.length; i += 2)
    if (names.includes(labels[i]) === keep) {
      out[at++] = labels[i];
      out[at++] = labels[i + 1];
    }
  return out;
}

/** Value id of a label, -1 where the set has none. */
export function valueId(labels: Int32Array, nameId: number): number {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === nameId) return labels[i + 1];
  return -1;
}

/** Text of a label's value, '' where the set has none. */
export function valueText(labels: Int32Array, nameId: number, symbols: Symbols): string {
  const id = valueId(labels, nameId);
  return id < 0 ? '' : symbols.text(id);
}

/** The label set with one label set to a value, or without it where `value` is negative or the empty text. */
export function withLabel(labels: Int32Array, name: number, value: number, symbols: Symbols): Int32Array {
  const removes = value < 0 || symbols.text(value) === '';
  let at = 0;
  for (; at < labels.length; at += 2) {
    if (labels[at] !== name) continue;
    if (labels[at + 1] === value) return labels;
    if (removes) return dropLabels(labels, Int32Array.of(name));
    const out = labels.slice();
    out[at + 1] = value;
    return out;
  }
  if (removes) return labels;
  const text = symbols.text(name);
  for (at = 0; at < labels.length; at += 2) if (compareText(symbols.text(labels[at]), text) > 0) break;
  const out = new Int32Array(labels.length + 2);
  out.set(labels.subarray(0, at));
  out[at] = name;
  out[at + 1] = value;
  out.set(labels.subarray(at), at + 2);
  return out;
}

/** Orders label sets as Prometheus sorts series. */
export function compareLabelIds(a: Int32Array, b: Int32Array, symbols: Symbols): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++)
    if (a[i] !== b[i]) {
      const order = compareText(symbols.text(a[i]), symbols.text(b[i]));
      if (order !== 0) return order;
    }
  return a.length - b.length;
}

/** The texts of a label set. */
export function labelTexts(labels: Int32Array, symbols: Symbols): Labels {
  return Array.from(labels, (id) => symbols.text(id));
}

/** A label set as Prometheus's error messages show it: `{__name__="metric", a="b"}`. */
export function showLabels(labels: Int32Array, symbols: Symbols): string {
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const name = symbols.text(labels[i]);
    const shown = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
    pairs.push(`${shown}=${JSON.stringify(symbols.text(labels[i + 1]))}`);
  }
  return `{${pairs.join(', ')}}`;
}

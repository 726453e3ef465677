// From matchers to series: for each label name the ids behind each value, as sorted arrays, built when a name is first
// asked for. The shortest list among the matchers gives the candidates, the rest is checked on the candidates' labels.
// A pattern is tried once for each distinct value, never for each series.

import type { Matcher } from './model/matcher.ts';
import type { Bitset } from './model/sample.ts';
import { setBit } from './model/sample.ts';
import type { SeriesIndex } from './series-index.ts';

/** Series added since a name's lists were built are looked at one by one, up to this share of all. */
const TAIL_SHARE = 1 / 8;
const TAIL_MIN = 2048;

/** The ids behind each value of one label name, for series 1 … built. */
interface NamePostings {
  readonly built: number;
  /** Symbols of the values, ascending. */
  readonly values: Int32Array;
  /** Ids of value k: `ids[starts[k] … starts[k + 1])`, ascending. */
  readonly starts: Int32Array;
  readonly ids: Int32Array;
}

/** A matcher bound to symbols: tells by a value's symbol (-1: no such label) whether it passes. */
interface SymbolTest {
  readonly name: number;
  readonly matcher: Matcher;
  /** Symbols of the only values that can pass, null where the matcher does not name them. */
  readonly only: readonly number[] | null;
  passes(value: number): boolean;
}

export class Postings {
  readonly #index: SeriesIndex;
  readonly #byName = new Map<number, NamePostings>();

  constructor(index: SeriesIndex) {
    this.#index = index;
  }

  /** Ids of the series that satisfy all matchers, ascending. */
  select(matchers: readonly Matcher[]): Int32Array {
    const tests: SymbolTest[] = [];
    for (const matcher of matchers) {
      const test = this.#bind(matcher);
      if (test.name < 0) {
        // A name that no series has: the label is empty everywhere.
        if (!matcher.matches('')) return new Int32Array(0);
        continue;
      }
      if (test.only?.length === 0) return new Int32Array(0);
      tests.push(test);
    }
    if (tests.length === 0) return this.#all();
    const leader = this.#leader(tests);
    const rest = tests.filter((test) => test !== leader);
    return this.#filter(leader ? this.#union(leader) : this.#all(), rest);
  }

  /** Symbols of the values of a label name that some series of `active` (null: any) has, ascending. */
  values(name: number, active: Bitset | null): number[] {
    const postings = this.#postings(name);
    const found = new Set<number>();
    for (let k = 0; k < postings.values.length; k++)
      if (anyActive(postings.ids, postings.starts[k], postings.starts[k + 1], active))
        found.add(postings.values[k]);
    for (let id = postings.built + 1; id <= this.#index.count; id++) {
      const value = this.#index.value(id, name);
      if (value >= 0 && isActive(active, id)) found.add(value);
    }
    return [...found];
  }

  #all(): Int32Array {
    const ids = new Int32Array(this.#index.count);
    for (let i = 0; i < ids.length; i++) ids[i] = i + 1;
    return ids;
  }

  #bind(matcher: Matcher): SymbolTest {
    const name = this.#index.find(matcher.name);
    const negative = matcher.op === '!=' || matcher.op === '!~';
    const { literals } = matcher;
    if (literals && !negative && !literals.includes('')) {
      const only = literals.map((text) => this.#index.find(text)).filter((symbol) => symbol >= 0);
      if (only.length === 1) {
        const symbol = only[0];
        return { name, matcher, only, passes: (value) => value === symbol };
      }
      const set = new Set(only);
      return { name, matcher, only, passes: (value) => set.has(value) };
    }
    const known = new Map<number, boolean>();
    const passes = (value: number): boolean => {
      let answer = known.get(value);
      if (answer === undefined) {
        answer = matcher.matches(value < 0 ? '' : this.#index.text(value));
        known.set(value, answer);
      }
      return answer;
    };
    return { name, matcher, only: null, passes };
  }

  /** The test whose lists hold the fewest series; undefined where no test needs its label to be there. */
  #leader(tests: readonly SymbolTest[]): SymbolTest | undefined {
    let best: SymbolTest | undefined;
    let bestSize = Infinity;
    for (const test of tests) {
      if (!test.only) continue;
      const size = this.#sizeOf(test.only, this.#postings(test.name));
      if (size >= bestSize) continue;
      best = test;
      bestSize = size;
    }
    // A pattern only leads where nothing else does: it has to be tried on all values of its label.
    return best ?? tests.find((test) => !test.matcher.matches(''));
  }

  #sizeOf(symbols: readonly number[], postings: NamePostings): number {
    let size = 0;
    for (const symbol of symbols) {
      const k = indexOf(postings.values, symbol);
      if (k >= 0) size += postings.starts[k + 1] - postings.starts[k];
    }
    return size;
  }

  /** Ids of all series that pass one test which needs its label to be there, ascending. */
  #union(test: SymbolTest): Int32Array {
    const postings = this.#postings(test.name);
    const lists: number[] = [];
    if (test.only) {
      for (const symbol of test.only) {
        const k = indexOf(postings.values, symbol);
        if (k >= 0) lists.push(k);
      }
    } else
      for (let k = 0; k < postings.values.length; k++) if (test.passes(postings.values[k])) lists.push(k);
    const head = uniteLists(postings, lists);
    const tail: number[] = [];
    for (let id = postings.built + 1; id <= this.#index.count; id++) {
      const value = this.#index.value(id, test.name);
      if (value >= 0 && test.passes(value)) tail.push(id);
    }
    if (tail.length === 0) return head;
    const ids = new Int32Array(head.length + tail.length);
    ids.set(head);
    ids.set(tail, head.length);
    return ids;
  }

  #filter(ids: Int32Array, tests: readonly SymbolTest[]): Int32Array {
    if (tests.length === 0) return ids;
    const index = this.#index;
    const kept = new Int32Array(ids.length);
    let count = 0;
    next: for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      for (let t = 0; t < tests.length; t++)
        if (!tests[t].passes(index.value(id, tests[t].name))) continue next;
      kept[count++] = id;
    }
    return kept.subarray(0, count);
  }

  #postings(name: number): NamePostings {
    const known = this.#byName.get(name);
    const count = this.#index.count;
    if (known && count - known.built <= Math.max(TAIL_MIN, known.built * TAIL_SHARE)) return known;
    const postings = buildPostings(this.#index, name);
    this.#byName.set(name, postings);
    return postings;
  }
}

function buildPostings(index: SeriesIndex, name: number): NamePostings {
  const built = index.count;
  const counts = new Int32Array(index.symbolCount);
  const symbols = new Int32Array(built + 1);
  let total = 0;
  for (let id = 1; id <= built; id++) {
    const value = index.value(id, name);
    symbols[id] = value;
    if (value < 0) continue;
    counts[value]++;
    total++;
  }
  let distinct = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) if (counts[symbol] > 0) distinct++;
  const values = new Int32Array(distinct);
  const starts = new Int32Array(distinct + 1);
  // From here on `counts` is where the next id of a value goes.
  for (let symbol = 0, k = 0, at = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] === 0) continue;
    values[k] = symbol;
    starts[k] = at;
    at += counts[symbol];
    starts[++k] = at;
    counts[symbol] = starts[k - 1];
  }
  const ids = new Int32Array(total);
  for (let id = 1; id <= built; id++) if (symbols[id] >= 0) ids[counts[symbols[id]]++] = id;
  return { built, values, starts, ids };
}

/** The lists of one name are disjoint: few are sorted together, many are marked in a bitmap. */
function uniteLists(postings: NamePostings, lists: readonly number[]): Int32Array {
  const { ids, starts } = postings;
  if (lists.length === 1) return ids.subarray(starts[lists[0]], starts[lists[0] + 1]);
  let total = 0;
  for (const k of lists) total += starts[k + 1] - starts[k];
  const united = new Int32Array(total);
  if (total * 16 < postings.built) {
    let at = 0;
    for (const k of lists) {
      united.set(ids.subarray(starts[k], starts[k + 1]), at);
      at += starts[k + 1] - starts[k];
    }
    return united.sort();
  }
  const marks = new Uint8Array(postings.built + 1);
  for (const k of lists) for (let i = starts[k]; i < starts[k + 1]; i++) marks[ids[i]] = 1;
  let at = 0;
  for (let id = 1; id < marks.length; id++) if (marks[id] !== 0) united[at++] = id;
  return united;
}

/** Position of a value in an ascending array, -1 where it is not there. */
export function indexOf(sorted: Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle];
    if (found === value) return middle;
    if (found < value) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

export function isActive(active: Bitset | null, id: number): boolean {
  return active === null || (active[id >>> 5] & (1 << (id & 31))) !== 0;
}

function anyActive(ids: Int32Array, from: number, to: number, active: Bitset | null): boolean {
  if (active === null) return to > from;
  for (let i = from; i < to; i++) if (isActive(active, ids[i])) return true;
  return false;
}

export function markAll(active: Bitset, ids: Int32Array): void {
  for (let i = 0; i < ids.length; i++) setBit(active, ids[i]);
}

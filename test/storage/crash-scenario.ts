// What the crash tests do to a store: a fixed sequence of appends, folds, merges and clean-up, so that what must be there
// after k commits is known without asking the store.
import type { Patch, Store } from '../../storage/index.ts';
import {
  applyWhole,
  Checkpointer,
  compactAll,
  computeFold,
  computeMerge,
  openStore,
} from '../../storage/index.ts';
import { labels, row, T0 } from './helpers.ts';

const MINUTE = 60_000;
/** Commits of the scenario. */
export const COMMITS = 40;

/** A way to spoil patches before they are applied; the tests must notice each. */
export type Spoiler = (patch: Patch) => Patch;

/** Series and samples that commit k brings: a row of 3 targets, and samples of a fourth in batches. */
function seriesOf(k: number, target: number): string[] {
  // From the middle on the targets have one series more, so there are new layouts and blocks.
  return (k < COMMITS / 2 ? ['a', 'b'] : ['a', 'b', 'c']).map((name) => `${name}{t="${target}"}`);
}

export function timeOf(k: number): number {
  return T0 + k * 7 * MINUTE;
}

/** What must be readable after so many commits: times by series. */
export function expectedAfter(commits: number): Map<string, number[]> {
  const expected = new Map<string, number[]>();
  const add = (series: string, time: number) => expected.set(series, [...(expected.get(series) ?? []), time]);
  for (let k = 0; k < commits; k++) {
    for (let target = 0; target < 3; target++)
      for (const series of seriesOf(k, target)) add(series, timeOf(k));
    for (let s = 0; s < 3; s++) add('pushed{t="3"}', timeOf(k) + s);
  }
  return expected;
}

function append(store: Store, k: number): void {
  const writer = store.writer();
  for (let target = 0; target < 3; target++) {
    const ids = seriesOf(k, target).map((text) => writer.seriesId(labels(text)));
    writer.appendRow(writer.layoutId(Int32Array.from(ids)), timeOf(k), row(...ids.map((_, i) => k + i / 8)));
  }
  const id = writer.seriesId(labels('pushed{t="3"}'));
  const times = Float64Array.of(timeOf(k), timeOf(k) + 1, timeOf(k) + 2);
  writer.appendSamples(Int32Array.of(id, id, id), times, row(k, k, k), 3);
  writer.commit();
}

/** Does commits `first …` and all upkeep; `committed` is called after each commit. */
export function runScenario(
  path: string,
  first: number,
  committed: (commits: number) => void,
  spoil: Spoiler = (patch) => patch,
): void {
  let store = open(path);
  const apply = (patch: Patch | null): void => {
    if (patch) applyWhole(store.writer(), spoil(patch));
  };
  const checkpoint = (whole: boolean): void => {
    const reader = store.reader();
    const checkpointer = new Checkpointer(path);
    if (whole) compactAll(store.writer(), reader, checkpointer, timeOf(COMMITS));
    else checkpointer.checkpoint();
    checkpointer.close();
    reader.close();
  };
  for (let k = first; k < COMMITS; k++) {
    append(store, k);
    committed(k + 1);
    const reader = store.reader();
    if (k % 5 === 4) apply(computeFold(reader));
    if (k % 5 === 0) store.writer().collect();
    if (k % 7 === 6) apply(computeMerge(reader, { nowMs: timeOf(k), all: true }));
    reader.close();
    if (k % 9 === 8) checkpoint(false);
    if (k % 13 === 12) checkpoint(true);
    if (k % 17 === 16) {
      store.close();
      store = open(path);
    }
  }
  store.close();
}

export function open(path: string): Store {
  return openStore(path, { now: () => timeOf(COMMITS) });
}

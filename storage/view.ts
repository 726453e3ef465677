// A view (contract: View in source.ts): one read transaction, so all that is read through it is one moment.
import { markActive } from './activity.ts';
import { StorageError } from './errors.ts';
import { batchesInRange, JournalColumns, layoutRange } from './journal-columns.ts';
import { readMetadata } from './metadata.ts';
import { compareText } from './model/labels.ts';
import type { Matcher } from './model/matcher.ts';
import type { Bitset } from './model/sample.ts';
import { bitsetWords, Column } from './model/sample.ts';
import { PageColumns } from './page-columns.ts';
import { areFew } from './place-index.ts';
import type { Places } from './places.ts';
import { isActive, markAll } from './postings.ts';
import type { ReadState } from './read-state.ts';
import type { LayoutRange } from './row-columns.ts';
import { StoredSeries } from './series-set.ts';
import { SharedTimelines } from './shared-timelines.ts';
import type { MetricMetadata, SeriesSet, TextList, View } from './source.ts';
import type { Times } from './timeline.ts';
import { Plans } from './timeline-plan.ts';

/** Series with samples in a range. */
interface ActiveSeries {
  readonly startMs: number;
  readonly endMs: number;
  readonly series: Bitset;
}

export class StoreView implements View {
  readonly #state: ReadState;
  readonly #onClose: () => void;
  // What makes Timeline objects shared: all that is read through one view comes from these.
  readonly #plans = new Map<string, Plans>();
  readonly #timelines = new SharedTimelines();
  readonly #pageTimelines = new Map<number, Times>();
  #active: ActiveSeries | null = null;
  #activeOutside: ActiveSeries | null = null;
  #isOpen = true;
  readonly #assertOpen = (): void => {
    if (!this.#isOpen) throw new StorageError('closed', 'The view of the store is closed');
  };

  constructor(state: ReadState, onClose: () => void) {
    this.#state = state;
    this.#onClose = onClose;
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesSet {
    this.#assertOpen();
    const ids = byBucket(this.#selectIn(matchers, startMs, endMs), this.#state);
    return this.#seriesOf(ids, startMs, endMs);
  }

  /** Tells whether a series has a sample at a time with just these bits. */
  hasSample(id: number, timeMs: number, low: number, high: number): boolean {
    const column = new Column();
    this.#seriesOf(Int32Array.of(id), timeMs, timeMs).read(0, column);
    const words = new Int32Array(column.values.buffer);
    return column.timeline.length > 0 && words[0] === low && words[1] === high;
  }

  #seriesOf(ids: Int32Array, startMs: number, endMs: number): SeriesSet {
    const state = this.#state;
    const layouts = this.#layoutsIn(startMs, endMs);
    const source = {
      reader: state.journal,
      rows: state.rows,
      layouts,
      batchSeries: state.batchSeries,
      batches: batchesInRange(state.directory.batches, startMs, endMs),
      timelines: this.#timelines,
      damage: state.countDamage,
    };
    const places = this.#placesIn(ids, layouts);
    return new StoredSeries({
      ids,
      index: state.index,
      plans: this.#plansFor(startMs, endMs),
      pages: new PageColumns(state, ids, startMs, endMs, this.#pageTimelines),
      journal: new JournalColumns(source, ids, places),
      damage: state.countDamage,
      assertOpen: this.#assertOpen,
    });
  }

  labelNames(
    anyOf: readonly (readonly Matcher[])[],
    startMs: number,
    endMs: number,
    limit: number,
  ): TextList {
    this.#assertOpen();
    const { pairs, starts } = this.#state.index.arrays;
    const names = new Set<number>();
    this.#forEach(anyOf, this.#activeIn(startMs, endMs), (id) => {
      for (let at = starts[id]; at < starts[id + 1]; at += 2) names.add(pairs[at]);
    });
    return this.#texts(names, limit);
  }

  labelValues(
    name: string,
    anyOf: readonly (readonly Matcher[])[],
    startMs: number,
    endMs: number,
    limit: number,
  ): TextList {
    this.#assertOpen();
    const { index, postings } = this.#state;
    const symbol = index.find(name);
    if (symbol < 0) return { values: [], truncated: false };
    const active = this.#activeIn(startMs, endMs);
    if (anyOf.length === 0) return this.#texts(new Set(postings.values(symbol, active)), limit);
    const values = new Set<number>();
    this.#forEach(anyOf, active, (id) => {
      const value = index.value(id, symbol);
      if (value >= 0) values.add(value);
    });
    return this.#texts(values, limit);
  }

  metadata(metric?: string): readonly MetricMetadata[] {
    this.#assertOpen();
    return readMetadata(this.#state.db, metric);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClose();
  }

  /** Ids, ascending, of the series of `active` that satisfy all matchers. */
  #select(matchers: readonly Matcher[], active: Bitset): Int32Array {
    return this.#state.postings.select(matchers).filter((id) => isActive(active, id));
  }

  #forEach(anyOf: readonly (readonly Matcher[])[], active: Bitset, visit: (id: number) => void): void {
    for (const matchers of anyOf.length === 0 ? [[]] : anyOf)
      for (const id of this.#select(matchers, active)) visit(id);
  }

  #texts(symbols: ReadonlySet<number>, limit: number): TextList {
    const { index } = this.#state;
    const values = Array.from(symbols, (symbol) => index.text(symbol)).sort(compareText);
    const truncated = limit > 0 && values.length > limit;
    return { values: truncated ? values.slice(0, limit) : values, truncated };
  }

  #layoutsIn(startMs: number, endMs: number): LayoutRange[] {
    const found: LayoutRange[] = [];
    for (const [id, rows] of this.#state.directory.layouts) {
      const range = layoutRange(id, rows, this.#state.layoutSeries(id), startMs, endMs);
      if (range) found.push(range);
    }
    return found;
  }

  /** As `#select`, of the series that may have samples in the range; many series cost nothing where few match. */
  #selectIn(matchers: readonly Matcher[], startMs: number, endMs: number): Int32Array {
    const ids = this.#state.postings.select(matchers);
    if (!areFew(ids.length, this.#state.index.count)) {
      const active = this.#activeIn(startMs, endMs);
      return ids.filter((id) => isActive(active, id));
    }
    const { starts } = this.#placesIn(ids, this.#layoutsIn(startMs, endMs));
    const active = this.#activeOutsideRows(startMs, endMs);
    return ids.filter((id, i) => starts[i] !== starts[i + 1] || isActive(active, id));
  }

  /** Where series stand in some layouts of the journal. */
  #placesIn(ids: Int32Array, layouts: readonly LayoutRange[]): Places {
    const { journalPlaces, directory, index } = this.#state;
    const some = layouts.map(({ id }) => id);
    return journalPlaces.find(ids, some, [...directory.layouts.keys()], index.count);
  }

  /** The series that may have samples in the range. */
  #activeIn(startMs: number, endMs: number): Bitset {
    const known = this.#active;
    if (known?.startMs === startMs && known.endMs === endMs) return known.series;
    const series = this.#activeOutsideRows(startMs, endMs).slice();
    for (const layout of this.#layoutsIn(startMs, endMs)) markAll(series, layout.seriesIds);
    this.#active = { startMs, endMs, series };
    return series;
  }

  /** Those of them that may in pages or batches. */
  #activeOutsideRows(startMs: number, endMs: number): Bitset {
    const known = this.#activeOutside;
    if (known?.startMs === startMs && known.endMs === endMs) return known.series;
    const state = this.#state;
    const series = new Uint32Array(bitsetWords(state.index.count + 1));
    // Where the list of a window is damaged, every series may be active.
    if (!state.unlessDamaged(() => markActive(state.db, startMs, endMs, series))) series.fill(0xffffffff);
    for (const seq of batchesInRange(state.directory.batches, startMs, endMs))
      state.unlessDamaged(() => markAll(series, state.batchSeries(seq)));
    this.#activeOutside = { startMs, endMs, series };
    return series;
  }

  #plansFor(startMs: number, endMs: number): Plans {
    const key = `${startMs}:${endMs}`;
    let plans = this.#plans.get(key);
    if (!plans) {
      plans = new Plans(startMs, endMs, this.#timelines);
      this.#plans.set(key, plans);
    }
    return plans;
  }
}

/** The same ids, those of one bucket side by side: whoever reads them in order reads each page once. */
function byBucket(ids: Int32Array, { index }: ReadState): Int32Array {
  let highest = 0;
  let ascends = true;
  for (let i = 0; i < ids.length; i++) {
    const bucket = index.bucket(ids[i]);
    if (bucket < highest) ascends = false;
    else highest = bucket;
  }
  if (ascends) return ids;
  const next = new Int32Array(highest + 2);
  for (let i = 0; i < ids.length; i++) next[index.bucket(ids[i]) + 1]++;
  for (let b = 0; b <= highest; b++) next[b + 1] += next[b];
  const sorted = new Int32Array(ids.length);
  for (let i = 0; i < ids.length; i++) sorted[next[index.bucket(ids[i])]++] = ids[i];
  return sorted;
}

// From one target's scrapes to the store: each scrape, good or failed, is one row of the target's series and the
// synthetic ones, with stale markers for what is gone, appended together so that one commit holds them.
import { compareText, type Labels } from '../../storage/model/labels.ts';
import { setStale } from '../../storage/model/sample.ts';
import type { Sink } from '../../storage/sink.ts';
import { countAppended, type ScrapeCounters } from './counters.ts';
import type { ExpositionReader, RowChange } from './exposition.ts';
import { type ScrapeReport, SYNTHETIC_MAX, syntheticSeries } from './synthetic.ts';

export { SYNTHETIC_MAX };

/** A layout: the row's series, then the synthetic ones that the row does not have itself. */
interface Layout {
  readonly id: number;
  readonly seriesIds: Int32Array;
  /** Slot of each synthetic series. */
  readonly syntheticSlots: Int32Array;
}

export class RowWriter {
  readonly #sink: Sink;
  readonly #counters: ScrapeCounters;
  readonly #labels: Labels;
  #synthetic: ReturnType<typeof syntheticSeries> = [];
  #syntheticIds: Int32Array = new Int32Array(0);
  /** Of the last accepted row; null before one, and where it changed. */
  #layout: Layout | null = null;
  /** The layout of a target without series: synthetic ones alone. */
  #bare: Layout | null = null;
  #rowIds: Int32Array = new Int32Array(0);
  /** The last row was a good one: its series have no stale marker yet. */
  #live = false;
  #written = false;

  constructor(sink: Sink, counters: ScrapeCounters, labels: Labels, extra: boolean) {
    this.#sink = sink;
    this.#counters = counters;
    this.#labels = labels;
    this.useExtra(extra);
  }

  /** Adds or drops the series of `extra_scrape_metrics`. */
  useExtra(extra: boolean): void {
    this.#synthetic = syntheticSeries(extra);
    this.#syntheticIds = Int32Array.from(this.#synthetic, ([metric]) =>
      this.#sink.seriesId(withName(metric, this.#labels)),
    );
    this.#bare = null;
    if (this.#layout !== null) this.#layout = this.#makeLayout(this.#rowIds);
  }

  /** A good scrape: `reader` has just accepted it. */
  accept(reader: ExpositionReader, change: RowChange, timeMs: number, report: ScrapeReport): void {
    // By identity: a change whose row could not be stored must not be missed by the next one.
    if (this.#layout === null || this.#rowIds !== reader.rowIds) {
      this.#layout = this.#makeLayout(reader.rowIds);
      this.#rowIds = reader.rowIds;
    }
    const { id, seriesIds, syntheticSlots } = this.#layout;
    const { values, timed } = reader;
    for (let k = 0; k < syntheticSlots.length; k++) {
      // A target that exposes a synthetic name itself keeps its own value, as upstream.
      if (syntheticSlots[k] >= this.#rowIds.length) values[syntheticSlots[k]] = this.#synthetic[k][1](report);
    }
    this.#count(id, timeMs, values.subarray(0, seriesIds.length));
    if (timed.count > 0) {
      countAppended(
        this.#counters,
        this.#sink.appendSamples(timed.seriesIds, timed.timesMs, timed.values, timed.count),
      );
    }
    if (this.#live && change.vanishedIds.length > 0) this.#appendStale(change.vanishedIds, timeMs);
    this.#live = true;
  }

  /** A failed scrape: everything of the last good row ends, the synthetic series tell why. */
  fail(timeMs: number, report: ScrapeReport, timedIds: Int32Array): void {
    this.#bare ??= this.#makeLayout(new Int32Array(0));
    const layout = this.#live && this.#layout !== null ? this.#layout : this.#bare;
    const values = new Float64Array(layout.seriesIds.length);
    for (let slot = 0; slot < values.length; slot++) setStale(values, slot);
    for (let k = 0; k < layout.syntheticSlots.length; k++) {
      values[layout.syntheticSlots[k]] = this.#synthetic[k][1](report);
    }
    this.#count(layout.id, timeMs, values);
    if (this.#live && timedIds.length > 0) this.#appendStale(timedIds, timeMs);
    this.#live = false;
  }

  /** Ends all series of a target that is gone, apart from those that another target goes on with. */
  end(timeMs: number, timedIds: Int32Array, liveElsewhere: ReadonlySet<number>): void {
    if (!this.#written) return;
    const ids = new Set<number>(this.#syntheticIds);
    if (this.#live) for (const id of [...this.#rowIds, ...timedIds]) ids.add(id);
    this.#appendStale(Int32Array.from([...ids].filter((id) => !liveElsewhere.has(id))), timeMs);
    this.#live = false;
  }

  /** Adds the ids of the series that the target has now. */
  collectLive(ids: Set<number>): void {
    if (!this.#written) return;
    for (const id of this.#syntheticIds) ids.add(id);
    if (this.#live) for (const id of this.#rowIds) ids.add(id);
  }

  #makeLayout(rowIds: Int32Array): Layout {
    const slotOf = new Map<number, number>();
    for (let slot = 0; slot < rowIds.length; slot++) slotOf.set(rowIds[slot], slot);
    const seriesIds = [...rowIds];
    const syntheticSlots = this.#syntheticIds.map((id) => {
      const own = slotOf.get(id);
      return own === undefined ? seriesIds.push(id) - 1 : own;
    });
    const ids = Int32Array.from(seriesIds);
    return { id: this.#sink.layoutId(ids), seriesIds: ids, syntheticSlots };
  }

  #count(layoutId: number, timeMs: number, values: Float64Array): void {
    countAppended(this.#counters, this.#sink.appendRow(layoutId, timeMs, values));
    this.#written = true;
  }

  #appendStale(ids: Int32Array, timeMs: number): void {
    const values = new Float64Array(ids.length);
    for (let i = 0; i < ids.length; i++) setStale(values, i);
    // Not counted: a marker that comes too late is expected where a target went and came back.
    this.#sink.appendSamples(ids, new Float64Array(ids.length).fill(timeMs), values, ids.length);
  }
}

function withName(metric: string, labels: Labels): Labels {
  const pairs: [string, string][] = [['__name__', metric]];
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i], labels[i + 1]]);
  return pairs.sort((a, b) => compareText(a[0], b[0])).flat();
}

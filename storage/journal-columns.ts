// The journal as columns, for the series of one selection: rows are decoded once for all wanted series of a layout,
// batches once for all wanted series. Works through the selection in groups of neighbours, so that what lies decoded
// in memory stays bounded however many series are selected.
import { BatchGatherer, columnOf } from './batch-gather.ts';
import { haveCommon } from './batch-index.ts';
import { DamagedError } from './errors.ts';
import type { JournalReader } from './journal.ts';
import type { BatchRows, LayoutRows } from './journal-directory.ts';
import type { Part } from './part.ts';
import { hasStale, MemoryPart } from './part.ts';
import type { Places } from './places.ts';
import type { LayoutRange, RowCache } from './row-columns.ts';
import type { SharedTimelines } from './shared-timelines.ts';
import { lowerBound } from './timeline.ts';

/** Values of rows that lie decoded at one time. */
const GROUP_VALUES_MAX = 4 * 2 ** 20;
/** Series of a group where there are batches, whose samples are not counted beforehand. */
const GROUP_SERIES_MAX = 8192;

export interface JournalSource {
  readonly reader: JournalReader;
  readonly rows: RowCache;
  readonly layouts: readonly LayoutRange[];
  /** Seqs of the batches that may have samples in the range. */
  readonly batches: readonly number[];
  /** Ids of a batch's series, ascending. */
  readonly batchSeries: (seq: number) => Int32Array;
  readonly timelines: SharedTimelines;
  readonly damage: (error: DamagedError) => void;
}

/** Rows of a layout in range. */
export function layoutRange(
  id: number,
  rows: LayoutRows,
  seriesIds: Int32Array,
  startMs: number,
  endMs: number,
): LayoutRange | null {
  const from = lowerBound(rows.times, rows.times.length, startMs);
  const to = lowerBound(rows.times, rows.times.length, endMs + 1);
  return from < to ? { id, rows, from, to, seriesIds } : null;
}

export function batchesInRange(batches: BatchRows, startMs: number, endMs: number): number[] {
  const seqs: number[] = [];
  for (let b = 0; b < batches.seqs.length; b++)
    if (batches.starts[b] <= endMs && batches.ends[b] >= startMs) seqs.push(batches.seqs[b]);
  return seqs;
}

export class JournalColumns {
  readonly #source: JournalSource;
  readonly #ids: Int32Array;
  readonly #places: Places;
  #groupFrom = 0;
  #groupTo = 0;
  /** Part of place e of the group, at `e - starts[groupFrom]`. */
  #rowParts: (Part | null)[] = [];
  #batchParts: (Part | null)[] = [];

  constructor(source: JournalSource, ids: Int32Array, places: Places) {
    this.#source = source;
    this.#ids = ids;
    this.#places = places;
  }

  /** Appends the parts of series i to `parts`, the older first. */
  parts(i: number, parts: Part[]): void {
    if (this.#source.layouts.length === 0 && this.#source.batches.length === 0) return;
    if (i < this.#groupFrom || i >= this.#groupTo) this.#decodeGroup(i);
    const starts = this.#places.starts;
    const base = starts[this.#groupFrom];
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const part = this.#rowParts[e - base];
      if (part) parts.push(part);
    }
    const part = this.#batchParts[i - this.#groupFrom];
    if (part) parts.push(part);
  }

  #decodeGroup(from: number): void {
    const { layouts, batches } = this.#source;
    const { starts, layout } = this.#places;
    let to = from;
    let values = 0;
    const seriesMax = batches.length > 0 ? GROUP_SERIES_MAX : Infinity;
    while (to < this.#ids.length && to - from < seriesMax) {
      for (let e = starts[to]; e < starts[to + 1]; e++)
        values += layouts[layout[e]].to - layouts[layout[e]].from;
      if (to > from && values > GROUP_VALUES_MAX) break;
      to++;
    }
    this.#groupFrom = from;
    this.#groupTo = to;
    this.#decodeRows(this.#source.rows.keeps(values));
    this.#decodeBatches();
  }

  #decodeRows(keep: boolean): void {
    const { starts, layout, slot } = this.#places;
    const base = starts[this.#groupFrom];
    const end = starts[this.#groupTo];
    this.#rowParts = new Array(end - base).fill(null);
    const byLayout = new Map<number, number[]>();
    for (let e = base; e < end; e++) {
      const places = byLayout.get(layout[e]);
      if (places) places.push(e);
      else byLayout.set(layout[e], [e]);
    }
    for (const [l, places] of byLayout) {
      places.sort((a, b) => slot[a] - slot[b]);
      const slots = Int32Array.from(places, (e) => slot[e]);
      const columns = this.#source.rows.columns(this.#source, this.#source.layouts[l], slots, keep);
      if (columns.count === 0) continue;
      const { values, stride, mayBeStale } = columns;
      const timeline = this.#source.timelines.of(columns.times.subarray(0, columns.count));
      for (let k = 0; k < places.length; k++)
        this.#rowParts[places[k] - base] = new MemoryPart(timeline, values, k * stride, mayBeStale);
    }
  }

  #decodeBatches(): void {
    const group = this.#groupTo - this.#groupFrom;
    this.#batchParts = [];
    if (this.#source.batches.length === 0) return;
    const slots = new Map<number, number>();
    for (let i = this.#groupFrom; i < this.#groupTo; i++) slots.set(this.#ids[i], i - this.#groupFrom);
    const gatherer = new BatchGatherer();
    const ids = this.#ids.subarray(this.#groupFrom, this.#groupTo);
    const { reader, batchSeries, damage } = this.#source;
    for (const seq of this.#source.batches) {
      try {
        if (!haveCommon(batchSeries(seq), ids, (id) => slots.has(id))) continue;
        gatherer.add(reader.batch(seq), (id) => slots.get(id));
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error;
        damage(error);
      }
    }
    const gathered = gatherer.finish(group);
    for (let g = 0; g < group; g++) {
      const { times, values } = columnOf(gathered, g);
      const timeline = this.#source.timelines.of(times);
      const part = new MemoryPart(timeline, values, 0, hasStale(values, values.length));
      this.#batchParts.push(values.length === 0 ? null : part);
    }
  }
}

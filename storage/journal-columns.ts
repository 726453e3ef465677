// The journal as columns, for the series of one selection: rows are decoded once for all wanted series of a layout,
// batches once for all wanted series. Works through the selection in groups of neighbours, so that what lies decoded
// in memory stays bounded however many series are selected.
import { BatchGatherer, columnOf } from './batch-gather.ts';
import { DamagedError } from './errors.ts';
import type { JournalReader } from './journal.ts';
import type { BatchRows, LayoutRows } from './journal-directory.ts';
import type { Timeline } from './model/sample.ts';
import type { Part } from './part.ts';
import { hasStale, MemoryPart } from './part.ts';
import type { Places } from './places.ts';
import { lowerBound } from './timeline-plan.ts';

/** Values of rows that lie decoded at one time. */
const GROUP_VALUES_MAX = 4 * 2 ** 20;
/** Series of a group where there are batches, whose samples are not counted beforehand. */
const GROUP_SERIES_MAX = 8192;

/** The rows of one layout within a range. */
export interface LayoutRange {
  readonly rows: LayoutRows;
  readonly from: number;
  readonly to: number;
  readonly seriesIds: Int32Array;
}

export interface JournalSource {
  readonly reader: JournalReader;
  readonly keyframes: KeyframeCache;
  readonly layouts: readonly LayoutRange[];
  /** Seqs of the batches that may have samples in the range. */
  readonly batches: readonly number[];
  readonly timelines: SharedTimelines;
  readonly damage: (error: DamagedError) => void;
}

/** One Timeline object for equal times. */
export class SharedTimelines {
  readonly #known = new Map<string, Timeline[]>();

  of(times: Float64Array): Timeline {
    const key = `${times.length}:${times[0]}:${times[times.length - 1]}`;
    let known = this.#known.get(key);
    if (!known) {
      known = [];
      this.#known.set(key, known);
    }
    for (const timeline of known) if (sameTimes(timeline.times, times)) return timeline;
    const timeline = { times, length: times.length };
    known.push(timeline);
    return timeline;
  }
}

/** Decoded keyframes by seq, the oldest given up beyond a size. */
export class KeyframeCache {
  readonly #bySeq = new Map<number, Float64Array>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(reader: JournalReader, seq: number, count: number): Float64Array {
    const known = this.#bySeq.get(seq);
    if (known) return known;
    const values = new Float64Array(count);
    reader.row(seq, count, null, values);
    this.#bySeq.set(seq, values);
    this.#bytes += values.byteLength;
    for (const [oldest, old] of this.#bySeq) {
      if (this.#bytes <= this.#bytesMax || oldest === seq) break;
      this.#bySeq.delete(oldest);
      this.#bytes -= old.byteLength;
    }
    return values;
  }
}

/** Rows of a layout in range. */
export function layoutRange(
  rows: LayoutRows,
  seriesIds: Int32Array,
  startMs: number,
  endMs: number,
): LayoutRange | null {
  const from = lowerBound(rows.times, rows.times.length, startMs);
  const to = lowerBound(rows.times, rows.times.length, endMs + 1);
  return from < to ? { rows, from, to, seriesIds } : null;
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
    this.#decodeRows();
    this.#decodeBatches();
  }

  #decodeRows(): void {
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
      const columns = decodeLayout(this.#source, this.#source.layouts[l], slots);
      if (!columns) continue;
      const { timeline, values, mayBeStale } = columns;
      for (let k = 0; k < places.length; k++)
        this.#rowParts[places[k] - base] = new MemoryPart(timeline, values, k * columns.rows, mayBeStale);
    }
  }

  #decodeBatches(): void {
    const group = this.#groupTo - this.#groupFrom;
    this.#batchParts = [];
    if (this.#source.batches.length === 0) return;
    const slots = new Map<number, number>();
    for (let i = this.#groupFrom; i < this.#groupTo; i++) slots.set(this.#ids[i], i - this.#groupFrom);
    const gatherer = new BatchGatherer();
    for (const seq of this.#source.batches) {
      try {
        gatherer.add(this.#source.reader.batch(seq), (id) => slots.get(id));
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error;
        this.#source.damage(error);
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

interface LayoutColumns {
  readonly timeline: Timeline;
  /** Value of slot k at row r: `values[k * rows + r]`, room for `rows` rows, `timeline.length` of them filled. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly mayBeStale: boolean;
}

/** Decodes some slots of a layout's rows in range; damaged rows are left out. */
function decodeLayout(source: JournalSource, range: LayoutRange, slots: Int32Array): LayoutColumns | null {
  const { rows, from, to, seriesIds } = range;
  const capacity = to - from;
  const wanted = slots.length;
  const times = new Float64Array(capacity);
  const values = new Float64Array(wanted * capacity);
  const valueWords = new Uint32Array(values.buffer);
  const row = new Float64Array(wanted);
  const rowWords = new Uint32Array(row.buffer);
  let mayBeStale = false;
  let count = 0;
  for (let r = from; r < to; r++) {
    try {
      decodeOne(source, rows.seqs[r], rows.bases[r], seriesIds.length, slots, row);
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      source.damage(error);
      continue;
    }
    for (let k = 0; k < wanted; k++) {
      const at = 2 * (k * capacity + count);
      valueWords[at] = rowWords[2 * k];
      valueWords[at + 1] = rowWords[2 * k + 1];
    }
    mayBeStale ||= hasStale(row, wanted);
    times[count++] = rows.times[r];
  }
  if (count === 0) return null;
  return { timeline: source.timelines.of(times.subarray(0, count)), values, rows: capacity, mayBeStale };
}

function decodeOne(
  source: JournalSource,
  seq: number,
  base: number,
  width: number,
  slots: Int32Array,
  out: Float64Array,
): void {
  const keyframe = base === 0 ? null : source.keyframes.get(source.reader, base, width);
  if (slots.length === width) source.reader.row(seq, width, keyframe, out);
  else source.reader.rowSlots(seq, keyframe, slots, out);
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < b.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

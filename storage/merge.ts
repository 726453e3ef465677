// The merge: small pages of layouts, and of batches, become large pages of buckets, window by window; late samples find
// their place. Later, neighbouring windows of sparse data are put together. Computed by a reader, applied by the writer.
import { permuted } from './batch-gather.ts';
import type { SeriesColumn } from './bucket-pages.ts';
import { BucketPages, PAGE_ROWS_MAX } from './bucket-pages.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import type { MergeTask } from './merge-plan.ts';
import { nextMergeTask } from './merge-plan.ts';
import { openPage } from './page.ts';
import type { DirectoryEntry, Patch, PatchUnit } from './patch.ts';
import { emptyUnit, LEVEL_BUCKET, PatchNumbers, readState, STATE } from './patch.ts';
import type { ReadState } from './read-state.ts';
import type { Reader } from './reader.ts';
import { SharedTimelines } from './shared-timelines.ts';
import type { Times } from './timeline.ts';
import { Plans } from './timeline-plan.ts';

/** Samples decoded at one time: 16 MiB of values. */
const PASS_SAMPLES = 2 * 2 ** 20;
/** New pages of one unit, so that it commits within a few milliseconds. */
const UNIT_BYTES = 2 ** 20;
const UNIT_TIMELINES = 500;
const ZSTD_LEVEL = 3;

export interface MergeOptions {
  /** The clock; windows that may still get rows are left alone. */
  readonly nowMs: number;
  /** True: merge what there is, open windows too. */
  readonly all?: boolean;
}

/** Computes the merge that is most due, of one window; null where there is none. */
export function computeMerge(reader: Reader, options: MergeOptions): Patch | null {
  return reader.snapshot((state) => {
    const task = nextMergeTask(state.db, options.nowMs, options.all ?? false);
    return task && new Merge(state, task).run();
  });
}

class Merge {
  readonly #state: ReadState;
  readonly #task: MergeTask;
  readonly #numbers: PatchNumbers;
  readonly #pages: BucketPages;
  readonly #plans = new Plans(-Infinity, Infinity, new SharedTimelines());
  readonly #timelines = new Map<number, Times>();
  readonly #units: PatchUnit[] = [];
  readonly #swap = emptyUnit();
  readonly #damaged = new Set<DirectoryEntry>();
  readonly #slab: Slab;
  #samples = 0;

  constructor(state: ReadState, task: MergeTask) {
    this.#state = state;
    this.#task = task;
    this.#numbers = new PatchNumbers(state.db);
    this.#pages = new BucketPages(this.#numbers, LEVEL_BUCKET, ZSTD_LEVEL);
    this.#slab = new Slab(usualRows(task.entries));
  }

  run(): Patch {
    const buckets = [...this.#task.buckets].sort((a, b) => a - b);
    for (const range of passes(buckets, this.#samplesByBucket())) this.#pass(range);
    for (const entry of this.#task.entries)
      (this.#damaged.has(entry) ? this.#swap.quarantined : this.#swap.removed).push(entry);
    const rest = this.#deadTimelineUnits();
    // The directory points to the new pages only once all of them are there.
    for (const unit of this.#units) this.#swap.added.push(...unit.added.splice(0));
    return {
      generation: readState(this.#state.db, STATE.generation),
      units: [...this.#units, this.#swap, ...rest],
      journalDeadBelow: 0,
      samples: this.#samples,
      isFull: false,
    };
  }

  /**
   * Units that delete the timelines of replaced pages that no other page refers to. Only pages of the same time can, so
   * the headers of those are looked at.
   */
  #deadTimelineUnits(): PatchUnit[] {
    const dead = new Set(this.#timelines.keys());
    let startMs = Infinity;
    let endMs = -Infinity;
    for (const entry of this.#swap.removed) {
      startMs = Math.min(startMs, entry.start_ms);
      endMs = Math.max(endMs, entry.end_ms);
    }
    for (const entry of [...this.#task.others, ...this.#damaged]) {
      if (entry.start_ms > endMs || entry.end_ms < startMs) continue;
      const page = this.#state.unlessDamaged(() => this.#state.pages.page(entry));
      // What a damaged page refers to cannot be known.
      if (!page) return [];
      for (let k = 0; k < page.count; k++) dead.delete(page.timelineId(k));
    }
    const ids = [...dead];
    const units: PatchUnit[] = [];
    for (let from = 0; from < ids.length; from += UNIT_TIMELINES)
      units.push({ ...emptyUnit(), deadTimelines: ids.slice(from, from + UNIT_TIMELINES) });
    return units;
  }

  /** An estimate of the samples of each bucket, by its share of the series of each page. */
  #samplesByBucket(): ReadonlyMap<number, number> {
    const samples = new Map<number, number>();
    let layoutSamples = 0;
    for (const entry of this.#task.entries) {
      if (entry.first_bucket === entry.last_bucket)
        samples.set(entry.owner, (samples.get(entry.owner) ?? 0) + entry.samples);
      else layoutSamples += entry.samples;
    }
    const each = layoutSamples / Math.max(1, this.#task.buckets.size);
    for (const bucket of this.#task.buckets) samples.set(bucket, (samples.get(bucket) ?? 0) + each);
    return samples;
  }

  #pass({ first, last }: BucketRange): void {
    this.#slab.reset();
    const columns = new Map<number, GrowingColumn>();
    for (const entry of this.#task.entries)
      if (entry.first_bucket <= last && entry.last_bucket >= first)
        this.#readPage(entry, first, last, columns);
    const byBucket = new Map<number, SeriesColumn[]>();
    for (const [seriesId, column] of [...columns].sort((a, b) => a[0] - b[0])) {
      const bucket = this.#state.index.bucket(seriesId);
      const list = byBucket.get(bucket) ?? [];
      list.push(this.#finishColumn(seriesId, column));
      byBucket.set(bucket, list);
    }
    for (const [bucket, list] of byBucket) this.#pages.add(bucket, list, this.#unit());
  }

  /** The unit that takes the next pages. */
  #unit(): PatchUnit {
    const last = this.#units[this.#units.length - 1];
    let bytes = 0;
    for (const { data } of last?.pages ?? []) bytes += data.length;
    if (last && bytes < UNIT_BYTES) return last;
    const unit = emptyUnit();
    this.#units.push(unit);
    return unit;
  }

  #readPage(entry: DirectoryEntry, first: number, last: number, columns: Map<number, GrowingColumn>): void {
    const { db, index } = this.#state;
    this.#unlessDamaged(entry, () => {
      const data = db.prepare<{ data: Uint8Array }>(SQL.pageData).get(entry.page)?.data;
      if (!data) throw new DamagedError(`Page ${entry.page} is missing`);
      const page = openPage(data);
      for (let k = 0; k < page.count; k++) {
        const seriesId = page.seriesId(k);
        const bucket = index.bucket(seriesId);
        if (!(bucket >= first && bucket <= last)) continue;
        this.#unlessDamaged(entry, () => {
          const timeline = this.#timeline(page.timelineId(k));
          if (timeline.length !== page.length(k))
            throw new DamagedError(`Page ${entry.page} has another timeline`);
          let column = columns.get(seriesId);
          if (!column) {
            column = { values: this.#slab.take(timeline.length), count: 0, timelines: [] };
            columns.set(seriesId, column);
          }
          const values = reserve(column, timeline.length);
          page.read(k, 0, timeline.length, values, column.count);
          column.count += timeline.length;
          column.timelines.push(timeline);
        });
      }
    });
  }

  #finishColumn(seriesId: number, column: GrowingColumn): SeriesColumn {
    const plan = this.#plans.plan(column.timelines);
    const { times } = plan.timeline;
    this.#samples += times.length;
    let values = column.values.subarray(0, column.count);
    if (plan.order) values = permuted(values, plan.order);
    return { seriesId, times, values };
  }

  #timeline(id: number): Times {
    let timeline = this.#timelines.get(id);
    if (!timeline) {
      timeline = this.#state.pages.timeline(id);
      this.#timelines.set(id, timeline);
    }
    return timeline;
  }

  #unlessDamaged(entry: DirectoryEntry, read: () => void): void {
    const done = this.#state.unlessDamaged(() => {
      read();
      return true;
    });
    if (!done) this.#damaged.add(entry);
  }
}

/** One series' values, page after page, with the timeline of each. */
interface GrowingColumn {
  values: Float64Array;
  count: number;
  readonly timelines: Times[];
}

/** One array that the columns of a pass share, so that a merge of many passes leaves little to collect. */
class Slab {
  readonly #columnRows: number;
  #values: Float64Array = new Float64Array(0);
  #used = 0;

  /** `columnRows`: room for each column. */
  constructor(columnRows: number) {
    this.#columnRows = columnRows;
  }

  /** Gives all room back; what was taken before may be overwritten. */
  reset(): void {
    if (this.#values.length === 0) this.#values = new Float64Array(PASS_SAMPLES + PASS_SAMPLES / 4);
    this.#used = 0;
  }

  /** Room for a column, of its own where the slab is used up. */
  take(rows: number): Float64Array {
    const room = Math.max(rows, this.#columnRows);
    if (this.#used + room > this.#values.length) return new Float64Array(room);
    this.#used += room;
    return this.#values.subarray(this.#used - room, this.#used);
  }
}

/** Rows that a series usually has in all pages together: those of the layout or bucket with the most, within reason. */
function usualRows(entries: readonly DirectoryEntry[]): number {
  const rows = new Map<string, number>();
  const seen = new Set<string>();
  for (const { level, owner, start_ms, rows: count } of entries) {
    // The pages of one fold of a layout hold different series.
    if (seen.has(`${level}:${owner}:${start_ms}`)) continue;
    seen.add(`${level}:${owner}:${start_ms}`);
    rows.set(`${level}:${owner}`, (rows.get(`${level}:${owner}`) ?? 0) + count);
  }
  let most = 0;
  for (const count of rows.values()) most = Math.max(most, count);
  return Math.min(most, 2 * PAGE_ROWS_MAX);
}

function reserve(column: GrowingColumn, more: number): Float64Array {
  const needed = column.count + more;
  if (needed > column.values.length) {
    const wider = new Float64Array(
      Math.max(needed, Math.min(2 * column.values.length, needed + PAGE_ROWS_MAX)),
    );
    wider.set(column.values);
    column.values = wider;
  }
  return column.values;
}

interface BucketRange {
  readonly first: number;
  readonly last: number;
}

/** Cuts ascending buckets into ranges of about PASS_SAMPLES each. */
function passes(buckets: readonly number[], samples: ReadonlyMap<number, number>): BucketRange[] {
  const ranges: BucketRange[] = [];
  for (let from = 0; from < buckets.length; ) {
    let to = from;
    let sum = 0;
    while (to < buckets.length && (to === from || sum < PASS_SAMPLES)) sum += samples.get(buckets[to++]) ?? 0;
    ranges.push({ first: buckets[from], last: buckets[to - 1] });
    from = to;
  }
  return ranges;
}

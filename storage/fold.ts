// The fold: rows of the journal become columns in pages. Computed by a reader, applied by the writer (patch.ts).
//
// All of a layout's rows are folded at once, in pages of up to 240 rows and 512 series; a fold of all layouts empties
// the journal, so that it can be deleted from its start on. Batches become pages of buckets right away.
import { ActivityBuilder } from './activity.ts';
import type { Gathered } from './batch-gather.ts';
import { BatchGatherer, columnOf } from './batch-gather.ts';
import type { SeriesColumn } from './bucket-pages.ts';
import { BucketPages } from './bucket-pages.ts';
import { decodeInto, RowScratch } from './fold-rows.ts';
import { BATCH_LAYOUT } from './journal.ts';
import type { LayoutRows } from './journal-directory.ts';
import { encodePage } from './page.ts';
import type { Patch, PatchUnit } from './patch.ts';
import { emptyUnit, LEVEL_BATCH, LEVEL_LAYOUT, PatchNumbers, readState, STATE } from './patch.ts';
import type { ReadState } from './read-state.ts';
import type { Reader } from './reader.ts';

const PAGE_ROWS = 240;
const PAGE_COLUMNS = 512;
/** A patch stops taking more beyond this: it lies in memory, and goes from thread to thread. */
const PATCH_SAMPLES = 16_000_000;
/** Samples of batches that are folded at once. */
const BATCH_SAMPLES = 4_000_000;
const ZSTD_LEVEL = 1;
/** Pages of a fold live for a day: fewer streams cost less time, and a few bytes. */
const STREAM_BYTES = 16_384;

/**
 * Computes the fold of all that the journal holds, or of as much as fits one patch; null where it is empty. Takes 50 ns
 * a sample or so; the reader can do nothing else meanwhile.
 */
export function computeFold(reader: Reader): Patch | null {
  return reader.snapshot((state) => {
    const fold = new Fold(state);
    for (const [id, rows] of state.directory.layouts) {
      if (fold.isFull) break;
      fold.addLayout(id, rows);
    }
    if (!fold.isFull) fold.addBatches();
    return fold.finish();
  });
}

class Fold {
  readonly #state: ReadState;
  readonly #numbers: PatchNumbers;
  readonly #units: PatchUnit[] = [];
  readonly #activity: ActivityBuilder;
  readonly #foldedTo = new Map<number, number>();
  readonly #scratch = new RowScratch();
  #samples = 0;

  constructor(state: ReadState) {
    this.#state = state;
    this.#numbers = new PatchNumbers(state.db);
    this.#activity = new ActivityBuilder(state.index.count);
  }

  get isFull(): boolean {
    return this.#samples >= PATCH_SAMPLES;
  }

  addLayout(id: number, rows: LayoutRows): void {
    const seriesIds = this.#state.layoutSeries(id);
    const unit = emptyUnit();
    if (seriesIds.length > 0) {
      const slots = slotsByBucket(seriesIds, this.#state);
      for (let from = 0; from < rows.seqs.length; from += PAGE_ROWS)
        this.#addRows(id, seriesIds, slots, rows, from, Math.min(from + PAGE_ROWS, rows.seqs.length), unit);
    }
    const last = rows.seqs.length - 1;
    unit.folded.push({ layout: id, seq: rows.seqs[last], endMs: rows.times[last] });
    this.#foldedTo.set(id, rows.seqs[last]);
    this.#units.push(unit);
  }

  addBatches(): void {
    const { batches } = this.#state.directory;
    const { journal, index } = this.#state;
    for (let from = 0; from < batches.seqs.length && !this.isFull; ) {
      const gatherer = new BatchGatherer();
      let to = from;
      let endMs = -Infinity;
      for (; to < batches.seqs.length && gatherer.count < BATCH_SAMPLES; to++) {
        const batch = this.#state.unlessDamaged(() => journal.batch(batches.seqs[to]));
        if (batch) gatherer.add(batch, (id) => id);
        endMs = Math.max(endMs, batches.ends[to]);
      }
      const unit = emptyUnit();
      this.#addSamples(gatherer.finish(index.count + 1), unit);
      this.#samples += gatherer.count;
      unit.folded.push({ layout: BATCH_LAYOUT, seq: batches.seqs[to - 1], endMs });
      this.#foldedTo.set(BATCH_LAYOUT, batches.seqs[to - 1]);
      this.#units.push(unit);
      from = to;
    }
  }

  finish(): Patch | null {
    if (this.#units.length === 0) return null;
    // What may be active is told before its pages are there: "may" allows that, and not the other way round.
    const first = { ...emptyUnit(), activity: this.#activity.finish() };
    return {
      generation: readState(this.#state.db, STATE.generation),
      units: [first, ...this.#units],
      journalDeadBelow: this.#state.directory.deadBelow(this.#foldedTo),
      samples: this.#samples,
      isFull: this.isFull,
    };
  }

  /** Makes pages of samples gathered by series id. */
  #addSamples(gathered: Gathered, unit: PatchUnit): void {
    const byBucket = new Map<number, SeriesColumn[]>();
    for (let id = 1; id <= this.#state.index.count; id++) {
      if (gathered.starts[id] === gathered.starts[id + 1]) continue;
      const { times, values } = columnOf(gathered, id);
      const bucket = this.#state.index.bucket(id);
      const columns = byBucket.get(bucket) ?? [];
      columns.push({ seriesId: id, times, values });
      byBucket.set(bucket, columns);
      this.#activity.add(id, times[0], times[times.length - 1]);
    }
    const builder = new BucketPages(this.#numbers, LEVEL_BATCH, ZSTD_LEVEL);
    for (const [bucket, columns] of byBucket) builder.add(bucket, columns, unit);
  }

  /** Makes pages of rows `from … to - 1`, all series; damaged rows are left out. */
  #addRows(
    layout: number,
    seriesIds: Int32Array,
    slots: Int32Array,
    rows: LayoutRows,
    from: number,
    to: number,
    unit: PatchUnit,
  ): void {
    const matrix = decodeInto(this.#state, rows, from, to, slots, this.#scratch);
    const count = matrix.times.length;
    if (count === 0) return;
    const timelineId = this.#numbers.timeline(matrix.times, unit);
    const startMs = matrix.times[0];
    const endMs = matrix.times[count - 1];
    const options = { minTimeMs: startMs, maxTimeMs: endMs, level: ZSTD_LEVEL, streamBytes: STREAM_BYTES };
    for (let k = 0; k < slots.length; k += PAGE_COLUMNS) {
      const stop = Math.min(k + PAGE_COLUMNS, slots.length);
      const columns = [];
      for (let c = k; c < stop; c++) {
        const values = matrix.values.subarray(c * matrix.stride, c * matrix.stride + count);
        columns.push({ seriesId: seriesIds[slots[c]], timelineId, values, count });
      }
      const data = encodePage(columns, options);
      const page = this.#numbers.nextPage();
      unit.pages.push({ id: page, data });
      unit.added.push({
        level: LEVEL_LAYOUT,
        owner: layout,
        start_ms: startMs,
        page,
        end_ms: endMs,
        first_bucket: this.#state.index.bucket(columns[0].seriesId),
        last_bucket: this.#state.index.bucket(columns[columns.length - 1].seriesId),
        columns: columns.length,
        rows: count,
        samples: columns.length * count,
        bytes: data.length,
      });
    }
    for (let s = 0; s < seriesIds.length; s++) this.#activity.add(seriesIds[s], startMs, endMs);
    this.#samples += seriesIds.length * count;
  }
}

/** Slots of a layout's series ordered by bucket, then id: a page covers few buckets, a frame neighbours. */
function slotsByBucket(seriesIds: Int32Array, { index }: ReadState): Int32Array {
  const slots = new Int32Array(seriesIds.length);
  for (let s = 0; s < slots.length; s++) slots[s] = s;
  return slots.sort(
    (a, b) => index.bucket(seriesIds[a]) - index.bucket(seriesIds[b]) || seriesIds[a] - seriesIds[b],
  );
}

// The one writer of a store (contract: sink.ts). What is appended lies in one open transaction until `commit`; new
// series and layouts are kept in memory and written with it, so nothing that was rolled back ever lost its id.

import { Buckets } from './bucket.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { SeriesLimitError } from './errors.ts';
import type { LayoutState } from './journal.ts';
import { createLayoutState, JournalWriter } from './journal.ts';
import { insertLayout, layoutHash, loadLayout, sameIds } from './layout.ts';
import { MetadataWriter } from './metadata.ts';
import type { Labels } from './model/labels.ts';
import type { Patch, PatchUnit } from './patch.ts';
import { PatchApplier } from './patch-apply.ts';
import { findLabels, internLabels, SeriesIndex } from './series-index.ts';
import { SeriesStore } from './series-store.ts';
import type { AppendCounts, Sink } from './sink.ts';
import type { MetricMetadata } from './source.ts';
import { TailLookup } from './tail-lookup.ts';
import { Tails } from './tails.ts';

/** Samples further ahead of the clock than this are refused. */
const AHEAD_MAX_MS = 10 * 60 * 1000;
/** A larger batch is cut: damage to one costs all of it. */
const BATCH_SAMPLES_MAX = 65_536;

export interface WriterOptions {
  /** The clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Samples older than this are refused; 0: none is. */
  readonly retentionMs: number;
  /** How far behind the newest sample of the store late samples are taken; Infinity: any, for imports. */
  readonly outOfOrderMs: number;
  /** New series beyond this are refused; 0: none is. */
  readonly maxSeries: number;
}

/** What happens to a sample. */
const TAKE = 0;
const IGNORE = 1;
const REFUSE = 2;

export class Writer implements Sink {
  readonly #db: Database;
  readonly #options: WriterOptions;
  readonly #index: SeriesIndex;
  readonly #series: SeriesStore;
  readonly #buckets: Buckets;
  readonly #journal: JournalWriter;
  readonly #metadata: MetadataWriter;
  readonly #patches: PatchApplier;
  readonly #tails = new Tails();
  #lookup: TailLookup;
  readonly #layouts = new Map<number, LayoutState>();
  readonly #layoutsByHash = new Map<number, number[]>();
  /** Layouts that the file does not have yet. */
  readonly #newLayouts: LayoutState[] = [];
  #lastLayoutId = 0;
  #newestMs = -Infinity;
  #inTransaction = false;
  /** Why the transaction was rolled back; thrown by the commit that its callers wait for. */
  #failure: unknown = null;
  #scratchIds: Int32Array = new Int32Array(1024);
  #scratchTimes: Float64Array = new Float64Array(1024);
  #scratchValues: Float64Array = new Float64Array(1024);

  constructor(db: Database, options: WriterOptions) {
    this.#db = db;
    this.#options = options;
    this.#index = new SeriesIndex();
    this.#series = new SeriesStore(db, this.#index);
    this.#buckets = new Buckets(this.#index);
    this.#metadata = new MetadataWriter(db);
    for (const { id, hash } of db.prepare<{ id: number; hash: number }>(SQL.layoutHashes).all()) {
      this.#layoutsByHash.set(hash, [...(this.#layoutsByHash.get(hash) ?? []), id]);
      this.#lastLayoutId = Math.max(this.#lastLayoutId, id);
    }
    const lastSeq = db.prepare<{ seq: number | null }>(SQL.lastSeq).get()?.seq ?? 0;
    this.#journal = new JournalWriter(db, lastSeq);
    this.#patches = new PatchApplier(db);
    this.#tails.reserve(this.#index.count);
    this.#lookup = new TailLookup(db, this.#index, this.#tails);
    this.#newestMs = this.#lookup.learn();
  }

  get seriesCount(): number {
    return this.#index.count;
  }

  seriesId(labels: Labels): number {
    const { maxSeries } = this.#options;
    if (maxSeries > 0 && this.#index.count >= maxSeries) {
      // The texts of a series that is refused take no memory either.
      const known = findLabels(this.#index, labels);
      if (known !== 0) return known;
      throw new SeriesLimitError(`The store has ${this.#index.count} series and may have ${maxSeries}`);
    }
    const pairs = internLabels(this.#index, labels);
    const known = this.#index.lookUp(pairs);
    if (known !== 0) return known;
    let metric = -1;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === 0) metric = pairs[i + 1];
    const id = this.#index.add(pairs, this.#buckets.assign(metric));
    this.#tails.reserve(id);
    this.#tails.start(id);
    return id;
  }

  layoutId(seriesIds: Int32Array): number {
    this.#checkDistinct(seriesIds);
    const hash = layoutHash(seriesIds);
    const same = this.#layoutsByHash.get(hash) ?? [];
    for (const id of same) if (sameIds(this.#layout(id).seriesIds, seriesIds)) return id;
    const id = ++this.#lastLayoutId;
    const layout = createLayoutState(id, seriesIds.slice());
    this.#layouts.set(id, layout);
    this.#newLayouts.push(layout);
    this.#layoutsByHash.set(hash, [...same, id]);
    return id;
  }

  appendRow(layoutId: number, timeMs: number, values: Float64Array): AppendCounts {
    const layout = this.#layout(layoutId);
    const seriesIds = layout.seriesIds;
    const count = seriesIds.length;
    if (values.length < count)
      throw new RangeError(`Layout ${layoutId} has ${count} series, the row ${values.length} values`);
    const counts = noCounts();
    if (!this.#isInTime(timeMs, counts, count) || count === 0) return counts;
    if (!this.#tails.allBefore(seriesIds, timeMs)) {
      this.#resolveTails(seriesIds);
      if (!this.#tails.allBefore(seriesIds, timeMs)) return this.#appendMixedRow(seriesIds, timeMs, values);
    }
    this.#write(() => this.#journal.appendRow(layout, timeMs, values));
    this.#tails.setRow(seriesIds, timeMs, values);
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    counts.appended = count;
    return counts;
  }

  appendSamples(
    seriesIds: Int32Array,
    timesMs: Float64Array,
    values: Float64Array,
    count: number,
  ): AppendCounts {
    if (count > seriesIds.length || count > timesMs.length || count > values.length)
      throw new RangeError(`Arrays are shorter than the ${count} samples announced`);
    const counts = noCounts();
    for (let from = 0; from < count; from += BATCH_SAMPLES_MAX)
      this.#appendBatch(seriesIds, timesMs, values, from, Math.min(from + BATCH_SAMPLES_MAX, count), counts);
    return counts;
  }

  appendMetadata(metadata: readonly MetricMetadata[]): void {
    const changes = this.#metadata.changes(metadata);
    if (changes.length === 0) return;
    this.#write(() => {
      for (const entry of changes) this.#metadata.put(entry);
    });
  }

  commit(): void {
    if (this.#failure !== null) {
      const failure = this.#failure;
      this.#failure = null;
      throw failure;
    }
    if (!this.#inTransaction && !this.#series.hasNew && this.#newLayouts.length === 0) return;
    try {
      this.#write(() => {
        this.#series.save();
        for (const layout of this.#newLayouts) insertLayout(this.#db, layout.id, layout.seriesIds);
        this.#db.prepare(SQL.commit).run();
      });
    } catch (error) {
      // Told here and now: the next append begins anew.
      this.#failure = null;
      throw error;
    }
    this.#inTransaction = false;
    this.#series.saved();
    this.#newLayouts.length = 0;
  }

  /**
   * Applies a patch that a reader computed, from unit `next` on, until `budgetMs` has passed; commits what was appended
   * before. Returns the number of the next unit: `patch.units.length` when done. Between calls one may append, so a
   * scrape waits no longer than one unit.
   * @throws RangeError where the patch was computed on another state: compute it anew
   */
  applyPatch(patch: Patch, next: number, budgetMs = 5): number {
    this.commit();
    return this.#patches.apply(patch, next, budgetMs, (unit) => this.#startKeyframes(unit));
  }

  /** Deletes a slice of what folds and merges left behind; false when there is nothing left. */
  collect(): boolean {
    this.commit();
    return this.#patches.collect();
  }

  /** Gives free pages of the file back in a slice, down to `keepPages`; false when there are no more. */
  vacuum(keepPages: number): boolean {
    this.commit();
    return this.#patches.vacuum(keepPages);
  }

  /** Gives up what is not committed. */
  close(): void {
    if (this.#inTransaction) this.#rollBack();
  }

  /** Runs `work` inside the transaction; where it fails, all appends since the last commit are gone. */
  #write(work: () => void): void {
    // After a failure callers still append to what they believe to be one transaction: none of it may be stored.
    if (this.#failure !== null) throw this.#failure;
    try {
      if (!this.#inTransaction) {
        this.#db.prepare(SQL.begin).run();
        this.#inTransaction = true;
      }
      work();
    } catch (error) {
      this.#rollBack();
      this.#failure = error;
      throw error;
    }
  }

  #rollBack(): void {
    this.#inTransaction = false;
    if (this.#db.inTransaction) this.#db.prepare(SQL.rollback).run();
    for (const layout of this.#layouts.values()) layout.keyframeSeq = 0;
    this.#tails.forget();
    this.#metadata.reload();
    this.#learnTails();
  }

  /**
   * Rows must not refer to keyframes that a fold makes dead: the next row of each folded layout is a keyframe. Returns
   * the first row that has to stay, because rows that came after the fold was computed still refer to it.
   */
  #startKeyframes(unit: PatchUnit): number {
    let keep = Infinity;
    for (const { layout, seq } of unit.folded) {
      const state = this.#layouts.get(layout);
      if (!state) continue;
      if (state.keyframeSeq !== 0 && state.keyframeSeq <= seq && state.lastSeq > seq)
        keep = Math.min(keep, state.keyframeSeq);
      if (state.keyframeSeq <= seq) state.keyframeSeq = 0;
      // Layouts come and go; one that goes on is loaded again with its next row.
      if (state.lastSeq <= seq) this.#layouts.delete(layout);
    }
    return keep;
  }

  #learnTails(): void {
    this.#tails.reserve(this.#index.count);
    for (let id = this.#series.savedCount + 1; id <= this.#index.count; id++) this.#tails.start(id);
    this.#lookup = new TailLookup(this.#db, this.#index, this.#tails);
    this.#newestMs = this.#lookup.learn();
  }

  #resolveTails(seriesIds: Int32Array): void {
    for (const id of seriesIds) if (!this.#tails.isKnown(id)) this.#lookup.resolve(id);
  }

  #layout(id: number): LayoutState {
    let layout = this.#layouts.get(id);
    if (!layout) {
      layout = createLayoutState(id, loadLayout(this.#db, id));
      this.#layouts.set(id, layout);
    }
    return layout;
  }

  /** Counts samples of a time outside what the store takes at all. */
  #isInTime(timeMs: number, counts: AppendCounts, count: number): boolean {
    if (!Number.isSafeInteger(timeMs)) throw new RangeError(`Time ${timeMs} is not a whole millisecond`);
    const now = this.#options.now();
    if (timeMs > now + AHEAD_MAX_MS) {
      counts.tooFarAhead += count;
      return false;
    }
    if (this.#options.retentionMs > 0 && timeMs < now - this.#options.retentionMs) {
      counts.tooOld += count;
      return false;
    }
    return true;
  }

  /** A row some of whose series have newer samples: what can be taken of it becomes a batch. */
  #appendMixedRow(seriesIds: Int32Array, timeMs: number, values: Float64Array): AppendCounts {
    const counts = noCounts();
    const count = seriesIds.length;
    for (let from = 0; from < count; from += BATCH_SAMPLES_MAX) {
      const to = Math.min(from + BATCH_SAMPLES_MAX, count);
      const times = new Float64Array(to - from).fill(timeMs);
      this.#appendBatch(seriesIds.subarray(from, to), times, values.subarray(from, to), 0, to - from, counts);
    }
    return counts;
  }

  /** Appends samples `from … to - 1`, those that are refused left out. */
  #appendBatch(
    seriesIds: Int32Array,
    timesMs: Float64Array,
    values: Float64Array,
    from: number,
    to: number,
    counts: AppendCounts,
  ): void {
    this.#reserveScratch(to - from);
    const ids = this.#scratchIds;
    const times = this.#scratchTimes;
    const bits = new Int32Array(values.buffer, values.byteOffset, 2 * to);
    const outBits = new Int32Array(this.#scratchValues.buffer);
    let taken = 0;
    let startMs = Infinity;
    let endMs = -Infinity;
    for (let k = from; k < to; k++) {
      const id = seriesIds[k];
      const timeMs = timesMs[k];
      const fate = this.#judge(id, timeMs, bits[2 * k], bits[2 * k + 1], counts);
      if (fate === REFUSE) continue;
      counts.appended++;
      if (fate === IGNORE) continue;
      ids[taken] = id;
      times[taken] = timeMs;
      outBits[2 * taken] = bits[2 * k];
      outBits[2 * taken + 1] = bits[2 * k + 1];
      taken++;
      if (timeMs < startMs) startMs = timeMs;
      if (timeMs > endMs) endMs = timeMs;
    }
    if (taken === 0) return;
    this.#write(() => this.#journal.appendBatch(ids, times, this.#scratchValues, taken, startMs, endMs));
  }

  /** Decides about one sample and, where it is taken as the newest of its series, remembers it. */
  #judge(id: number, timeMs: number, low: number, high: number, counts: AppendCounts): number {
    if (!(id >= 1 && id <= this.#index.count)) throw new RangeError(`There is no series ${id}`);
    if (!this.#isInTime(timeMs, counts, 1)) return REFUSE;
    const tails = this.#tails;
    if (!tails.isKnown(id)) this.#lookup.resolve(id);
    const newest = tails.times[id];
    if (timeMs > newest) {
      tails.set(id, timeMs, low, high);
      if (timeMs > this.#newestMs) this.#newestMs = timeMs;
      return TAKE;
    }
    if (timeMs === newest) {
      if (tails.hasValue[id] === 0 && this.#lookup.hasSample(id, timeMs, low, high))
        tails.set(id, timeMs, low, high);
      if (tails.hasValue[id] === 1 && tails.words[2 * id] === low && tails.words[2 * id + 1] === high)
        return IGNORE;
      counts.duplicate++;
      return REFUSE;
    }
    if (this.#options.outOfOrderMs > 0 && timeMs >= this.#newestMs - this.#options.outOfOrderMs) return TAKE;
    counts.outOfOrder++;
    return REFUSE;
  }

  #reserveScratch(count: number): void {
    if (count <= this.#scratchIds.length) return;
    this.#scratchIds = new Int32Array(count);
    this.#scratchTimes = new Float64Array(count);
    this.#scratchValues = new Float64Array(count);
  }

  #checkDistinct(seriesIds: Int32Array): void {
    const seen = new Set<number>();
    for (const id of seriesIds) {
      if (!(id >= 1 && id <= this.#index.count)) throw new RangeError(`There is no series ${id}`);
      if (seen.has(id)) throw new RangeError(`Series ${id} comes twice in one layout`);
      seen.add(id);
    }
  }
}

function noCounts(): AppendCounts {
  return { appended: 0, outOfOrder: 0, duplicate: 0, tooOld: 0, tooFarAhead: 0 };
}

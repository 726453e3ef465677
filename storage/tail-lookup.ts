// The newest samples of series that were there before the writer was opened, found in the file when they are asked for.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { BATCH_LAYOUT } from './journal.ts';
import { openPage } from './page.ts';
import type { DirectoryEntry } from './patch.ts';
import { ReadState } from './read-state.ts';
import type { SeriesIndex } from './series-index.ts';
import type { Tails } from './tails.ts';
import { StoreView } from './view.ts';

const CACHE_BYTES = 2 ** 20;

export class TailLookup {
  readonly #db: Database;
  readonly #index: SeriesIndex;
  readonly #tails: Tails;
  /** Reads on the writer's own connection, so that it sees what is not committed. */
  readonly #state: ReadState;
  /** Newest time of a series in the journal and in pages of layouts, by id. */
  readonly #floors: Float64Array;
  #byBucket: Map<number, number[]> | null = null;

  constructor(db: Database, index: SeriesIndex, tails: Tails) {
    this.#db = db;
    this.#index = index;
    this.#tails = tails;
    this.#state = new ReadState(db, CACHE_BYTES, index);
    this.#floors = new Float64Array(index.count + 1).fill(-Infinity);
  }

  /** Reads what journal and young pages tell. Returns the newest time of the store, -Infinity where it is empty. */
  learn(): number {
    let newestMs = -Infinity;
    const state = this.#state;
    for (const { layout, end_ms } of this.#db
      .prepare<{ layout: number; end_ms: number }>(SQL.layoutEnds)
      .all()) {
      newestMs = Math.max(newestMs, end_ms);
      for (const id of state.layoutSeries(layout)) this.#raise(id, end_ms);
    }
    for (const { seq } of this.#db.prepare<{ seq: number }>(SQL.journalBatches).all(BATCH_LAYOUT))
      state.unlessDamaged(() => {
        const { count, seriesIds, timesMs } = state.journal.batch(seq);
        for (let k = 0; k < count; k++) {
          this.#raise(seriesIds[k], timesMs[k]);
          newestMs = Math.max(newestMs, timesMs[k]);
        }
      });
    const pages = this.#db.prepare<{ end_ms: number | null }>(SQL.newestPageEnd).get()?.end_ms;
    return Math.max(newestMs, pages ?? -Infinity);
  }

  /** Makes the tails of a series, and of all others of its bucket, known. */
  resolve(id: number): void {
    this.#byBucket ??= this.#bucketMembers();
    const bucket = this.#index.bucket(id);
    const members = this.#byBucket.get(bucket) ?? [];
    const wanted = new Set(members);
    for (const entry of this.#db.prepare<DirectoryEntry>(SQL.bucketPagesNewestFirst).all(bucket)) {
      for (const member of wanted) if (this.#floors[member] >= entry.end_ms) wanted.delete(member);
      if (wanted.size === 0) break;
      this.#raiseFrom(entry, wanted);
    }
    for (const member of members)
      if (!this.#tails.isKnown(member)) this.#tails.times[member] = this.#floors[member];
  }

  /** Tells whether the store has a sample of a series at a time with just these bits. */
  hasSample(id: number, timeMs: number, low: number, high: number): boolean {
    this.#state.refresh();
    return new StoreView(this.#state, () => {}).hasSample(id, timeMs, low, high);
  }

  #raise(id: number, timeMs: number): void {
    if (this.#floors[id] < timeMs) this.#floors[id] = timeMs;
  }

  #raiseFrom(entry: DirectoryEntry, wanted: ReadonlySet<number>): void {
    this.#state.unlessDamaged(() => {
      const data = this.#db.prepare<{ data: Uint8Array }>(SQL.pageData).get(entry.page)?.data;
      if (!data) return;
      const page = openPage(data);
      for (let k = 0; k < page.count; k++) {
        if (!wanted.has(page.seriesId(k))) continue;
        this.#raise(page.seriesId(k), this.#state.pages.timeline(page.timelineId(k)).last);
      }
    });
  }

  #bucketMembers(): Map<number, number[]> {
    const members = new Map<number, number[]>();
    for (let id = 1; id < this.#floors.length; id++) {
      const bucket = this.#index.bucket(id);
      const list = members.get(bucket);
      if (list) list.push(id);
      else members.set(bucket, [id]);
    }
    return members;
  }
}

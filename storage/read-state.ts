// What a reading connection knows in memory: index, postings, the journal's directory, layouts. All of it is caches of
// what is committed in the file, refreshed when a snapshot begins after another connection has committed.
import { BatchIndex } from './batch-index.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import { JournalReader } from './journal.ts';
import { JournalDirectory } from './journal-directory.ts';
import { loadLayout } from './layout.ts';
import { PageCache } from './page-cache.ts';
import type { DirectoryEntry } from './patch.ts';
import { byAge, LEVEL_LAYOUT } from './patch.ts';
import { PlaceIndex } from './place-index.ts';
import { Postings } from './postings.ts';
import { KeyframeCache, RowCache } from './row-columns.ts';
import { loadSeries } from './series-block.ts';
import { SeriesIndex } from './series-index.ts';

/** Of the bytes allowed to a reader: for rows and batches of the journal, the rest for pages. */
const ROW_SHARE = 3 / 8;
const BATCH_SHARE = 1 / 8;
/** For folds and checks, which go through all rows in order. */
const KEYFRAME_BYTES = 2 ** 20;

export class ReadState {
  readonly db: Database;
  readonly index: SeriesIndex;
  readonly postings: Postings;
  readonly directory = new JournalDirectory();
  readonly journal: JournalReader;
  readonly keyframes = new KeyframeCache(KEYFRAME_BYTES);
  readonly rows: RowCache;
  readonly pages: PageCache;
  /** Where series stand in the layouts that the journal has rows of, and in those that young pages are of. */
  readonly journalPlaces = new PlaceIndex((id) => this.layoutSeries(id));
  readonly pagePlaces = new PlaceIndex((id) => this.layoutSeries(id));
  damageCount = 0;
  damageMessage = '';
  readonly #batches: BatchIndex;
  readonly #layouts = new Map<number, Int32Array>();
  #layoutPages: readonly DirectoryEntry[] | null = null;
  #dataVersion = -1;

  /** `index`: that of a writer on the same connection; a reader has its own. */
  constructor(db: Database, cacheBytes: number, index = new SeriesIndex()) {
    this.db = db;
    this.index = index;
    this.postings = new Postings(index);
    this.journal = new JournalReader(db);
    this.rows = new RowCache(cacheBytes * ROW_SHARE);
    this.#batches = new BatchIndex(cacheBytes * BATCH_SHARE);
    this.pages = new PageCache(db, cacheBytes * (1 - ROW_SHARE - BATCH_SHARE));
  }

  /** Begins a snapshot: until `end`, all that is read is one moment of the file. */
  begin(): void {
    this.db.prepare(SQL.beginRead).run();
    try {
      // The pragma also starts the snapshot.
      const version = this.db.prepare<{ data_version: number }>(SQL.dataVersion).get()?.data_version ?? 0;
      if (version === this.#dataVersion) return;
      loadSeries(this.db, this.index);
      if (this.directory.refresh(this.db)) this.#forgetFolded();
      this.#dataVersion = version;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Takes over what the writer of this very connection has written, committed or not. */
  refresh(): void {
    if (this.directory.refresh(this.db)) this.#forgetFolded();
  }

  end(): void {
    if (this.db.inTransaction) this.db.prepare(SQL.rollback).run();
  }

  /** The series of a layout in its order; none where the layout is damaged. */
  layoutSeries(id: number): Int32Array {
    let seriesIds = this.#layouts.get(id);
    if (!seriesIds) {
      seriesIds = this.unlessDamaged(() => loadLayout(this.db, id)) ?? new Int32Array(0);
      this.#layouts.set(id, seriesIds);
    }
    return seriesIds;
  }

  /** Ids of a batch's series, ascending. @throws DamagedError */
  readonly batchSeries = (seq: number): Int32Array =>
    this.#batches.series(seq, (unknown) => this.journal.batch(unknown));

  /** The directory of the pages of layouts, the older first: all of them are young, so they are few. */
  layoutPages(): readonly DirectoryEntry[] {
    this.#layoutPages ??= this.db.prepare<DirectoryEntry>(SQL.directoryOfLevel).all(LEVEL_LAYOUT).sort(byAge);
    return this.#layoutPages;
  }

  /** What `read` answers, or null where it comes upon damage, which is counted. */
  unlessDamaged<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      this.countDamage(error);
      return null;
    }
  }

  /** Layouts come and go; those that only pages need are loaded again when they are asked for. */
  #forgetFolded(): void {
    this.rows.clear();
    this.#batches.clear();
    this.#layoutPages = null;
    for (const id of this.#layouts.keys()) if (!this.directory.layouts.has(id)) this.#layouts.delete(id);
  }

  readonly countDamage = (error: DamagedError): void => {
    this.damageCount++;
    this.damageMessage = error.message;
  };
}

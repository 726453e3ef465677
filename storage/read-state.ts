// What a reading connection knows in memory: index, postings, the journal's directory, layouts. All of it is caches of
// what is committed in the file, refreshed when a snapshot begins after another connection has committed.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import { JournalReader } from './journal.ts';
import { KeyframeCache } from './journal-columns.ts';
import { JournalDirectory } from './journal-directory.ts';
import { loadLayout } from './layout.ts';
import { PageCache } from './page-cache.ts';
import { Postings } from './postings.ts';
import { loadSeries } from './series-block.ts';
import { SeriesIndex } from './series-index.ts';

const KEYFRAME_CACHE_BYTES = 8 * 2 ** 20;

export class ReadState {
  readonly db: Database;
  readonly index: SeriesIndex;
  readonly postings: Postings;
  readonly directory = new JournalDirectory();
  readonly journal: JournalReader;
  readonly keyframes = new KeyframeCache(KEYFRAME_CACHE_BYTES);
  readonly pages: PageCache;
  damageCount = 0;
  damageMessage = '';
  readonly #layouts = new Map<number, Int32Array>();
  #dataVersion = -1;

  /** `index`: that of a writer on the same connection; a reader has its own. */
  constructor(db: Database, cacheBytes: number, index = new SeriesIndex()) {
    this.db = db;
    this.index = index;
    this.postings = new Postings(index);
    this.journal = new JournalReader(db);
    this.pages = new PageCache(db, cacheBytes);
  }

  /** Begins a snapshot: until `end`, all that is read is one moment of the file. */
  begin(): void {
    this.db.prepare(SQL.beginRead).run();
    try {
      // The pragma also starts the snapshot.
      const version = this.db.prepare<{ data_version: number }>(SQL.dataVersion).get()?.data_version ?? 0;
      if (version === this.#dataVersion) return;
      loadSeries(this.db, this.index);
      this.directory.refresh(this.db);
      this.#dataVersion = version;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Takes over what the writer of this very connection has written, committed or not. */
  refresh(): void {
    this.directory.refresh(this.db);
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

  readonly countDamage = (error: DamagedError): void => {
    this.damageCount++;
    this.damageMessage = error.message;
  };
}

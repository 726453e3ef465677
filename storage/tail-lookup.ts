// The newest sample times of series that a writer finds in the file when it opens it.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import { BATCH_LAYOUT, JournalReader } from './journal.ts';
import { loadLayout } from './layout.ts';
import { openPage } from './page.ts';
import type { SeriesIndex } from './series-index.ts';
import type { Tails } from './tails.ts';
import { loadTimeline } from './timelines.ts';

/**
 * Learns what journal and young pages tell: all series of a layout have a sample at its newest time. Returns the
 * newest time of the store, -Infinity where it is empty.
 */
export function learnTails(db: Database, tails: Tails): number {
  let newestMs = -Infinity;
  for (const row of db.prepare<{ layout: number; end_ms: number }>(SQL.layoutEnds).all()) {
    newestMs = Math.max(newestMs, row.end_ms);
    unlessDamaged(() => {
      for (const id of loadLayout(db, row.layout)) tails.raise(id, row.end_ms);
    });
  }
  const journal = new JournalReader(db);
  for (const { seq } of db.prepare<{ seq: number }>(SQL.journalBatches).all(BATCH_LAYOUT))
    unlessDamaged(() => {
      const { count, seriesIds, timesMs } = journal.batch(seq);
      for (let k = 0; k < count; k++) {
        tails.raise(seriesIds[k], timesMs[k]);
        newestMs = Math.max(newestMs, timesMs[k]);
      }
    });
  const pages = db.prepare<{ end_ms: number | null }>(SQL.newestPageEnd).get()?.end_ms;
  return Math.max(newestMs, pages ?? -Infinity);
}

/** Newest time of a series in the pages of its bucket; -Infinity where it is in none. */
export function resolveTail(db: Database, index: SeriesIndex, id: number): number {
  let newestMs = -Infinity;
  for (const row of db
    .prepare<{ page: number; end_ms: number }>(SQL.bucketPagesNewestFirst)
    .all(index.bucket(id))) {
    if (row.end_ms <= newestMs) break;
    unlessDamaged(() => {
      const data = db.prepare<{ data: Uint8Array }>(SQL.pageData).get(row.page)?.data;
      if (!data) return;
      const page = openPage(data);
      const k = page.find(id);
      if (k >= 0) newestMs = Math.max(newestMs, timelineEnd(db, page.timelineId(k)));
    });
  }
  return newestMs;
}

function timelineEnd(db: Database, timelineId: number): number {
  const times = loadTimeline(db, timelineId);
  return times.length > 0 ? times[times.length - 1] : -Infinity;
}

/** What cannot be read tells nothing; whoever reads it says so. */
function unlessDamaged(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
  }
}

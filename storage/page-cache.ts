// Pages and timelines that a reader opened lately, bounded in bytes. Pages are never changed and their ids never used
// again, so nothing here ever goes stale.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import type { FrameCache, Page } from './page.ts';
import { createFrameCache, openPage } from './page.ts';
import type { DirectoryEntry } from './patch.ts';
import type { Times } from './timeline.ts';
import { loadTimeline } from './timelines.ts';

/** Of the bytes allowed: half for decompressed frames, three eighths for pages, the rest for timelines. */
const FRAME_SHARE = 1 / 2;
const PAGE_SHARE = 3 / 8;
const TIMELINE_SHARE = 1 / 8;

export class PageCache {
  readonly #db: Database;
  readonly #frames: FrameCache;
  readonly #pages: BoundedMap<Page>;
  readonly #timelines: BoundedMap<Times>;

  constructor(db: Database, bytesMax: number) {
    this.#db = db;
    this.#frames = createFrameCache(bytesMax * FRAME_SHARE);
    this.#pages = new BoundedMap(bytesMax * PAGE_SHARE);
    this.#timelines = new BoundedMap(bytesMax * TIMELINE_SHARE);
  }

  /** @throws DamagedError */
  page(entry: DirectoryEntry): Page {
    let page = this.#pages.get(entry.page);
    if (!page) {
      const data = this.#db.prepare<{ data: Uint8Array }>(SQL.pageData).get(entry.page)?.data;
      if (!data) throw new DamagedError(`Page ${entry.page} is missing`);
      page = openNamed(entry, data, this.#frames);
      this.#pages.set(entry.page, page, data.length + 64 * page.count);
    }
    return page;
  }

  /** @throws DamagedError */
  timeline(id: number): Times {
    let timeline = this.#timelines.get(id);
    if (!timeline) {
      timeline = loadTimeline(this.#db, id);
      this.#timelines.set(id, timeline, timeline.bytes + 300);
    }
    return timeline;
  }
}

function openNamed(entry: DirectoryEntry, data: Uint8Array, frames: FrameCache): Page {
  let page: Page;
  try {
    page = openPage(data, entry.page, frames);
  } catch (error) {
    if (error instanceof DamagedError)
      throw new DamagedError(`Page ${entry.page}: ${error.message}`, { cause: error });
    throw error;
  }
  // A blob that belongs elsewhere has a sound checksum of its own.
  if (page.minTimeMs !== entry.start_ms || page.maxTimeMs !== entry.end_ms || page.count !== entry.columns)
    throw new DamagedError(`Page ${entry.page} is not the one that the directory means`);
  return page;
}

/** Drops what was not used for longest once all together weigh more than allowed. */
class BoundedMap<V> {
  readonly #entries = new Map<number, { readonly value: V; readonly weight: number }>();
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get(key: number): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    // A Map keeps the order of insertion: what is put back last is dropped last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: number, value: V, weight: number): void {
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#weightMax || oldest === key) break;
      this.#entries.delete(oldest);
      this.#weight -= entry.weight;
    }
  }
}

// Which pages to merge next. Plain decisions over the directory; no page is opened here.
//
// First come the pages that folds made ("fresh"): those of the oldest window, together with the large pages of the same
// buckets that they overlap or that are small. Windows are as long as makes a page of about 2,000 rows at the usual
// interval. Then come runs of large pages that stayed small because their data is sparse.
import { PAGE_ROWS_MAX } from './bucket-pages.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import type { DirectoryEntry } from './patch.ts';
import { byAge, LEVEL_BATCH, LEVEL_BUCKET, LEVEL_LAYOUT } from './patch.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Each divides the next, so that windows nest. No fresh page waits longer than the last of the first row and an hour. */
const FRESH_SPANS_MS = [30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS];
const SPARSE_SPANS_MS = [DAY_MS, 4 * DAY_MS, 16 * DAY_MS];
/** A window is closed when all its rows are surely folded. */
const CLOSED_AFTER_MS = HOUR_MS;
/** So many small pages of a bucket in one window are worth putting together. */
const SPARSE_PAGES_MIN = 3;
const SPARSE_ROWS_MAX = PAGE_ROWS_MAX / 2;
const LEVELS = [LEVEL_LAYOUT, LEVEL_BUCKET, LEVEL_BATCH];

export interface MergeTask {
  /** The pages to be replaced, the older first. */
  readonly entries: readonly DirectoryEntry[];
  /** The buckets that get new pages. */
  readonly buckets: ReadonlySet<number>;
  /** The pages of the same time that stay. */
  readonly others: readonly DirectoryEntry[];
}

/** The merge that is most due at `nowMs`; null where there is none. `all` takes open windows too. */
export function nextMergeTask(db: Database, nowMs: number, all: boolean): MergeTask | null {
  const chosen = freshPages(db, nowMs, all) ?? sparsePages(db, nowMs, all);
  if (!chosen) return null;
  const replaced = new Set(chosen.map((entry) => entry.page));
  const overlapping = LEVELS.flatMap((level) => pagesDuring(db, level, chosen));
  const others = overlapping.filter((entry) => !replaced.has(entry.page));
  return { entries: chosen.sort(byAge), buckets: bucketsOf(chosen), others };
}

function pagesOf(db: Database, level: number): DirectoryEntry[] {
  return db.prepare<DirectoryEntry>(SQL.directoryOfLevel).all(level);
}

/** Pages of a level that overlap the time of some others. */
function pagesDuring(db: Database, level: number, entries: readonly DirectoryEntry[]): DirectoryEntry[] {
  let startMs = Infinity;
  let endMs = -Infinity;
  for (const entry of entries) {
    startMs = Math.min(startMs, entry.start_ms);
    endMs = Math.max(endMs, entry.end_ms);
  }
  return db.prepare<DirectoryEntry>(SQL.directoryInRange).all(level, endMs, startMs);
}

function freshPages(db: Database, nowMs: number, all: boolean): DirectoryEntry[] | null {
  const fresh = [...pagesOf(db, LEVEL_LAYOUT), ...pagesOf(db, LEVEL_BATCH)];
  if (fresh.length === 0) return null;
  const span = freshSpan(fresh);
  const oldestMs = fresh.reduce((oldest, entry) => Math.min(oldest, entry.start_ms), Infinity);
  const startMs = Math.floor(oldestMs / span) * span;
  if (!all && nowMs < startMs + span + CLOSED_AFTER_MS) return null;
  const isInWindow = (entry: DirectoryEntry): boolean =>
    entry.start_ms >= startMs && entry.start_ms < startMs + span;
  const chosen = fresh.filter(isInWindow);
  const ranges = new Ranges(chosen);
  const window = [{ ...chosen[0], start_ms: startMs, end_ms: startMs + span }, ...chosen];
  for (const entry of pagesDuring(db, LEVEL_BUCKET, window)) {
    const isSmall = isInWindow(entry) && entry.rows < PAGE_ROWS_MAX / 2 && ranges.touches(entry);
    if (isSmall || ranges.overlaps(entry)) chosen.push(entry);
  }
  return chosen;
}

/** The longest span that gives no more than a page's rows at the interval that most samples have. */
function freshSpan(fresh: readonly DirectoryEntry[]): number {
  let time = 0;
  let samples = 0;
  for (const entry of fresh) {
    time += (entry.end_ms - entry.start_ms) * entry.columns;
    samples += Math.max(entry.samples - entry.columns, 0);
  }
  const intervalMs = samples === 0 ? Infinity : time / samples;
  return FRESH_SPANS_MS.findLast((span) => span <= intervalMs * PAGE_ROWS_MAX) ?? FRESH_SPANS_MS[0];
}

/** The times of fresh pages by bucket. */
class Ranges {
  readonly #byBucket = new Map<number, { startMs: number; endMs: number }>();
  /** Pages of layouts hold many buckets each; one range for all of them. */
  readonly #layouts: { first: number; last: number; startMs: number; endMs: number }[] = [];

  constructor(fresh: readonly DirectoryEntry[]) {
    for (const entry of fresh) {
      const { start_ms: startMs, end_ms: endMs } = entry;
      if (entry.level === LEVEL_LAYOUT) {
        this.#layouts.push({ first: entry.first_bucket, last: entry.last_bucket, startMs, endMs });
        continue;
      }
      const known = this.#byBucket.get(entry.owner);
      if (known) {
        known.startMs = Math.min(known.startMs, startMs);
        known.endMs = Math.max(known.endMs, endMs);
      } else this.#byBucket.set(entry.owner, { startMs, endMs });
    }
  }

  /** Tells whether fresh pages may hold series of the entry's bucket. */
  touches({ owner }: DirectoryEntry): boolean {
    return this.#byBucket.has(owner) || this.#layouts.some((l) => l.first <= owner && owner <= l.last);
  }

  /** Tells whether fresh pages may hold samples between those of the entry. */
  overlaps({ owner, start_ms, end_ms }: DirectoryEntry): boolean {
    const range = this.#byBucket.get(owner);
    if (range && range.startMs <= end_ms && range.endMs >= start_ms) return true;
    return this.#layouts.some(
      (l) => l.first <= owner && owner <= l.last && l.startMs <= end_ms && l.endMs >= start_ms,
    );
  }
}

function sparsePages(db: Database, nowMs: number, all: boolean): DirectoryEntry[] | null {
  const large = db.prepare<DirectoryEntry>(SQL.sparsePages).all(LEVEL_BUCKET, SPARSE_ROWS_MAX);
  for (const span of SPARSE_SPANS_MS) {
    const groups = new Map<string, DirectoryEntry[]>();
    let first = Infinity;
    for (const entry of large) {
      const startMs = Math.floor(entry.start_ms / span) * span;
      if (!all && nowMs < startMs + span + CLOSED_AFTER_MS) continue;
      const key = `${startMs}:${entry.owner}`;
      const group = groups.get(key);
      if (group) group.push(entry);
      else groups.set(key, [entry]);
    }
    // One window at a time, the oldest first, all its buckets together.
    const due: DirectoryEntry[][] = [];
    for (const group of groups.values()) {
      if (!isSparse(group, all ? 2 : SPARSE_PAGES_MIN)) continue;
      const startMs = Math.floor(group[0].start_ms / span) * span;
      if (startMs < first) due.length = 0;
      if (startMs > first) continue;
      first = startMs;
      due.push(group);
    }
    if (due.length === 0) continue;
    return due.flat();
  }
  return null;
}

function isSparse(group: readonly DirectoryEntry[], pagesMin: number): boolean {
  if (group.length < pagesMin) return false;
  let rows = 0;
  for (const entry of group) rows += entry.rows;
  return rows <= PAGE_ROWS_MAX;
}

/** All buckets that entries may hold series of. */
function bucketsOf(entries: readonly DirectoryEntry[]): Set<number> {
  const buckets = new Set<number>();
  for (const entry of entries) for (let b = entry.first_bucket; b <= entry.last_bucket; b++) buckets.add(b);
  return buckets;
}

// Pages as columns, for the series of one selection: finds the pages that a series may be in and hands out its parts.
import { SQL, sqlRange } from './db/statements.ts';
import { DamagedError } from './errors.ts';
import type { Page } from './page.ts';
import type { Part } from './part.ts';
import type { DirectoryEntry } from './patch.ts';
import { byAge, LEVEL_BATCH, LEVEL_BUCKET } from './patch.ts';
import type { Places } from './places.ts';
import type { ReadState } from './read-state.ts';
import type { Times } from './timeline.ts';

/** More buckets than this are looked up with one walk over the directory. */
const SINGLE_LOOKUPS_MAX = 32;
const BUCKET_LEVELS = [LEVEL_BUCKET, LEVEL_BATCH];

export class PageColumns {
  readonly #state: ReadState;
  readonly #ids: Int32Array;
  /** Pages by bucket and by layout, the older first. */
  readonly #byBucket: ReadonlyMap<number, DirectoryEntry[]>;
  readonly #byLayout: DirectoryEntry[][];
  readonly #places: Places;
  /** Keep timelines one object for as long as the view lives, whatever the cache drops. */
  readonly #timelines: Map<number, Times>;

  constructor(
    state: ReadState,
    ids: Int32Array,
    startMs: number,
    endMs: number,
    timelines: Map<number, Times>,
  ) {
    this.#state = state;
    this.#ids = ids;
    this.#timelines = timelines;
    this.#byBucket = bucketPages(state, ids, startMs, endMs);
    const layouts = layoutPages(state, startMs, endMs);
    this.#byLayout = [...layouts.values()];
    const all = [...new Set(state.layoutPages().map(({ owner }) => owner))].sort((a, b) => a - b);
    this.#places = state.pagePlaces.find(ids, [...layouts.keys()], all, state.index.count);
  }

  /** Appends the parts of series i that lie in pages, the older first. */
  parts(i: number, parts: Part[]): void {
    const id = this.#ids[i];
    const bucket = this.#state.index.bucket(id);
    const inBucket = this.#byBucket.get(bucket) ?? NONE;
    const { starts, layout } = this.#places;
    if (starts[i] === starts[i + 1]) {
      for (const entry of inBucket) this.#append(entry, id, parts);
      return;
    }
    const entries = inBucket.slice();
    for (let e = starts[i]; e < starts[i + 1]; e++)
      for (const entry of this.#byLayout[layout[e]])
        if (entry.first_bucket <= bucket && bucket <= entry.last_bucket) entries.push(entry);
    for (const entry of entries.sort(byAge)) this.#append(entry, id, parts);
  }

  #append(entry: DirectoryEntry, id: number, parts: Part[]): void {
    const part = this.#state.unlessDamaged(() => {
      const page = this.#state.pages.page(entry);
      const k = page.find(id);
      if (k < 0) return null;
      const timeline = this.#timeline(page.timelineId(k));
      if (timeline.length !== page.length(k))
        throw new DamagedError(
          `Page ${entry.page} has ${page.length(k)} samples of series ${id}, not ${timeline.length}`,
        );
      return new PagePart(page, k, timeline);
    });
    if (part) parts.push(part);
  }

  #timeline(id: number): Times {
    let timeline = this.#timelines.get(id);
    if (!timeline) {
      timeline = this.#state.pages.timeline(id);
      this.#timelines.set(id, timeline);
    }
    return timeline;
  }
}

const NONE: readonly DirectoryEntry[] = [];

class PagePart implements Part {
  readonly timeline: Times;
  readonly mayBeStale: boolean;
  readonly neverDecreases: boolean;
  readonly #page: Page;
  readonly #k: number;

  constructor(page: Page, k: number, timeline: Times) {
    this.timeline = timeline;
    this.mayBeStale = page.hasStale(k);
    this.neverDecreases = page.neverDecreases(k);
    this.#page = page;
    this.#k = k;
  }

  read(from: number, to: number, out: Float64Array, at: number): void {
    this.#page.read(this.#k, from, to, out, at);
  }
}

function bucketPages(
  state: ReadState,
  ids: Int32Array,
  startMs: number,
  endMs: number,
): Map<number, DirectoryEntry[]> {
  const buckets = new Map<number, DirectoryEntry[]>();
  for (let i = 0; i < ids.length; i++) buckets.set(state.index.bucket(ids[i]), []);
  const [from, to] = sqlRange(startMs, endMs);
  if (buckets.size <= SINGLE_LOOKUPS_MAX) {
    const select = state.db.prepare<DirectoryEntry>(SQL.directoryOfOwner);
    for (const [bucket, pages] of buckets)
      for (const level of BUCKET_LEVELS) pages.push(...select.all(level, bucket, to, from));
  } else
    for (const level of BUCKET_LEVELS)
      for (const entry of state.db.prepare<DirectoryEntry>(SQL.directoryInRange).all(level, to, from))
        buckets.get(entry.owner)?.push(entry);
  for (const pages of buckets.values()) pages.sort(byAge);
  return buckets;
}

function layoutPages(state: ReadState, startMs: number, endMs: number): Map<number, DirectoryEntry[]> {
  const layouts = new Map<number, DirectoryEntry[]>();
  for (const entry of state.layoutPages()) {
    if (entry.start_ms > endMs || entry.end_ms < startMs) continue;
    const pages = layouts.get(entry.owner);
    if (pages) pages.push(entry);
    else layouts.set(entry.owner, [entry]);
  }
  return new Map([...layouts].sort(([a], [b]) => a - b));
}

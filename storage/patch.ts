// A change of pages, computed by a reader and applied by the writer. Plain data, so that it can go from thread to thread.
//
// A patch is a list of units, each applied as one transaction. A fold's unit moves rows into pages: pages and
// watermark together. A merge first brings its pages, which nothing refers to yet, and then swaps them in with one
// last unit. A patch is good only for the state it was computed on: `generation` counts the units ever applied.
import type { Activity } from './activity.ts';
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { encodeTimeline } from './timeline.ts';

/** Pages of a layout, from folds. */
export const LEVEL_LAYOUT = 1;
/** Pages of a bucket, from merges. */
export const LEVEL_BUCKET = 2;
/** Pages of a bucket, from folds of batches: small, and their times may overlap. */
export const LEVEL_BATCH = 3;
/** Pages that were replaced; the writer deletes them. */
export const LEVEL_DEAD = 0;
/** Pages that were found damaged: kept for salvage, read by nobody. */
export const LEVEL_DAMAGED = 9;

export interface DirectoryEntry {
  readonly level: number;
  readonly owner: number;
  readonly start_ms: number;
  readonly page: number;
  readonly end_ms: number;
  readonly first_bucket: number;
  readonly last_bucket: number;
  readonly columns: number;
  /** Samples of the longest column. */
  readonly rows: number;
  readonly samples: number;
  readonly bytes: number;
}

/** Orders pages by age: ids are given in order. */
export function byAge(a: DirectoryEntry, b: DirectoryEntry): number {
  return a.page - b.page;
}

export interface PatchUnit {
  readonly timelines: { readonly id: number; readonly data: Uint8Array }[];
  readonly pages: { readonly id: number; readonly data: Uint8Array }[];
  readonly added: DirectoryEntry[];
  readonly removed: DirectoryEntry[];
  /** Pages that were found damaged: kept, but not read any more. */
  readonly quarantined: DirectoryEntry[];
  /** Timelines that no page refers to any more. */
  readonly deadTimelines: readonly number[];
  /** Rows of a layout up to `seq` are in pages now. */
  readonly folded: { readonly layout: number; readonly seq: number; readonly endMs: number }[];
  readonly activity: readonly Activity[];
}

export interface Patch {
  readonly generation: number;
  readonly units: readonly PatchUnit[];
  /** Journal rows below this seq are dead once all is applied; 0: says nothing. */
  readonly journalDeadBelow: number;
  readonly samples: number;
  /** True for a fold that left out what would not have fitted: compute another. */
  readonly isFull: boolean;
}

export function emptyUnit(): PatchUnit {
  return {
    timelines: [],
    pages: [],
    added: [],
    removed: [],
    quarantined: [],
    deadTimelines: [],
    folded: [],
    activity: [],
  };
}

/** Numbers by name in the state table. */
export const STATE = {
  generation: 'generation',
  lastPage: 'last_page',
  lastTimeline: 'last_timeline',
  journalDeadBelow: 'journal_dead_below',
} as const;

export function readState(db: Database, key: string): number {
  return db.prepare<{ value: number }>(SQL.getState).get(key)?.value ?? 0;
}

/** Gives numbers to pages and timelines while a patch is computed; the writer assigns none in between. */
export class PatchNumbers {
  readonly #known = new Map<string, number>();
  #page: number;
  #timeline: number;

  constructor(db: Database) {
    this.#page = readState(db, STATE.lastPage);
    this.#timeline = readState(db, STATE.lastTimeline);
  }

  nextPage(): number {
    return ++this.#page;
  }

  /** Id of the timeline with these times; a new one is added to `unit`. */
  timeline(times: Float64Array, unit: PatchUnit): number {
    const data = encodeTimeline(times, times.length);
    const key = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    let id = this.#known.get(key);
    if (id === undefined) {
      id = ++this.#timeline;
      this.#known.set(key, id);
      unit.timelines.push({ id, data });
    }
    return id;
  }
}

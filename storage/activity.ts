// Which series have samples in pages, by windows of two hours: lets label queries and selections leave out what ended
// long ago without opening a page. A window is a set of series ids as runs: gap, length, gap, length …
import { checksum, verifyChecksum } from './checksum.ts';
import { ByteReader, ByteWriter } from './codec/bytes.ts';
import type { Database } from './db/database.ts';
import { SQL, sqlRange } from './db/statements.ts';
import type { Bitset } from './model/sample.ts';
import { bitsetWords, setBit } from './model/sample.ts';

export const ACTIVITY_WINDOW_MS = 2 * 3_600_000;

interface ActivityRow {
  window_ms: number;
  crc: number;
  data: Uint8Array;
}

/** Series with samples in one window. */
export interface Activity {
  readonly windowMs: number;
  readonly series: Bitset;
}

export function windowOf(timeMs: number): number {
  return Math.floor(timeMs / ACTIVITY_WINDOW_MS) * ACTIVITY_WINDOW_MS;
}

/** Gathers the activity of pages while they are made. */
export class ActivityBuilder {
  readonly #seriesCount: number;
  readonly #windows = new Map<number, Bitset>();

  constructor(seriesCount: number) {
    this.#seriesCount = seriesCount;
  }

  /** A series has samples at some time from `startMs` to `endMs`; windows between may be empty, but may have some. */
  add(seriesId: number, startMs: number, endMs: number): void {
    for (let at = windowOf(startMs); at <= endMs; at += ACTIVITY_WINDOW_MS) {
      let series = this.#windows.get(at);
      if (!series) {
        series = new Uint32Array(bitsetWords(this.#seriesCount + 1));
        this.#windows.set(at, series);
      }
      setBit(series, seriesId);
    }
  }

  finish(): Activity[] {
    return Array.from(this.#windows, ([windowMs, series]) => ({ windowMs, series }));
  }
}

/**
 * Marks in `active` the series with samples in pages between two times; ids beyond it are left out.
 * @throws DamagedError
 */
export function markActive(db: Database, startMs: number, endMs: number, active: Bitset): true {
  const [from, to] = sqlRange(startMs, endMs);
  for (const row of db.prepare<ActivityRow>(SQL.activity).all(from - ACTIVITY_WINDOW_MS + 1, to))
    markRow(row, active);
  return true;
}

/** Adds series to a window; the caller holds a transaction. */
export function addActivity(db: Database, activity: Activity): void {
  const { windowMs } = activity;
  const [row] = db.prepare<ActivityRow>(SQL.activity).all(windowMs, windowMs);
  const words = Math.max(activity.series.length, row ? bitsetWords(largestId(row) + 1) : 0);
  const series = new Uint32Array(words);
  series.set(activity.series);
  if (row) markRow(row, series);
  const data = encodeSet(series);
  db.prepare(SQL.setActivity).run(windowMs, checksum(windowMs, data.length, data), data);
}

function encodeSet(series: Bitset): Uint8Array {
  const out = new ByteWriter(256);
  const end = series.length * 32;
  const has = (id: number): boolean => (series[id >>> 5] & (1 << (id & 31))) !== 0;
  for (let id = 0, last = 0; id < end; ) {
    if (!has(id)) {
      id += series[id >>> 5] === 0 && (id & 31) === 0 ? 32 : 1;
      continue;
    }
    let to = id + 1;
    while (to < end && has(to)) to++;
    out.varint(id - last);
    out.varint(to - id);
    last = to;
    id = to;
  }
  return out.view();
}

function markRow(row: ActivityRow, active: Bitset): void {
  const end = active.length * 32;
  forEachRun(row, (from, to) => {
    const stop = Math.min(to, end);
    for (let id = from; id < stop; )
      if ((id & 31) === 0 && id + 32 <= stop) {
        active[id >>> 5] = 0xffffffff;
        id += 32;
      } else setBit(active, id++);
  });
}

function largestId(row: ActivityRow): number {
  let largest = 0;
  forEachRun(row, (_, to) => {
    largest = to - 1;
  });
  return largest;
}

function forEachRun(row: ActivityRow, visit: (from: number, to: number) => void): void {
  verifyChecksum(`Activity of window ${row.window_ms}`, row.window_ms, row.data.length, row.data, row.crc);
  const reader = new ByteReader(row.data);
  for (let last = 0; reader.at < reader.end; ) {
    const from = last + reader.varint();
    last = from + reader.varint();
    visit(from, last);
  }
}

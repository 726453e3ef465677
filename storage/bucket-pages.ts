// Pages of one bucket from whole columns, cut by time where they are long.
import type { Timeline } from './model/sample.ts';
import { encodePage } from './page.ts';
import type { PatchNumbers, PatchUnit } from './patch.ts';
import { SharedTimelines } from './shared-timelines.ts';
import { lowerBound } from './timeline.ts';

/** Rows of a large page: 8 hours at 15 s, and an eighth more before it is cut in two. */
export const PAGE_ROWS_MAX = 2160;

/** All samples of one series that go to pages of its bucket. */
export interface SeriesColumn {
  readonly seriesId: number;
  /** Ascending. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Where a column's samples of one page lie. */
interface Slice {
  readonly column: SeriesColumn;
  readonly from: number;
  readonly to: number;
}

export class BucketPages {
  readonly #numbers: PatchNumbers;
  readonly #level: number;
  readonly #zstdLevel: number;
  readonly #shared = new SharedTimelines();
  readonly #ids = new Map<Timeline, number>();
  readonly #idsOfWhole = new WeakMap<Float64Array, number>();

  constructor(numbers: PatchNumbers, level: number, zstdLevel: number) {
    this.#numbers = numbers;
    this.#level = level;
    this.#zstdLevel = zstdLevel;
  }

  /** Adds to `unit` the pages of a bucket; columns come in order of their ids. */
  add(bucket: number, columns: readonly SeriesColumn[], unit: PatchUnit): void {
    this.#split(
      bucket,
      columns.map((column) => ({ column, from: 0, to: column.times.length })),
      unit,
    );
  }

  /** Halves the time of the longest column until it fits: pages follow each other in time, whatever the series do. */
  #split(bucket: number, slices: readonly Slice[], unit: PatchUnit): void {
    let longest = slices[0];
    for (const slice of slices) if (slice.to - slice.from > longest.to - longest.from) longest = slice;
    const rows = longest.to - longest.from;
    if (rows <= PAGE_ROWS_MAX) {
      this.#page(bucket, slices, unit);
      return;
    }
    const pages = Math.ceil(rows / PAGE_ROWS_MAX);
    const cut = longest.column.times[longest.from + Math.ceil((rows * Math.ceil(pages / 2)) / pages)];
    const before: Slice[] = [];
    const behind: Slice[] = [];
    for (const { column, from, to } of slices) {
      const at = Math.min(Math.max(lowerBound(column.times, column.times.length, cut), from), to);
      if (at > from) before.push({ column, from, to: at });
      if (at < to) behind.push({ column, from: at, to });
    }
    this.#split(bucket, before, unit);
    this.#split(bucket, behind, unit);
  }

  #page(bucket: number, slices: readonly Slice[], unit: PatchUnit): void {
    let startMs = Infinity;
    let endMs = -Infinity;
    let samples = 0;
    let rows = 0;
    const columns = slices.map(({ column, from, to }) => {
      startMs = Math.min(startMs, column.times[from]);
      endMs = Math.max(endMs, column.times[to - 1]);
      samples += to - from;
      rows = Math.max(rows, to - from);
      return {
        seriesId: column.seriesId,
        timelineId: this.#timelineId(column.times, from, to, unit),
        values: column.values.subarray(from, to),
        count: to - from,
      };
    });
    const data = encodePage(columns, { minTimeMs: startMs, maxTimeMs: endMs, level: this.#zstdLevel });
    const page = this.#numbers.nextPage();
    unit.pages.push({ id: page, data });
    unit.added.push({
      level: this.#level,
      owner: bucket,
      start_ms: startMs,
      page,
      end_ms: endMs,
      first_bucket: bucket,
      last_bucket: bucket,
      columns: columns.length,
      rows,
      samples,
      bytes: data.length,
    });
  }

  #timelineId(times: Float64Array, from: number, to: number, unit: PatchUnit): number {
    const isWhole = from === 0 && to === times.length;
    // Columns of one target mostly bring the very same array.
    const known = isWhole ? this.#idsOfWhole.get(times) : undefined;
    if (known !== undefined) return known;
    const timeline = this.#shared.of(times.subarray(from, to));
    let id = this.#ids.get(timeline);
    if (id === undefined) {
      id = this.#numbers.timeline(timeline.times, unit);
      this.#ids.set(timeline, id);
    }
    if (isWhole) this.#idsOfWhole.set(times, id);
    return id;
  }
}

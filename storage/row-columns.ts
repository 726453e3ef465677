// Rows of the journal as columns, kept from view to view: a dashboard that asks the same again a few seconds later
// decodes only the rows that came since.
import { DamagedError } from './errors.ts';
import type { JournalReader } from './journal.ts';
import type { LayoutRows } from './journal-directory.ts';
import { hasStale } from './part.ts';
import { lowerBound } from './timeline.ts';

/** The rows of one layout within a range: `rows` from index `from` to `to - 1`. */
export interface LayoutRange {
  readonly id: number;
  readonly rows: LayoutRows;
  readonly from: number;
  readonly to: number;
  readonly seriesIds: Int32Array;
}

/** Some slots of consecutive rows, damaged rows left out; may hold more rows than were asked for. */
export interface RowColumns {
  readonly times: Float64Array;
  /** Rows that `times` and `values` hold. */
  readonly count: number;
  /** Value of slot k at row r: `values[k * stride + r]`. */
  readonly values: Float64Array;
  readonly stride: number;
  readonly mayBeStale: boolean;
}

export interface RowSource {
  readonly reader: JournalReader;
  readonly damage: (error: DamagedError) => void;
}

export class RowCache {
  readonly #columnsMax: number;
  readonly #columns = new Map<string, Columns>();
  readonly #keyframes: KeyframeCache;
  #bytes = 0;

  /** A quarter of the bytes is for keyframes, the rest for columns. */
  constructor(bytesMax: number) {
    this.#columnsMax = (bytesMax * 3) / 4;
    this.#keyframes = new KeyframeCache(bytesMax / 4);
  }

  /** Tells whether so many values are worth keeping: few enough to leave room for those of other queries. */
  keeps(values: number): boolean {
    return values * 8 <= this.#columnsMax / 2;
  }

  /** Columns of some slots, ascending, over at least the rows of a range; kept for the next view where `keep` is set. */
  columns(source: RowSource, range: LayoutRange, slots: Int32Array, keep: boolean): RowColumns {
    const { rows, from, to } = range;
    if (!keep) {
      const columns = new Columns(slots, rows.seqs[from], to - from);
      columns.extend(source, this.#keyframes, range, from);
      return columns;
    }
    const key = `${range.id}:${hashSlots(slots)}`;
    let columns = this.#columns.get(key);
    if (columns) this.#drop(key, columns);
    let next = columns ? lowerBound(rows.seqs, rows.seqs.length, columns.lastSeq + 1) : 0;
    // Older rows than it has, or many that nobody asked for in between: begin anew.
    if (!columns?.isFor(slots) || rows.seqs[from] < columns.firstSeq || from - next > to - from) {
      columns = new Columns(slots, rows.seqs[from], Math.ceil((to - from) * 1.25) + 8);
      next = from;
    }
    if (next < to) columns.extend(source, this.#keyframes, range, next);
    this.#columns.set(key, columns);
    this.#bytes += columns.bytes;
    for (const [oldest, old] of this.#columns) {
      if (this.#bytes <= this.#columnsMax || old === columns) break;
      this.#drop(oldest, old);
    }
    return columns;
  }

  /** Forgets rows, since some were folded. */
  clear(): void {
    this.#columns.clear();
    this.#bytes = 0;
  }

  #drop(key: string, columns: Columns): void {
    this.#columns.delete(key);
    this.#bytes -= columns.bytes;
  }
}

class Columns implements RowColumns {
  readonly firstSeq: number;
  lastSeq = 0;
  times: Float64Array;
  values: Float64Array;
  stride: number;
  count = 0;
  mayBeStale = false;
  readonly #slots: Int32Array;

  constructor(slots: Int32Array, firstSeq: number, stride: number) {
    this.#slots = slots;
    this.firstSeq = firstSeq;
    this.stride = stride;
    this.times = new Float64Array(stride);
    this.values = new Float64Array(slots.length * stride);
  }

  get bytes(): number {
    return this.values.byteLength + this.times.byteLength + this.#slots.byteLength + 500;
  }

  isFor(slots: Int32Array): boolean {
    if (slots.length !== this.#slots.length) return false;
    for (let k = 0; k < slots.length; k++) if (slots[k] !== this.#slots[k]) return false;
    return true;
  }

  /** Decodes the rows of the range from index `from` on, which follow those that are here. */
  extend(
    source: RowSource,
    keyframes: KeyframeCache,
    { rows, to, seriesIds }: LayoutRange,
    from: number,
  ): void {
    if (this.count + to - from > this.stride) this.#widen(this.count + to - from);
    const slots = this.#slots;
    const width = seriesIds.length;
    const row = new Float64Array(slots.length);
    const rowWords = new Uint32Array(row.buffer);
    const words = new Uint32Array(this.values.buffer);
    for (let r = from; r < to; r++) {
      this.lastSeq = rows.seqs[r];
      try {
        const keyframe = rows.bases[r] === 0 ? null : keyframes.get(source.reader, rows.bases[r], width);
        if (slots.length === width) source.reader.row(rows.seqs[r], width, keyframe, row);
        else source.reader.rowSlots(rows.seqs[r], keyframe, slots, row);
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error;
        source.damage(error);
        continue;
      }
      // Words, not numbers: a stale marker must keep its bits.
      for (let k = 0, at = 2 * this.count; k < slots.length; k++, at += 2 * this.stride) {
        words[at] = rowWords[2 * k];
        words[at + 1] = rowWords[2 * k + 1];
      }
      this.mayBeStale ||= hasStale(row, slots.length);
      this.times[this.count++] = rows.times[r];
    }
  }

  #widen(needed: number): void {
    const stride = Math.max(needed, this.stride * 2);
    const times = new Float64Array(stride);
    times.set(this.times);
    const values = new Float64Array(this.#slots.length * stride);
    for (let k = 0; k < this.#slots.length; k++)
      values.set(this.values.subarray(k * this.stride, k * this.stride + this.count), k * stride);
    this.times = times;
    this.values = values;
    this.stride = stride;
  }
}

/** Decoded keyframes by seq, the oldest given up beyond a size. */
export class KeyframeCache {
  readonly #bySeq = new Map<number, Float64Array>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @throws DamagedError */
  get(reader: JournalReader, seq: number, count: number): Float64Array {
    const known = this.#bySeq.get(seq);
    if (known) return known;
    const values = new Float64Array(count);
    reader.row(seq, count, null, values);
    this.#bySeq.set(seq, values);
    this.#bytes += values.byteLength;
    for (const [oldest, old] of this.#bySeq) {
      if (this.#bytes <= this.#bytesMax || oldest === seq) break;
      this.#bySeq.delete(oldest);
      this.#bytes -= old.byteLength;
    }
    return values;
  }
}

function hashSlots(slots: Int32Array): number {
  let hash = slots.length;
  for (let k = 0; k < slots.length; k++) hash = Math.imul(hash ^ slots[k], 0x9e3779b1) ^ (hash >>> 15);
  return hash;
}

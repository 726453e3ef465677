// The journal: what arrived and is not folded into pages yet, in the order in which it came. A row is one scrape
// (layout, time, values), written as what changed since the layout's last keyframe; a batch is samples of any
// series with times of their own.
import { checksum, verifyChecksum } from './checksum.ts';
import type { Batch } from './codec/batch.ts';
import { decodeBatch, encodeBatch } from './codec/batch.ts';
import { ByteWriter } from './codec/bytes.ts';
import { decodeRow, decodeRowSlots, encodeRow, rowBytesMax } from './codec/row.ts';
import type { Database, Statement } from './db/database.ts';
import { SQL } from './db/statements.ts';
import { DamagedError } from './errors.ts';

/** Stands for the layout of a batch, and for the key of its watermark. */
export const BATCH_LAYOUT = 0;
/**
 * Rows from one keyframe to the next. More rows would drift away from it and grow; fewer would spend more on
 * keyframes, and damage to a keyframe costs all of them.
 */
const KEYFRAME_ROWS = 24;

/** What a writer remembers of a layout between rows. */
export interface LayoutState {
  readonly id: number;
  readonly seriesIds: Int32Array;
  /** Values of the last keyframe; meaningful while `keyframeSeq` is not 0. */
  keyframe: Float64Array | null;
  keyframeSeq: number;
  rowsSince: number;
  /** Seq of the last row. */
  lastSeq: number;
}

export function createLayoutState(id: number, seriesIds: Int32Array): LayoutState {
  return { id, seriesIds, keyframe: null, keyframeSeq: 0, rowsSince: 0, lastSeq: 0 };
}

/** Appends to the journal; the caller holds a transaction. */
export class JournalWriter {
  readonly #insert: Statement;
  readonly #out = new ByteWriter(64 * 1024);
  #lastSeq: number;

  constructor(db: Database, lastSeq: number) {
    this.#insert = db.prepare(SQL.insertJournal);
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  appendRow(layout: LayoutState, timeMs: number, values: Float64Array): void {
    const count = layout.seriesIds.length;
    const out = this.#out;
    out.length = 0;
    const bytes = out.reserve(rowBytesMax(count));
    const seq = ++this.#lastSeq;
    const isKeyframe = layout.keyframeSeq === 0 || layout.rowsSince >= KEYFRAME_ROWS;
    const keyframe = isKeyframe ? null : layout.keyframe;
    const end = encodeRow(values, count, keyframe, bytes, 0);
    const data = bytes.subarray(0, end);
    const base = isKeyframe ? null : layout.keyframeSeq;
    this.#insert.run(seq, layout.id, timeMs, null, base, checksum(seq, timeMs, data), data);
    if (isKeyframe) {
      layout.keyframe ??= new Float64Array(count);
      // Copies bytes, so stale markers survive.
      layout.keyframe.set(values.subarray(0, count));
      layout.keyframeSeq = seq;
      layout.rowsSince = 0;
    }
    layout.rowsSince++;
    layout.lastSeq = seq;
  }

  appendBatch(
    seriesIds: Int32Array,
    timesMs: Float64Array,
    values: Float64Array,
    count: number,
    startMs: number,
    endMs: number,
  ): void {
    this.#out.length = 0;
    encodeBatch(seriesIds, timesMs, values, count, this.#out);
    const data = this.#out.view();
    const seq = ++this.#lastSeq;
    this.#insert.run(seq, BATCH_LAYOUT, startMs, endMs, null, checksum(seq, startMs, data), data);
  }
}

/** One line of the journal without its data. */
export interface JournalEntry {
  seq: number;
  layout: number;
  start_ms: number;
  end_ms: number | null;
  base: number | null;
  bytes: number;
}

interface JournalData {
  start_ms: number;
  crc: number;
  data: Uint8Array;
}

/** Reads rows and batches by their seq, and checks them. */
export class JournalReader {
  readonly #select: Statement<JournalData>;

  constructor(db: Database) {
    this.#select = db.prepare<JournalData>(SQL.journalData);
  }

  /**
   * The values of a row; `keyframe` those of its base, null for a keyframe.
   * @throws DamagedError
   */
  row(seq: number, count: number, keyframe: Float64Array | null, out: Float64Array): void {
    const data = this.#data(seq);
    decodeRow(data, 0, data.length, count, keyframe, out);
  }

  /**
   * The values of some slots of a row, ascending; `keyframe` as in `row`.
   * @throws DamagedError
   */
  rowSlots(seq: number, keyframe: Float64Array | null, slots: Int32Array, out: Float64Array): void {
    const data = this.#data(seq);
    decodeRowSlots(data, 0, data.length, keyframe, slots, slots.length, out);
  }

  /** @throws DamagedError */
  batch(seq: number): Batch {
    return decodeBatch(this.#data(seq));
  }

  #data(seq: number): Uint8Array {
    const row = this.#select.get(seq);
    if (!row) throw new DamagedError(`Journal row ${seq} is missing`);
    verifyChecksum(`Journal row ${seq}`, seq, row.start_ms, row.data, row.crc);
    return row.data;
  }
}

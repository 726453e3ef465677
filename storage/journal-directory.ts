// What a reader knows of the journal without its data: the rows of each layout and the batches, by time. Kept in memory
// and refreshed by seq, because an index on the table would cost the writer more than the rows themselves.
import type { Database } from './db/database.ts';
import { SQL } from './db/statements.ts';
import type { JournalEntry } from './journal.ts';
import { BATCH_LAYOUT } from './journal.ts';
import { readState, STATE } from './patch.ts';

/** Rows of one layout in order of seq, and so of time. */
export interface LayoutRows {
  readonly seqs: number[];
  readonly times: number[];
  /** Seq of the keyframe, 0 where the row is one. */
  readonly bases: number[];
  readonly bytes: number[];
}

/** Batches in order of seq; their times may overlap. */
export interface BatchRows {
  readonly seqs: number[];
  readonly starts: number[];
  readonly ends: number[];
  readonly bytes: number[];
}

export class JournalDirectory {
  readonly layouts = new Map<number, LayoutRows>();
  readonly batches: BatchRows = { seqs: [], starts: [], ends: [], bytes: [] };
  #generation = 0;
  #lastSeq = 0;
  #bytes = 0;
  readonly #folded = new Map<number, number>();

  /** Bytes of the live rows and batches. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Seq of the last row ever seen, folded or not. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The first live row or batch: its seq and its time; null where there is none. */
  get first(): { readonly seq: number; readonly timeMs: number } | null {
    let seq = Infinity;
    let timeMs = 0;
    for (const { seqs, times } of [
      ...this.layouts.values(),
      { seqs: this.batches.seqs, times: this.batches.starts },
    ])
      if (seqs.length > 0 && seqs[0] < seq) {
        seq = seqs[0];
        timeMs = times[0];
      }
    return seq === Infinity ? null : { seq, timeMs };
  }

  /**
   * The first row that is needed once layouts are folded up to the seqs of `foldedTo`: as a live row, or as keyframe of
   * one. All before it is dead.
   */
  deadBelow(foldedTo: ReadonlyMap<number, number>): number {
    let first = this.#lastSeq + 1;
    for (const [layout, rows] of this.layouts) {
      const live = countUpTo(rows.seqs, foldedTo.get(layout) ?? 0);
      if (live < rows.seqs.length) first = Math.min(first, rows.bases[live] || rows.seqs[live]);
    }
    const live = countUpTo(this.batches.seqs, foldedTo.get(BATCH_LAYOUT) ?? 0);
    return live < this.batches.seqs.length ? Math.min(first, this.batches.seqs[live]) : first;
  }

  /** Takes over what was written since; called inside a read transaction. True where something was folded. */
  refresh(db: Database): boolean {
    const generation = readState(db, STATE.generation);
    const hasFolded = generation !== this.#generation;
    if (hasFolded)
      for (const row of db.prepare<{ layout: number; seq: number }>(SQL.folded).all())
        if (this.#folded.get(row.layout) !== row.seq) this.#fold(row.layout, row.seq);
    this.#generation = generation;
    db.prepare<JournalEntry>(SQL.journalFrom).visit((entry) => this.#add(entry), this.#lastSeq);
    return hasFolded;
  }

  #add(entry: JournalEntry): void {
    const { seq, layout } = entry;
    this.#lastSeq = seq;
    if (seq <= (this.#folded.get(layout) ?? 0)) return;
    this.#bytes += entry.bytes;
    if (layout === BATCH_LAYOUT) {
      this.batches.bytes.push(entry.bytes);
      this.batches.seqs.push(seq);
      this.batches.starts.push(entry.start_ms);
      this.batches.ends.push(entry.end_ms ?? entry.start_ms);
      return;
    }
    let rows = this.layouts.get(layout);
    if (!rows) {
      rows = { seqs: [], times: [], bases: [], bytes: [] };
      this.layouts.set(layout, rows);
    }
    rows.seqs.push(seq);
    rows.times.push(entry.start_ms);
    rows.bases.push(entry.base ?? 0);
    rows.bytes.push(entry.bytes);
  }

  #fold(layout: number, seq: number): void {
    this.#folded.set(layout, seq);
    if (layout === BATCH_LAYOUT) {
      const { batches } = this;
      const dead = countUpTo(batches.seqs, seq);
      this.#bytes -= sum(batches.bytes.splice(0, dead));
      batches.seqs.splice(0, dead);
      batches.starts.splice(0, dead);
      batches.ends.splice(0, dead);
      return;
    }
    const rows = this.layouts.get(layout);
    if (!rows) return;
    const dead = countUpTo(rows.seqs, seq);
    this.#bytes -= sum(rows.bytes.splice(0, dead));
    if (dead === rows.seqs.length) {
      this.layouts.delete(layout);
      return;
    }
    rows.seqs.splice(0, dead);
    rows.times.splice(0, dead);
    rows.bases.splice(0, dead);
  }
}

function countUpTo(seqs: readonly number[], seq: number): number {
  let count = 0;
  while (count < seqs.length && seqs[count] <= seq) count++;
  return count;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

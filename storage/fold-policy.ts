// When to fold: by the journal's age and size. Knows no clock and no timer; whoever owns a reader asks from time to time.
import type { Reader } from './reader.ts';

export interface FoldPolicy {
  /** The journal is folded once its oldest row arrived this long ago. */
  readonly ageMs: number;
  /** Or once its rows take this many bytes. */
  readonly journalBytes: number;
}

export const FOLD_POLICY: FoldPolicy = { ageMs: 30 * 60 * 1000, journalBytes: 64 * 2 ** 20 };

/** Remembers from call to call when the oldest row arrived, since what is sent late is old from the start. */
export class FoldTrigger {
  readonly #policy: FoldPolicy;
  #checkedMs: number | null = null;
  /** All rows up to this seq were there when the oldest of them was first seen, at `arrivedMs` or after. */
  #seenSeq = 0;
  #arrivedMs = 0;

  constructor(policy: FoldPolicy = FOLD_POLICY) {
    this.#policy = policy;
  }

  /** Tells whether the journal is due at `nowMs`. */
  isDue(reader: Reader, nowMs: number): boolean {
    const { first, lastSeq, bytes } = reader.snapshot(({ directory }) => ({
      first: directory.first,
      lastSeq: directory.lastSeq,
      bytes: directory.bytes,
    }));
    if (first && (first.seq > this.#seenSeq || this.#checkedMs === null)) {
      // What an earlier process left came at its own time, as far as one can know.
      this.#arrivedMs = this.#checkedMs ?? first.timeMs;
      this.#seenSeq = lastSeq;
    }
    this.#checkedMs = nowMs;
    if (!first) return false;
    return bytes >= this.#policy.journalBytes || nowMs - this.#arrivedMs >= this.#policy.ageMs;
  }
}

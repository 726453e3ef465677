// Turns rows into columns: the inner loop of the fold.
import type { LayoutRows } from './journal-directory.ts';
import type { ReadState } from './read-state.ts';

/** Columns of some rows: value of column c at row r is `values[c * stride + r]`. */
export interface RowMatrix {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly stride: number;
}

/** Rows turned at once: their pieces of one column fill a cache line. */
const TURN_ROWS = 8;

/** Room for the rows of one page after another; what was decoded before is overwritten. */
export class RowScratch {
  #values: Float64Array = new Float64Array(0);
  #turn: Float64Array = new Float64Array(0);

  values(count: number): Float64Array {
    if (this.#values.length < count) this.#values = new Float64Array(count);
    return this.#values;
  }

  turn(count: number): Float64Array {
    if (this.#turn.length < count) this.#turn = new Float64Array(count);
    return this.#turn;
  }
}

/**
 * Decodes rows `from … to - 1` of a layout; column c is slot `slots[c]`. Damaged rows are left out. The
 * matrix lies in `scratch`.
 */
export function decodeInto(
  state: ReadState,
  rows: LayoutRows,
  from: number,
  to: number,
  slots: Int32Array,
  scratch: RowScratch,
): RowMatrix {
  const width = slots.length;
  const stride = to - from;
  const values = scratch.values(width * stride);
  const times = new Float64Array(stride);
  const turn = scratch.turn(width * TURN_ROWS);
  let count = 0;
  let held = 0;
  for (let r = from; r < to; r++) {
    const row = turn.subarray(held * width, (held + 1) * width);
    if (!decodeRowAt(state, rows, r, width, row)) continue;
    times[count++] = rows.times[r];
    if (++held < TURN_ROWS) continue;
    turnRows(turn, slots, held, values, stride, count - held);
    held = 0;
  }
  turnRows(turn, slots, held, values, stride, count - held);
  return { times: times.subarray(0, count), values, stride };
}

function decodeRowAt(
  state: ReadState,
  rows: LayoutRows,
  r: number,
  width: number,
  out: Float64Array,
): boolean {
  const { journal, keyframes } = state;
  return (
    state.unlessDamaged(() => {
      const base = rows.bases[r];
      const keyframe = base === 0 ? null : keyframes.get(journal, base, width);
      journal.row(rows.seqs[r], width, keyframe, out);
      return true;
    }) ?? false
  );
}

/** Copies words, not numbers: a stale marker must keep its bits. */
function turnRows(
  turn: Float64Array,
  slots: Int32Array,
  count: number,
  values: Float64Array,
  stride: number,
  at: number,
): void {
  const width = slots.length;
  const from = new Int32Array(turn.buffer);
  const to = new Int32Array(values.buffer);
  for (let c = 0; c < width; c++) {
    let source = 2 * slots[c];
    let target = 2 * (c * stride + at);
    for (let r = 0; r < count; r++) {
      to[target] = from[source];
      to[target + 1] = from[source + 1];
      source += 2 * width;
      target += 2;
    }
  }
}

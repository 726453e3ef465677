// How the parts of a column (pages, journal rows, batches) come together: trimmed to the range asked for, in order,
// one sample a time. All of it depends on times alone, so it is worked out once for each combination of parts, and all
// series with that combination get the very same Timeline object.
import type { Timeline } from './model/sample.ts';
import { EMPTY_TIMELINE } from './model/sample.ts';

export interface Plan {
  readonly timeline: Timeline;
  /** Slots of part p that lie in the range: `from[p] … to[p] - 1`. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Slots of all parts together. */
  readonly total: number;
  /**
   * Null where the parts follow each other: one behind the other they are the column. Else slot k of the column is
   * slot `order[k]` of them put so; where parts have the same time, the one in front wins.
   */
  readonly order: Int32Array | null;
}

interface Node {
  readonly children: Map<Timeline, Node>;
  plan: Plan | null;
}

/** Plans for one range, found again by the parts' timelines. */
export class Plans {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #root: Node = { children: new Map(), plan: null };

  constructor(startMs: number, endMs: number) {
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  /** The plan for parts with these timelines; parts in front are older and win over those behind. */
  plan(parts: readonly Timeline[]): Plan {
    let node = this.#root;
    for (let p = 0; p < parts.length; p++) {
      let child = node.children.get(parts[p]);
      if (!child) {
        child = { children: new Map(), plan: null };
        node.children.set(parts[p], child);
      }
      node = child;
    }
    node.plan ??= makePlan(parts.slice(), this.#startMs, this.#endMs);
    return node.plan;
  }
}

function makePlan(parts: readonly Timeline[], startMs: number, endMs: number): Plan {
  const from = new Int32Array(parts.length);
  const to = new Int32Array(parts.length);
  let total = 0;
  let inOrder = true;
  let lastMs = -Infinity;
  for (let p = 0; p < parts.length; p++) {
    const { times, length } = parts[p];
    from[p] = lowerBound(times, length, startMs);
    to[p] = Math.max(from[p], lowerBound(times, length, endMs + 1));
    if (from[p] === to[p]) continue;
    total += to[p] - from[p];
    if (times[from[p]] <= lastMs) inOrder = false;
    lastMs = Math.max(lastMs, times[to[p] - 1]);
  }
  if (total === 0) return { timeline: EMPTY_TIMELINE, from, to, total, order: null };
  const times = concatenate(parts, from, to, total);
  if (inOrder) return { timeline: { times, length: total }, from, to, total, order: null };
  const order = sortedOrder(times);
  const merged = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) merged[k] = times[order[k]];
  return { timeline: { times: merged, length: merged.length }, from, to, total, order };
}

function concatenate(
  parts: readonly Timeline[],
  from: Int32Array,
  to: Int32Array,
  total: number,
): Float64Array {
  const only = parts.findIndex((_, p) => to[p] - from[p] === total);
  if (only >= 0) return parts[only].times.subarray(from[only], to[only]);
  const times = new Float64Array(total);
  for (let p = 0, at = 0; p < parts.length; p++) {
    times.set(parts[p].times.subarray(from[p], to[p]), at);
    at += to[p] - from[p];
  }
  return times;
}

/** Positions in order of time, the first of equal times only. */
export function sortedOrder(times: Float64Array): Int32Array {
  const order = new Int32Array(times.length);
  for (let k = 0; k < order.length; k++) order[k] = k;
  order.sort((a, b) => times[a] - times[b] || a - b);
  let count = 0;
  for (let k = 0; k < order.length; k++)
    if (k === 0 || times[order[k]] !== times[order[k - 1]]) order[count++] = order[k];
  return order.subarray(0, count);
}

/** The first of the ascending `times[0 … length)` that is not below `timeMs`. */
export function lowerBound(times: ArrayLike<number>, length: number, timeMs: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

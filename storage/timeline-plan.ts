// How the parts of a column (pages, journal rows, batches) come together: trimmed to the range asked for, in order,
// one sample a time. All of it depends on times alone, so it is worked out once for each combination of parts, and all
// series with that combination get the very same Timeline object.
import type { Timeline } from './model/sample.ts';
import { EMPTY_TIMELINE } from './model/sample.ts';
import type { SharedTimelines } from './shared-timelines.ts';
import type { Times } from './timeline.ts';

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
  readonly children: Map<Times, Node>;
  plan: Plan | null;
}

/** Plans for one range, found again by the parts' timelines. */
export class Plans {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #shared: SharedTimelines;
  readonly #root: Node = { children: new Map(), plan: null };

  /** `shared`: makes the timelines of plans one object where they are equal. */
  constructor(startMs: number, endMs: number, shared: SharedTimelines) {
    this.#startMs = startMs;
    this.#endMs = endMs;
    this.#shared = shared;
  }

  /** The plan for parts with these timelines; parts in front are older and win over those behind. */
  plan(parts: readonly Times[]): Plan {
    let node = this.#root;
    for (let p = 0; p < parts.length; p++) {
      let child = node.children.get(parts[p]);
      if (!child) {
        child = { children: new Map(), plan: null };
        node.children.set(parts[p], child);
      }
      node = child;
    }
    node.plan ??= makePlan(parts, this.#startMs, this.#endMs, this.#shared);
    return node.plan;
  }
}

function makePlan(parts: readonly Times[], startMs: number, endMs: number, shared: SharedTimelines): Plan {
  const from = new Int32Array(parts.length);
  const to = new Int32Array(parts.length);
  let total = 0;
  for (let p = 0; p < parts.length; p++) {
    from[p] = parts[p].lowerBound(startMs);
    to[p] = Math.max(from[p], parts[p].lowerBound(endMs + 1));
    total += to[p] - from[p];
  }
  if (total === 0) return { timeline: EMPTY_TIMELINE, from, to, total, order: null };
  const times = new Float64Array(total);
  let inOrder = true;
  for (let p = 0, at = 0; p < parts.length; p++) {
    if (from[p] === to[p]) continue;
    parts[p].copy(from[p], to[p], times, at);
    if (at > 0 && times[at] <= times[at - 1]) inOrder = false;
    at += to[p] - from[p];
  }
  if (inOrder) return { timeline: shared.of(times), from, to, total, order: null };
  const order = sortedOrder(times);
  const merged = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) merged[k] = times[order[k]];
  return { timeline: shared.of(merged), from, to, total, order };
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

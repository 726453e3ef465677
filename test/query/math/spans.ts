// Windows over times for the tests of query/math, found the slow and sure way.
import type { Spans } from '../../../query/math/accumulators.ts';

/** The samples in `(ends[k] - rangeMs, ends[k]]`. */
export function spansOver(times: Float64Array, ends: Float64Array, rangeMs: number): Spans {
  const upTo = (ms: number): number => times.filter((time) => time <= ms).length;
  return {
    count: ends.length,
    first: Int32Array.from(ends, (end) => upTo(end - rangeMs)),
    last: Int32Array.from(ends, (end) => upTo(end)),
  };
}

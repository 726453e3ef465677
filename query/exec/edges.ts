// Raw samples of an `anchored` or `smoothed` range selector: the range, with a sample made for each of its ends.
import type { Column } from '../../storage/model/sample.ts';
import type { Windows } from './operator.ts';

export interface RawSamples {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/**
 * The samples of the only window of a grid of one step, between one at its start and one at its end. Anchored, these
 * have the value of the newest sample at or before them, or of the first one inside; smoothed, they lie on the line
 * between their neighbours where there are two within the lookback. Null where no sample lies behind the start.
 */
export function extendedSamples(
  column: Column,
  windows: Windows,
  lookbackMs: number,
  isSmoothed: boolean,
): RawSamples | null {
  const { times, length } = column.timeline;
  const { values } = column;
  const endMs = windows.ends[0];
  const startMs = endMs - windows.rangeMs;
  let first = windows.first[0];
  let last = windows.last[0] - 1;
  const hasBefore = first > 0 && times[first - 1] > startMs - lookbackMs;
  const hasAfter = isSmoothed && last + 1 < length && times[last + 1] <= endMs + lookbackMs;
  const end = hasAfter && (last < first || times[last] < endMs) ? last + 1 : last;
  const start = hasBefore ? first - 1 : first;
  if (end < first) return null;
  const left = isSmoothed && times[start] < startMs ? between(column, start, startMs) : values[start];
  const right = isSmoothed && end > 0 && times[end] > endMs ? between(column, end - 1, endMs) : values[end];
  while (first <= last && times[first] <= startMs) first++;
  while (last >= first && times[last] >= endMs) last--;
  const inside = Math.max(0, last - first + 1);
  const out = { timesMs: new Float64Array(inside + 2), values: new Float64Array(inside + 2) };
  out.timesMs.set([startMs]);
  out.values.set([left]);
  out.timesMs.set(times.subarray(first, first + inside), 1);
  out.values.set(values.subarray(first, first + inside), 1);
  out.timesMs.set([endMs], inside + 1);
  out.values.set([right], inside + 1);
  return out;
}

/** The value at a moment between slots j and j + 1, on the line through both. */
function between({ values, timeline: { times } }: Column, j: number, timeMs: number): number {
  return values[j] + ((values[j + 1] - values[j]) * (timeMs - times[j])) / (times[j + 1] - times[j]);
}

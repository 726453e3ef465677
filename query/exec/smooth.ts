// `smoothed` on an instant selector: a value at every step, on the straight line between the samples around it.
import { type Column, setBit } from '../../storage/model/sample.ts';
import type { StepVector } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';

/**
 * Fills `out` from the samples within lookback on both sides of each moment: a sample at the very moment counts as it
 * is, one before and one behind are interpolated, one before alone is carried forward, one behind alone gives
 * nothing. Stale markers are passed over. `looks` ascend.
 */
export function smoothInto(column: Column, looks: Float64Array, lookbackMs: number, out: StepVector): void {
  const steps = looks.length;
  const { values, stale, timeline } = column;
  const { times, length } = timeline;
  const mask = emptyMask(steps);
  const isSample = (j: number): boolean => !stale || (stale[j >>> 5] & (1 << (j & 31))) === 0;
  let next = 0;
  let before = -1;
  for (let k = 0; k < steps; k++) {
    const look = looks[k];
    for (; next < length && times[next] <= look; next++) if (isSample(next)) before = next;
    let after = next;
    while (after < length && !isSample(after)) after++;
    out.values[k] = 0;
    if (before < 0 || times[before] <= look - lookbackMs) continue;
    setBit(mask, k);
    const v = values[before];
    out.values[k] = v;
    if (times[before] === look || after >= length || times[after] > look + lookbackMs) continue;
    out.values[k] = v + ((values[after] - v) * (look - times[before])) / (times[after] - times[before]);
  }
  out.present = denseOrMask(mask, steps);
  out.histograms = null;
  out.timesMs = null;
}

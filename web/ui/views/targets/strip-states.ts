// The state of a target over the last hour, minute by minute, and what it says in words.
import type { WireSample } from '../../lib/api-types.ts';
import type { Grid } from '../../lib/range.ts';
import { clockText } from '../../lib/time.ts';

/** Up, down, or nothing known. */
export type MinuteState = 1 | 0 | null;

/** Minutes of the strip: one bar for each. */
export const stripGrid = (now: number): Grid => {
  const end = Math.floor(now / 60) * 60;
  return { start: end - 59 * 60, end, step: 60 };
};

/** For each step 1 up, 0 down, null unknown. */
export function stripStates(values: readonly WireSample[] | undefined, grid: Grid): MinuteState[] {
  const states = new Array<MinuteState>(Math.round((grid.end - grid.start) / grid.step) + 1).fill(null);
  for (const [time, value] of values ?? []) {
    const at = Math.round((time - grid.start) / grid.step);
    if (at >= 0 && at < states.length) states[at] = value === '1' ? 1 : 0;
  }
  return states;
}

/** What the strip shows, in words. */
export function stripText(states: readonly MinuteState[], grid: Grid, utc: boolean): string {
  const known = states.filter((state) => state !== null);
  if (known.length === 0) return 'No samples in the last hour';
  const up = known.filter((state) => state === 1).length;
  if (up === known.length) return `Up for all ${known.length} minutes known of the last hour`;
  const last = states.lastIndexOf(0);
  const at = clockText(grid.start + last * grid.step, utc).slice(0, 5);
  return `Up ${Math.floor((100 * up) / known.length)}% of the ${known.length} minutes known of the last hour, last down at ${at}`;
}

// The state of a target over the last hour as a strip: low bars for up, high ones for down, a gap where nothing is
// known, so that it reads without colour too.
import type { WireSample } from '../../lib/api-types.ts';
import type { Grid } from '../../lib/range.ts';
import { clockText } from '../../lib/time.ts';

/** Minutes of the strip: one bar for each. */
export const stripGrid = (now: number): Grid => {
  const end = Math.floor(now / 60) * 60;
  return { start: end - 59 * 60, end, step: 60 };
};

/** For each step 1 up, 0 down, null unknown. */
export function stripStates(values: readonly WireSample[] | undefined, grid: Grid): (0 | 1 | null)[] {
  const states = new Array<0 | 1 | null>(Math.round((grid.end - grid.start) / grid.step) + 1).fill(null);
  for (const [time, value] of values ?? []) {
    const at = Math.round((time - grid.start) / grid.step);
    if (at >= 0 && at < states.length) states[at] = value === '1' ? 1 : 0;
  }
  return states;
}

/** What the strip shows, in words. */
export function stripText(states: readonly (0 | 1 | null)[], grid: Grid, utc: boolean): string {
  const known = states.filter((state) => state !== null);
  if (known.length === 0) return 'No samples in the last hour';
  const up = known.filter((state) => state === 1).length;
  if (up === known.length) return `Up for all ${known.length} minutes known of the last hour`;
  const last = states.lastIndexOf(0);
  const at = clockText(grid.start + last * grid.step, utc).slice(0, 5);
  return `Up ${Math.floor((100 * up) / known.length)}% of the ${known.length} minutes known of the last hour, last down at ${at}`;
}

const barWidth = 2;
const height = 16;

function barsPath(states: readonly (0 | 1 | null)[], state: 0 | 1, size: number): string {
  let path = '';
  for (let i = 0; i < states.length; ) {
    let end = i;
    while (end < states.length && states[end] === state) end++;
    if (end > i) path += `M${i * barWidth} ${height - size}h${(end - i) * barWidth}v${size}H${i * barWidth}z`;
    i = Math.max(end, i + 1);
  }
  return path;
}

interface StripProps {
  readonly states: readonly (0 | 1 | null)[];
  readonly text: string;
}

export function Strip({ states, text }: StripProps) {
  const width = states.length * barWidth;
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      preserveAspectRatio="none"
      aria-label={text}
    >
      <path class="strip-up" d={barsPath(states, 1, 6)} />
      <path class="strip-down" d={barsPath(states, 0, height)} />
    </svg>
  );
}

// The state of a target over the last hour as a strip: low bars for up, high ones for down, a gap where nothing is
// known, so that it reads without colour too.
import type { MinuteState } from './strip-states.ts';

const barWidth = 2;
const height = 16;

function barsPath(states: readonly MinuteState[], state: 0 | 1, size: number): string {
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
  readonly states: readonly MinuteState[];
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

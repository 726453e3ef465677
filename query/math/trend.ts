// Lines and trends through the samples of a window: deriv, predict_linear, double_exponential_smoothing. Slots of
// windows with fewer than two samples get 0.
import { neumaierCarry, type Spans, type Workspace } from './accumulators.ts';

/** What a line of least squares needs to know of times alone, one slot a step. */
export interface LineTerms {
  /** The moment from which each window counts seconds. */
  readonly originsMs: Float64Array;
  /** Compensated sums of the seconds and of their squares. */
  readonly sumX: Float64Array;
  readonly sumXX: Float64Array;
}

/** The terms of lines counted from `originsMs`, or from each window's first sample where that is null. */
export function lineTerms(
  times: Float64Array,
  spans: Spans,
  originsMs: Float64Array | null,
  work: Workspace,
): LineTerms {
  const { count, first, last } = spans;
  const origins = originsMs ?? Float64Array.from(first, (from) => times[from]);
  const sums = new Float64Array(count);
  const squares = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let sumX = 0;
    let sumXX = 0;
    let carryX = 0;
    let carryXX = 0;
    work.tick(last[k] - first[k]);
    for (let i = first[k]; i < last[k]; i++) {
      const x = (times[i] - origins[k]) / 1e3;
      let t = sumX + x;
      carryX = neumaierCarry(carryX, sumX, x, t);
      sumX = t;
      const xx = x * x;
      t = sumXX + xx;
      carryXX = neumaierCarry(carryXX, sumXX, xx, t);
      sumXX = t;
    }
    sums[k] = sumX + carryX;
    squares[k] = sumXX + carryXX;
  }
  return { originsMs: origins, sumX: sums, sumXX: squares };
}

/** deriv: the slope per second of the line of least squares. */
export function derivOverTime(
  values: Float64Array,
  times: Float64Array,
  spans: Spans,
  terms: LineTerms,
  work: Workspace,
  out: Float64Array,
): void {
  linesOverTime(values, times, spans, terms, null, work, out);
}

/** predict_linear: the line's value `aheads[k]` seconds after the origin of step k. */
export function predictOverTime(
  values: Float64Array,
  times: Float64Array,
  spans: Spans,
  terms: LineTerms,
  aheads: Float64Array,
  work: Workspace,
  out: Float64Array,
): void {
  linesOverTime(values, times, spans, terms, aheads, work, out);
}

/** Slopes, or where `aheads` is given the values of the lines. */
function linesOverTime(
  values: Float64Array,
  times: Float64Array,
  { count, first, last }: Spans,
  { originsMs, sumX, sumXX }: LineTerms,
  aheads: Float64Array | null,
  work: Workspace,
  out: Float64Array,
): void {
  for (let k = 0; k < count; k++) {
    const from = first[k];
    const to = last[k];
    if (to - from < 2) {
      out[k] = 0;
      continue;
    }
    work.tick(to - from);
    const origin = originsMs[k];
    const start = values[from];
    let isConstant = true;
    let sumY = 0;
    let sumXY = 0;
    let carryY = 0;
    let carryXY = 0;
    for (let i = from; i < to; i++) {
      const y = values[i];
      if (y !== start) isConstant = false;
      let t = sumY + y;
      carryY = neumaierCarry(carryY, sumY, y, t);
      sumY = t;
      const xy = ((times[i] - origin) / 1e3) * y;
      t = sumXY + xy;
      carryXY = neumaierCarry(carryXY, sumXY, xy, t);
      sumXY = t;
    }
    if (isConstant) {
      if (start === Infinity || start === -Infinity) out[k] = NaN;
      else out[k] = aheads ? 0 * aheads[k] + start : 0;
      continue;
    }
    sumY += carryY;
    sumXY += carryXY;
    const n = to - from;
    const slope = (sumXY - (sumX[k] * sumY) / n) / (sumXX[k] - (sumX[k] * sumX[k]) / n);
    out[k] = aheads ? slope * aheads[k] + (sumY / n - (slope * sumX[k]) / n) : slope;
  }
}

/**
 * double_exponential_smoothing of `values[from, to)` (at least two), with smoothing factor and trend factor in (0, 1).
 */
export function doubleExponentialSmoothing(
  values: Float64Array,
  from: number,
  to: number,
  smoothing: number,
  trend: number,
): number {
  let before = 0;
  let level = values[from];
  let slope = values[from + 1] - values[from];
  for (let i = from + 1; i < to; i++) {
    const scaled = smoothing * values[i];
    if (i > from + 1) slope = trend * (level - before) + (1 - trend) * slope;
    const carried = (1 - smoothing) * (level + slope);
    before = level;
    level = scaled + carried;
  }
  return level;
}

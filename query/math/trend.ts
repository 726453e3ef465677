// Lines and trends through the samples of a window: deriv, predict_linear, double_exponential_smoothing. Slots of
// windows with fewer than two samples get 0.
import { neumaierCarry, type Spans } from './accumulators.ts';

/** deriv: the slope per second of the line of least squares. */
export function derivOverTime(
  values: Float64Array,
  times: Float64Array,
  spans: Spans,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++) {
    const from = first[k];
    out[k] = last[k] - from < 2 ? 0 : leastSquares(values, times, from, last[k], times[from], 0, true);
  }
}

/** predict_linear: the line's value `aheads[k]` seconds after `atMs[k]`. */
export function predictOverTime(
  values: Float64Array,
  times: Float64Array,
  spans: Spans,
  atMs: Float64Array,
  aheads: Float64Array,
  out: Float64Array,
): void {
  const { count, first, last } = spans;
  for (let k = 0; k < count; k++)
    out[k] =
      last[k] - first[k] < 2 ? 0 : leastSquares(values, times, first[k], last[k], atMs[k], aheads[k], false);
}

/**
 * Least squares over `values[from, to)` with times counted from `originMs`, in seconds: the slope, or the line's
 * value `ahead` seconds after the origin.
 */
function leastSquares(
  values: Float64Array,
  times: Float64Array,
  from: number,
  to: number,
  originMs: number,
  ahead: number,
  wantsSlope: boolean,
): number {
  let sumX = 0;
  let sumY = 0;
  let sumXY = 0;
  let sumXX = 0;
  let carryX = 0;
  let carryY = 0;
  let carryXY = 0;
  let carryXX = 0;
  let isConstant = true;
  const start = values[from];
  for (let i = from; i < to; i++) {
    const y = values[i];
    if (isConstant && i > from && y !== start) isConstant = false;
    const x = (times[i] - originMs) / 1e3;
    let t = sumX + x;
    carryX = neumaierCarry(carryX, sumX, x, t);
    sumX = t;
    t = sumY + y;
    carryY = neumaierCarry(carryY, sumY, y, t);
    sumY = t;
    const xy = x * y;
    t = sumXY + xy;
    carryXY = neumaierCarry(carryXY, sumXY, xy, t);
    sumXY = t;
    const xx = x * x;
    t = sumXX + xx;
    carryXX = neumaierCarry(carryXX, sumXX, xx, t);
    sumXX = t;
  }
  if (isConstant) {
    if (start === Infinity || start === -Infinity) return NaN;
    return wantsSlope ? 0 : 0 * ahead + start;
  }
  const n = to - from;
  sumX += carryX;
  sumY += carryY;
  sumXY += carryXY;
  sumXX += carryXX;
  const slope = (sumXY - (sumX * sumY) / n) / (sumXX - (sumX * sumX) / n);
  if (wantsSlope) return slope;
  return slope * ahead + (sumY / n - (slope * sumX) / n);
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

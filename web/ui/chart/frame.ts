// From the answers of range queries to what a chart draws: all series on one row of times, gaps as nulls, the special
// values (NaN, infinities) kept apart, because a curve cannot show them but a tooltip and an export must.
import type { Labels, MatrixItem } from '../lib/api-types.ts';
import { commonLabels, fillTemplate, hash32, labelsKey } from '../lib/labels.ts';
import { colourSlots } from '../lib/palette.ts';
import type { Grid } from '../lib/range.ts';
import { parseValue } from '../lib/values.ts';

export interface Curve {
  /** Eight hex digits that name the series in the address. */
  readonly id: string;
  /** Letter of the query that it answers. */
  readonly letter: string;
  readonly labels: Labels;
  /** The labels that are not common to all, or the filled template: what a legend shows. */
  readonly name: string;
  /** Slot of the palette. */
  readonly slot: number;
  /** True for the earlier time of a comparison: drawn dashed. */
  readonly earlier: boolean;
  /** One entry a time: a finite number, or null. */
  readonly points: readonly (number | null)[];
  /** Values that cannot be drawn, by index. */
  readonly specials: ReadonlyMap<number, number>;
}

export interface Frame extends Grid {
  /** Unix seconds. */
  readonly times: readonly number[];
  readonly curves: readonly Curve[];
  /** Labels that all curves have in common, shown once. */
  readonly common: Labels;
  /** Series that hold native histograms only and are not drawn. */
  readonly histograms: number;
}

/** The series of one query, with its letter and legend template. */
export interface FrameInput {
  readonly letter: string;
  readonly legend: string;
  readonly series: readonly MatrixItem[];
  /** Seconds by which these samples lie before the grid. */
  readonly shift: number;
}

/** Lays series onto the times of a grid. Samples that lie on no grid time are ignored; the server sends none. */
export function buildFrame(inputs: readonly FrameInput[], grid: Grid): Frame {
  const count = Math.floor((grid.end - grid.start) / grid.step + 1e-9) + 1;
  const times = Array.from({ length: count }, (_, i) => grid.start + i * grid.step);
  const items = inputs.flatMap((input) => input.series.map((series) => ({ input, series })));
  const drawable = items.filter(({ series }) => series.values);
  const common = commonLabels(drawable.map(({ series }) => series.metric));
  const several = new Set(inputs.map((input) => input.letter)).size > 1;
  const colourKeys = drawable.map(({ input, series }) =>
    several ? input.letter + labelsKey(series.metric) : labelsKey(series.metric),
  );
  // The earlier curve of a comparison has the colour of its present one.
  const unique = [...new Set(colourKeys)];
  const slots = new Map(colourSlots(unique).map((slot, i) => [unique[i]!, slot]));
  const curves = drawable.map(({ input, series }, i): Curve => {
    const key = `${input.letter}${input.shift}${labelsKey(series.metric)}`;
    return {
      id: hash32(key).toString(16).padStart(8, '0'),
      letter: input.letter,
      labels: series.metric,
      name: nameOf(series.metric, common, input.legend),
      slot: slots.get(colourKeys[i]!)!,
      earlier: input.shift > 0,
      ...layPoints(series, grid, count, input.shift),
    };
  });
  return { ...grid, times, curves, common, histograms: items.length - drawable.length };
}

function layPoints(series: MatrixItem, grid: Grid, count: number, shift: number) {
  const points = new Array<number | null>(count).fill(null);
  const specials = new Map<number, number>();
  for (const [time, text] of series.values!) {
    const at = Math.round((time + shift - grid.start) / grid.step);
    if (at < 0 || at >= count) continue;
    const value = parseValue(text);
    if (Number.isFinite(value)) points[at] = value;
    else specials.set(at, value);
  }
  return { points, specials };
}

/** What a legend calls a series: its own labels without the common ones; the metric's name first. */
export function nameOf(labels: Labels, common: Labels, template: string): string {
  if (template) return fillTemplate(template, labels);
  const { __name__: metric, ...rest } = labels;
  const parts = Object.entries(rest)
    .filter(([name]) => !Object.hasOwn(common, name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  if (metric !== undefined && !Object.hasOwn(common, '__name__')) parts.unshift(metric);
  return parts.join(' ');
}

/** The value of a curve at an index, special ones included; null where there is no sample. */
export function valueAt(curve: Curve, index: number): number | null {
  return curve.points[index] ?? curve.specials.get(index) ?? null;
}

export interface CurveStats {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  readonly last: number;
}

/** Smallest, mean, largest and newest drawn value; null for a curve without one. */
export function statsOf(curve: Curve): CurveStats | null {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  let last = NaN;
  for (const value of curve.points) {
    if (value === null) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    last = value;
    count++;
  }
  return count === 0 ? null : { min, avg: sum / count, max, last };
}

/** The curves to draw when there are more than `limit`: those with the largest newest values. */
export function largestCurves(curves: readonly Curve[], limit: number): readonly Curve[] {
  if (curves.length <= limit) return curves;
  const ranked = curves.map((curve) => ({ curve, last: statsOf(curve)?.last ?? -Infinity }));
  ranked.sort((a, b) => b.last - a.last);
  const kept = new Set(ranked.slice(0, limit).map(({ curve }) => curve));
  return curves.filter((curve) => kept.has(curve));
}

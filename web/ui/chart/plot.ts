// The settings that make a uPlot chart out of a frame: scales, axes, strokes, bands. Everything that reacts to people
// is in chart.tsx.
import uPlot from 'uplot';
import { colourOf } from '../lib/palette.ts';
import { axisTimes } from '../lib/time.ts';
import { axisSteps, formatAxis, type Unit } from '../lib/units.ts';
import type { Curve, Frame } from './frame.ts';

/** How the curves are drawn. */
export interface PlotLook {
  readonly unit: Unit;
  readonly zero: boolean;
  readonly log: boolean;
  readonly stacked: boolean;
  readonly join: boolean;
  readonly utc: boolean;
  readonly dark: boolean;
}

const fontSize = 12;
const font = `${fontSize}px system-ui, sans-serif`;

/** Rows of numbers for uPlot: the times, then one row a curve, summed upwards when stacked. */
export function plotData(frame: Frame, curves: readonly Curve[], look: PlotLook): uPlot.AlignedData {
  const rows: (number | null)[][] = [];
  let below: readonly (number | null)[] | null = null;
  for (const curve of curves) {
    let row = curve.points as (number | null)[];
    if (look.stacked && !curve.earlier) {
      const base: readonly (number | null)[] | null = below;
      row = row.map((value, i) => (value === null ? (base?.[i] ?? null) : value + (base?.[i] ?? 0)));
      below = row;
    } else if (look.log) row = row.map((value) => (value !== null && value > 0 ? value : null));
    rows.push(row);
  }
  return [frame.times as number[], ...rows];
}

/** Draws a point where a sample has no neighbour that a line could join it to. */
const lonelyPoints: uPlot.Series.Points.Filter = (u, seriesIdx, show) => {
  if (show) return null;
  const row = u.data[seriesIdx]!;
  const found: number[] = [];
  for (let i = 0; i < row.length; i++)
    if (row[i] != null && row[i - 1] == null && row[i + 1] == null) found.push(i);
  return found;
};

function seriesOf(curve: Curve, i: number, look: PlotLook): uPlot.Series {
  const stroke = colourOf(curve.slot, look.dark);
  return {
    stroke,
    width: 1.75,
    // Lines between pixels: aligned to them, slow curves look like stairs.
    pxAlign: 0,
    spanGaps: look.join,
    ...(curve.earlier && { dash: [5, 4], width: 1.25 }),
    ...(look.stacked && i === 0 && !curve.earlier && { fill: `${stroke}33` }),
    points: { filter: lonelyPoints, size: 5, fill: stroke },
  };
}

/** A linear y scale: room around the data, and down to zero when wanted or near; a flat line gets room of its own. */
function rangeY(look: PlotLook): uPlot.Range.Function {
  return (_, min, max) => {
    if (min === null || max === null || min > max) return [0, 1];
    if (look.zero || look.stacked) return paddedRange(Math.min(0, min), Math.max(0, max));
    return paddedRange(min, max);
  };
}

function paddedRange(min: number, max: number): [number, number] {
  if (min === max) {
    const room = Math.abs(min) * 0.5 || 1;
    return min > 0 ? [0, min + room] : min < 0 ? [min - room, 0] : [0, 1];
  }
  const [low, high] = uPlot.rangeNum(min, max, {
    min: { pad: 0.08, soft: 0, mode: 3 },
    max: { pad: 0.08, soft: 0, mode: 3 },
  });
  return [low ?? min, high ?? max];
}

function axisOf(colours: { text: string; grid: string }): uPlot.Axis {
  return {
    stroke: colours.text,
    font,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
  };
}

/** Width of the y axis: its widest label and some air. */
const axisWidth: uPlot.Axis['size'] = (u, values) => {
  if (!values?.length) return 40;
  u.ctx.save();
  u.ctx.font = `${fontSize * devicePixelRatio}px system-ui, sans-serif`;
  const widest = Math.max(...values.map((text) => (text ? u.ctx.measureText(text).width : 0)));
  u.ctx.restore();
  return Math.max(40, Math.ceil(widest / devicePixelRatio) + 16);
};

/** Gaps of an axis on which only whole numbers occur, such as that of `up`. */
const wholeSteps = Array.from({ length: 16 }, (_, e) => [1, 2, 5].map((m) => m * 10 ** e)).flat();

function areWhole(curves: readonly Curve[]): boolean {
  return curves.every(({ points }) => points.every((value) => value === null || Number.isInteger(value)));
}

/** The static part of the options; chart.tsx adds size, cursor and hooks. */
export function plotOptions(
  frame: Frame,
  curves: readonly Curve[],
  look: PlotLook,
  colours: { text: string; grid: string },
): Pick<uPlot.Options, 'series' | 'scales' | 'axes' | 'bands' | 'tzDate' | 'padding' | 'legend' | 'focus'> {
  const steps = axisSteps(look.unit) ?? (areWhole(curves) ? wholeSteps : undefined);
  return {
    tzDate: (seconds) =>
      look.utc ? uPlot.tzDate(new Date(seconds * 1000), 'UTC') : new Date(seconds * 1000),
    legend: { show: false },
    focus: { alpha: 0.3 },
    // Room for half a label of the x axis on either side.
    padding: [10, 28, 0, 0],
    series: [{}, ...curves.map((curve, i) => seriesOf(curve, i, look))],
    ...(look.stacked && {
      bands: curves.flatMap((curve, i) =>
        i === 0 || curve.earlier
          ? []
          : [{ series: [i + 1, i] as [number, number], fill: `${colourOf(curve.slot, look.dark)}33` }],
      ),
    }),
    scales: {
      x: { time: true, range: () => [frame.start, frame.end] },
      y: look.log && !look.stacked ? { distr: 3 } : { range: rangeY(look) },
    },
    axes: [
      {
        ...axisOf(colours),
        space: 72,
        size: 44,
        gap: 6,
        values: (_, splits, _axis, _space, gap) => axisTimes(splits, gap, look.utc),
      },
      {
        ...axisOf(colours),
        space: 36,
        size: axisWidth,
        ...(steps && { incrs: steps }),
        values: (_, splits) => {
          const shown = formatAxis(
            splits.filter((split) => split !== null),
            look.unit,
          );
          let at = 0;
          return splits.map((split) => (split === null ? '' : shown[at++]!));
        },
      },
    ],
  };
}

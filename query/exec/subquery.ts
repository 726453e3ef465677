// Subqueries: the inner expression on a grid of its own, aligned to multiples of its step, evaluated once for all
// outer steps; its values are then samples for a range function like any others.
import { type Bitset, bitsetWords, type Timeline } from '../../storage/model/sample.ts';
import type { Subquery } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { Build, BuildOver } from './build.ts';
import { type Grid, type RangeOperator, StepVector } from './operator.ts';
import { atTime, resolved, sourceText } from './selector.ts';
import { ByTimeline, lookTimes, windowsOver } from './window.ts';

/**
 * The inner grid: from the first multiple of `stepMs` behind the oldest window's start to the newest window's end.
 */
function innerGrid(ends: Float64Array, rangeMs: number, stepMs: number): Grid {
  const oldest = ends[0] - rangeMs;
  const startMs = (Math.floor(oldest / stepMs) + 1) * stepMs;
  const count = Math.max(0, Math.floor((ends[ends.length - 1] - startMs) / stepMs) + 1);
  return { startMs, stepMs, count };
}

/** The values of a subquery as samples, and the windows of the outer steps over them. */
export function createSubquery(node: Subquery, build: Build, buildOver: BuildOver): RangeOperator {
  const { context } = build;
  const rangeMs = resolved(node.range);
  const stepMs = node.step === null ? context.options.defaultStepMs : resolved(node.step);
  const ends = lookTimes(build.grid, atTime(node.at, context), resolved(node.offset));
  const grid = innerGrid(ends, rangeMs, stepMs);
  if (grid.count > context.options.maxSamples)
    throw new QueryError(
      'limit',
      `subquery ${sourceText(node, context)} has ${grid.count} steps, more than the ${context.options.maxSamples} samples a query may load; use a larger step`,
    );
  context.countBytes(grid.count * 32);
  const inner = buildOver(grid).vector(node.expr);
  const windows = new ByTimeline(ends.length, (timeline) => windowsOver(timeline, ends, rangeMs));
  const buffer = new StepVector(grid.count);
  const timelineOf = timelines(grid);
  return {
    series: () => inner.series(),
    read(i, out) {
      inner.read(i, buffer);
      if (buffer.histograms)
        throw new QueryError('not_implemented', 'native histograms are not supported in subqueries yet');
      context.tick(grid.count);
      const { present, values } = buffer;
      out.reserve(grid.count);
      if (!present) out.values.set(values);
      else pack(values, present, grid.count, out.values);
      out.timeline = timelineOf(present);
      out.stale = null;
      out.histograms = null;
      out.neverDecreases = false;
      const found = windows.get(out.timeline);
      context.countWindows(found);
      return found;
    },
    explain: () => ({ name: sourceText(node, context), inputs: [inner] }),
  };
}

/** Moves the present values to the front. */
function pack(values: Float64Array, present: Bitset, steps: number, out: Float64Array): void {
  let count = 0;
  for (let k = 0; k < steps; k++) if ((present[k >>> 5] & (1 << (k & 31))) !== 0) out[count++] = values[k];
}

/** Timelines of present steps: one for all dense series, and the last one with gaps, as neighbours share gaps. */
function timelines(grid: Grid): (present: Bitset | null) => Timeline {
  const words = bitsetWords(grid.count);
  let dense: Timeline | null = null;
  let mask: Bitset | null = null;
  let masked: Timeline | null = null;
  return (present) => {
    if (!present) {
      dense ??= { times: lookTimes(grid, null, 0), length: grid.count };
      return dense;
    }
    if (masked && mask && sameBits(mask, present, words)) return masked;
    const times = new Float64Array(grid.count);
    let count = 0;
    for (let k = 0; k < grid.count; k++)
      if ((present[k >>> 5] & (1 << (k & 31))) !== 0) times[count++] = grid.startMs + k * grid.stepMs;
    mask = present.slice();
    masked = { times, length: count };
    return masked;
  };
}

function sameBits(a: Bitset, b: Bitset, words: number): boolean {
  if (a === b) return true;
  for (let w = 0; w < words; w++) if (a[w] !== b[w]) return false;
  return true;
}

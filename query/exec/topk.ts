// Aggregations that give some of their input's series: topk, bottomk, limitk, limit_ratio. Which ones come out
// depends on values, so they are worked out when the series are asked for; only what wins somewhere is named.
import type { Aggregate } from '../lang/ast.ts';
import { formatGo } from '../lang/number.ts';
import { QueryError } from '../result.ts';
import { explainName, type Groups, groupSeries } from './aggregate.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';

import { hashShare } from './label-hash.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';
import { RankedHeaps } from './ranked.ts';
import { pickSeries } from './tables.ts';

const MAX_INT64 = 2 ** 63;

export function createTopK(node: Aggregate, build: Build): Operator {
  return node.op === 'limit_ratio' ? createLimitRatio(node, build) : createRanked(node, build);
}

function readParams(node: Aggregate, build: Build): { params: Float64Array; least: number; most: number } {
  const params = new Float64Array(build.grid.count);
  if (node.param) build.scalar(node.param).readScalar(params);
  // With a NaN among them both are NaN.
  let least = Infinity;
  let most = -Infinity;
  for (const param of params) {
    least = Math.min(least, param);
    most = Math.max(most, param);
  }
  return { params, least, most };
}

/** k by step: 0 where nothing is taken, at most the number of series. */
function wantedBySteps(node: Aggregate, build: Build, series: number): Int32Array | null {
  const { params, least, most } = readParams(node, build);
  if (most < 1) return null;
  if (most !== most) throw new QueryError('execution', 'Parameter value is NaN');
  if (least <= -MAX_INT64)
    throw new QueryError('execution', `Scalar value ${formatGo(least)} underflows int64`);
  if (most >= MAX_INT64) throw new QueryError('execution', `Scalar value ${formatGo(most)} overflows int64`);
  return Int32Array.from(params, (param) => Math.max(0, Math.min(Math.trunc(param), series)));
}

/** Samples that came through: parallel lists by series, step by step. */
interface Winners {
  /** Series of the input, in the order in which they are answered. */
  readonly picked: Int32Array;
  /** Those of `picked[i]` are `steps[starts[i] … starts[i + 1])` and `values` there. */
  readonly starts: Int32Array;
  readonly steps: Int32Array;
  readonly values: Float64Array;
}

function createRanked(node: Aggregate, build: Build): Operator {
  const { context, grid } = build;
  const input = build.vector(node.expr);
  let winners: Winners;
  return {
    series() {
      const table = input.series();
      const wanted = wantedBySteps(node, build, table.count);
      winners = wanted ? rank(node, input, table, wanted, context) : noWinners();
      return pickSeries(table, winners.picked);
    },
    read(i, out) {
      const { starts, steps, values } = winners;
      const mask = emptyMask(grid.count);
      context.tick(grid.count);
      out.values.fill(0);
      for (let w = starts[i]; w < starts[i + 1]; w++) {
        const k = steps[w];
        out.values[k] = values[w];
        mask[k >>> 5] |= 1 << (k & 31);
      }
      out.present = denseOrMask(mask, grid.count);
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: explainName(node), inputs: [input] }),
  };
}

function noWinners(): Winners {
  const none = new Int32Array(0);
  return { picked: none, starts: new Int32Array(1), steps: none, values: new Float64Array(0) };
}

function rank(
  node: Aggregate,
  input: Operator,
  table: SeriesTable,
  wanted: Int32Array,
  context: QueryContext,
): Winners {
  const groups = groupSeries(table, node, context);
  const heaps = new RankedHeaps(groups, wanted, node.op as 'topk' | 'bottomk' | 'limitk', context);
  const steps = wanted.length;
  const buffer = new StepVector(steps);
  for (let i = 0; i < table.count && !heaps.isFull; i++) {
    input.read(i, buffer);
    context.tick(steps);
    heaps.add(groups.of[i], i, buffer);
  }
  // An instant query answers in order of rank; in a range query every step has its own.
  return steps === 1 ? inRankOrder(heaps, groups) : bySeries(heaps, groups, table.count, steps);
}

function inRankOrder(heaps: RankedHeaps, groups: Groups): Winners {
  const picked: number[] = [];
  const values: number[] = [];
  for (let group = 0; group < groups.count; group++)
    for (const { series, value } of heaps.ranked(group)) {
      picked.push(series);
      values.push(value);
    }
  return {
    picked: Int32Array.from(picked),
    starts: Int32Array.from({ length: picked.length + 1 }, (_, i) => i),
    steps: new Int32Array(picked.length),
    values: Float64Array.from(values),
  };
}

function bySeries(heaps: RankedHeaps, groups: Groups, seriesCount: number, steps: number): Winners {
  const counts = new Int32Array(seriesCount);
  heaps.forEach(groups.count, steps, (series) => {
    counts[series]++;
  });
  const picked = Int32Array.from({ length: seriesCount }, (_, i) => i).filter((i) => counts[i] > 0);
  const starts = new Int32Array(picked.length + 1);
  const next = new Int32Array(seriesCount);
  for (let i = 0; i < picked.length; i++) {
    next[picked[i]] = starts[i];
    starts[i + 1] = starts[i] + counts[picked[i]];
  }
  const total = starts[picked.length];
  const won = new Int32Array(total);
  const values = new Float64Array(total);
  heaps.forEach(groups.count, steps, (series, k, value) => {
    const at = next[series]++;
    won[at] = k;
    values[at] = value;
  });
  return { picked, starts, steps: won, values };
}

/**
 * limit_ratio(r, …): each series has a place in [0, 1) by the hash of its labels, the metric name among them. A
 * positive r takes the places below r, a negative one those from 1 + r on, so that r and r - 1 complete each other.
 */
function createLimitRatio(node: Aggregate, build: Build): Operator {
  const { context, grid } = build;
  const steps = grid.count;
  const input = build.vector(node.expr);
  let params: Float64Array;
  let places: Float64Array;
  let picked: Int32Array;
  const takes = (place: number, ratio: number): boolean => {
    const r = Math.max(-1, Math.min(1, ratio));
    return r > 0 ? place < r : r < 0 && place >= 1 + r;
  };
  return {
    series() {
      const table = input.series();
      const read = readParams(node, build);
      params = read.params;
      checkRatios(read.least, read.most, node, context);
      places = new Float64Array(table.count);
      for (let i = 0; i < table.count; i++) {
        places[i] = hashShare(table.labels(i), context.symbols);
        context.tick(64);
      }
      const all = Int32Array.from({ length: table.count }, (_, i) => i);
      picked = all.filter((i) => params.some((ratio) => takes(places[i], ratio)));
      return pickSeries(table, picked);
    },
    read(i, out) {
      input.read(picked[i], out);
      context.tick(steps);
      const { present, values } = out;
      const mask = emptyMask(steps);
      for (let k = 0; k < steps; k++) {
        const isThere = !present || (present[k >>> 5] & (1 << (k & 31))) !== 0;
        if (isThere && takes(places[picked[i]], params[k])) mask[k >>> 5] |= 1 << (k & 31);
        else values[k] = 0;
      }
      out.present = denseOrMask(mask, steps);
    },
    explain: () => ({ name: explainName(node), inputs: [input] }),
  };
}

function checkRatios(least: number, most: number, node: Aggregate, context: QueryContext): void {
  if (least !== least) throw new QueryError('execution', 'Ratio value is NaN');
  const warn = (ratio: number, cap: number): void =>
    context.warn(
      `ratio value should be between -1 and 1, got ${formatGo(ratio)}, capping to ${cap}`,
      node.param?.span,
    );
  if (most > 1) warn(most, 1);
  if (least < -1) warn(least, -1);
}

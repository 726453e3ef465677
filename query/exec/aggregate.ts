// Aggregations that give one series a group: sum, avg, min, max, count, group, stddev, stdvar, quantile. The input
// is read series by series into one buffer and folded away, so memory grows with groups × steps.
import { METRIC_NAME } from '../../storage/model/labels.ts';
import { setBit } from '../../storage/model/sample.ts';
import type { Aggregate } from '../lang/ast.ts';
import { formatGo } from '../lang/number.ts';
import { quantile } from '../math/quantile.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';

import { AvgFold, CountFold, DeviationFold, ExtremeFold, FOLD_BYTES, type Fold, SumFold } from './folds.ts';
import { dropLabels, keepLabels, LabelSets, NO_LABELS, nameIds } from './labels.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';

/** Which group each series of a table is in. */
export interface Groups {
  readonly count: number;
  /** Group by series. */
  readonly of: Int32Array;
  /** Labels by group. */
  readonly labels: readonly Int32Array[];
  readonly dropName: Uint8Array | null;
}

/** The labels that stay of a series in an aggregation's group. */
export function groupingOf(node: Aggregate, context: QueryContext): (labels: Int32Array) => Int32Array {
  const { symbols } = context;
  if (node.without) {
    const names = nameIds([METRIC_NAME, ...node.grouping], symbols);
    return (labels) => dropLabels(labels, names);
  }
  const names = nameIds(node.grouping, symbols);
  if (names.length === 0) return () => NO_LABELS;
  return (labels) => keepLabels(labels, names);
}

/** Groups a table as an aggregation's `by` or `without` says; groups are numbered as their first series come. */
export function groupSeries(table: SeriesTable, node: Aggregate, context: QueryContext): Groups {
  const { count, dropName } = table;
  context.countBytes(count * 4);
  const of = new Int32Array(count);
  const sets = new LabelSets();
  const labelsOf = groupingOf(node, context);
  for (let i = 0; i < count; i++) {
    of[i] = sets.add(labelsOf(table.labels(i)));
    context.tick(16);
  }
  let dropped: Uint8Array | null = null;
  if (dropName) {
    dropped = new Uint8Array(sets.count);
    for (let i = 0; i < count; i++) dropped[of[i]] |= dropName[i];
  }
  return { count: sets.count, of, labels: sets.sets, dropName: dropped };
}

/** Operator of an aggregation other than topk's kin and count_values. */
export function createAggregate(node: Aggregate, build: Build): Operator {
  return node.op === 'quantile' ? createQuantile(node, build) : createFolded(node, build);
}

function createFold(op: Aggregate['op'], groups: number, steps: number): Fold {
  switch (op) {
    case 'avg':
      return new AvgFold(groups, steps);
    case 'min':
    case 'max':
      return new ExtremeFold(groups, steps, op === 'max');
    case 'count':
    case 'group':
      return new CountFold(groups, steps, op === 'group');
    case 'stddev':
    case 'stdvar':
      return new DeviationFold(groups, steps, op === 'stddev');
    default:
      return new SumFold(groups, steps);
  }
}

/** Whether the series of each group lie together, one group after the other. */
function areTogether(groups: Groups): boolean {
  const { of } = groups;
  for (let i = 1; i < of.length; i++) if (of[i] !== of[i - 1] && of[i] !== of[i - 1] + 1) return false;
  return true;
}

/**
 * Folds all groups in one pass over the input, which is cheapest, or one group at a time as it is asked for, which
 * needs the memory of one group only: where the groups lie together anyhow, and where all at once would be much.
 */
function createFolded(node: Aggregate, build: Build): Operator {
  const { context } = build;
  const input = build.vector(node.expr);
  const steps = build.grid.count;
  const buffer = new StepVector(steps);
  let groups: Groups;
  let members: Members | null = null;
  let fold: Fold | null = null;
  const addSeries = (i: number, into: Fold, group: number): void => {
    input.read(i, buffer);
    context.tick(steps);
    into.add(group, buffer);
  };
  const prepare = (count: number): Fold => {
    context.countBytes(count * steps * FOLD_BYTES);
    return createFold(node.op, count, steps);
  };
  return {
    series() {
      groups = groupSeries(input.series(), node, context);
      const isMuch = groups.count * steps * FOLD_BYTES > context.options.maxMemoryBytes / 4;
      members = isMuch || (steps > 1 && areTogether(groups)) ? membersOf(groups) : null;
      return { count: groups.count, labels: (i) => groups.labels[i], dropName: groups.dropName };
    },
    read(group, out) {
      if (members) {
        if (fold) fold.reset();
        else fold = prepare(1);
        const { starts, series } = members;
        for (let m = starts[group]; m < starts[group + 1]; m++) addSeries(series[m], fold, 0);
        fold.finish(0, out);
        return;
      }
      if (!fold) {
        fold = prepare(groups.count);
        for (let i = 0; i < groups.of.length; i++) addSeries(i, fold, groups.of[i]);
      }
      fold.finish(group, out);
    },
    explain: () => ({ name: explainName(node), inputs: [input] }),
  };
}

/** Warns of every kind of φ that is out of range, whether there are series or not. */
function warnOfQuantiles(phis: Float64Array, node: Aggregate, context: QueryContext): void {
  let least = Infinity;
  let most = -Infinity;
  let hasNaN = false;
  for (const phi of phis) {
    if (phi !== phi) hasNaN = true;
    if (phi < least) least = phi;
    if (phi > most) most = phi;
  }
  const warn = (phi: number): void =>
    context.warn(`quantile value should be between 0 and 1, got ${formatGo(phi)}`, node.param?.span);
  if (hasNaN) warn(Number.NaN);
  if (most > 1) warn(most);
  if (least < 0) warn(least);
}

/** Quantiles want all values of a step at once, so groups are done one at a time: step by step, transposed. */
function createQuantile(node: Aggregate, build: Build): Operator {
  const { context } = build;
  const input = build.vector(node.expr);
  const steps = build.grid.count;
  const phis = new Float64Array(steps);
  if (node.param) build.scalar(node.param).readScalar(phis);
  const buffer = new StepVector(steps);
  const counts = new Int32Array(steps);
  let columns = new Float64Array(0);
  let groups: Groups;
  let members: Members;
  return {
    series() {
      warnOfQuantiles(phis, node, context);
      groups = groupSeries(input.series(), node, context);
      members = membersOf(groups);
      return { count: groups.count, labels: (i) => groups.labels[i], dropName: groups.dropName };
    },
    read(g, out) {
      const { starts, series } = members;
      const size = starts[g + 1] - starts[g];
      if (columns.length < size * steps) {
        context.countBytes((size * steps - columns.length) * 8);
        columns = new Float64Array(size * steps);
      }
      counts.fill(0);
      for (let m = starts[g]; m < starts[g + 1]; m++) {
        input.read(series[m], buffer);
        context.tick(steps);
        scatter(buffer, columns, size, counts);
      }
      const mask = emptyMask(steps);
      for (let k = 0; k < steps; k++) {
        const n = counts[k];
        context.tick(n);
        if (n > 0) setBit(mask, k);
        out.values[k] = n > 0 ? quantile(phis[k], columns.subarray(k * size, k * size + n), n) : 0;
      }
      out.present = denseOrMask(mask, steps);
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: explainName(node), inputs: [input] }),
  };
}

/** Appends a vector's values to the columns of their steps. */
function scatter(vector: StepVector, columns: Float64Array, size: number, counts: Int32Array): void {
  const { values, present } = vector;
  for (let k = 0; k < counts.length; k++)
    if (!present || (present[k >>> 5] & (1 << (k & 31))) !== 0) columns[k * size + counts[k]++] = values[k];
}

/** The series of each group, ascending: those of group g are `series[starts[g] … starts[g + 1])`. */
export interface Members {
  readonly starts: Int32Array;
  readonly series: Int32Array;
}

export function membersOf(groups: Groups): Members {
  const { of, count } = groups;
  const starts = new Int32Array(count + 1);
  for (let i = 0; i < of.length; i++) starts[of[i] + 1]++;
  for (let g = 0; g < count; g++) starts[g + 1] += starts[g];
  const next = starts.slice();
  const series = new Int32Array(of.length);
  for (let i = 0; i < of.length; i++) series[next[of[i]]++] = i;
  return { starts, series };
}

/** An aggregation without its inside, for explain: `sum by (job)`. */
export function explainName(node: Aggregate): string {
  if (node.grouping.length === 0 && !node.without) return node.op;
  return `${node.op} ${node.without ? 'without' : 'by'} (${node.grouping.join(', ')})`;
}

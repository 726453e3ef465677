// Quantiles and fractions of classic histograms. Native histograms have no values yet, so the functions that take
// only those give no series.
import { setBit } from '../../storage/model/sample.ts';
import type { Call, Expr } from '../lang/ast.ts';
import { formatOpenMetrics } from '../lang/number.ts';
import { bucketFraction } from '../math/quantile.ts';
import type { Build } from './build.ts';
import { dropNames, mergeEqual, sameLabelset } from './distinct.ts';
import { Buckets, FixLog, type Group, groupBuckets } from './fn-buckets.ts';

import { NO_LABELS, withLabel } from './labels.ts';
import type { Operator, ScalarOperator, SeriesTable } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';
import { warnQuantiles } from './range.ts';

/** What a function makes of a histogram: one series, or several variants of it. */
interface Estimate {
  /** Reads the other arguments; gives the number of variants. */
  prepare(): number;
  /** Labels of a variant. */
  labels(group: Group, variant: number): Int32Array;
  /** Whether a variant has a value at step k at all. */
  has(variant: number, k: number): boolean;
  /** The value at step k, from the first `n` of the buckets. */
  value(group: Group, variant: number, buckets: Buckets, k: number, n: number): number;
}

/** Values of scalar arguments at all steps. */
function readScalars(operators: ScalarOperator[], steps: number): Float64Array[] {
  return operators.map((operator) => {
    const values = new Float64Array(steps);
    operator.readScalar(values);
    return values;
  });
}

/** histogram_quantile(φ, v). */
export function createHistogramQuantile(node: Call, build: Build): Operator {
  const [phiArg, arg] = node.args;
  const { context, grid } = build;
  const phi = build.scalar(phiArg);
  const fixes = new FixLog(arg, build);
  let phis: Float64Array = new Float64Array(0);
  return histogramOperator(node, arg, build, {
    prepare() {
      [phis] = readScalars([phi], grid.count);
      warnQuantiles(phis, phiArg, context);
      return 1;
    },
    labels: (group) => group.labels,
    has: () => true,
    value: (group, _, buckets, k, n) => fixes.quantile(group, phis[k], buckets, k, n),
  });
}

/** histogram_fraction(lower, upper, v). */
export function createHistogramFraction(node: Call, build: Build): Operator {
  const bounds = [build.scalar(node.args[0]), build.scalar(node.args[1])];
  let lower: Float64Array = new Float64Array(0);
  let upper: Float64Array = new Float64Array(0);
  return histogramOperator(node, node.args[2], build, {
    prepare() {
      [lower, upper] = readScalars(bounds, build.grid.count);
      return 1;
    },
    labels: (group) => group.labels,
    has: () => true,
    value: (_group, _variant, buckets, k, n) =>
      bucketFraction(lower[k], upper[k], buckets.bounds, buckets.counts, n),
  });
}

/**
 * histogram_quantiles(v, label, φ…): a series for each histogram and φ, the φ as text in a label. A φ may change from
 * step to step, and with it the series it belongs to.
 */
export function createHistogramQuantiles(node: Call, build: Build): Operator {
  const [arg, labelArg, ...phiArgs] = node.args;
  const { context, grid } = build;
  const { symbols } = context;
  const operators = phiArgs.map((phi) => build.scalar(phi));
  const labelId = symbols.intern(build.string(labelArg));
  const fixes = new FixLog(arg, build);
  let phis: Float64Array[] = [];
  let variants: { readonly text: number; readonly phi: number }[] = [];
  return histogramOperator(node, arg, build, {
    prepare() {
      phis = readScalars(operators, grid.count);
      for (let i = 0; i < phis.length; i++) warnQuantiles(phis[i], phiArgs[i], context);
      const distinct = new Set(phis.flatMap((values) => [...new Set(values)]));
      variants = Array.from(distinct, (phi) => ({ text: symbols.intern(formatOpenMetrics(phi)), phi }));
      return variants.length;
    },
    labels: (group, variant) => withLabel(group.labels, labelId, variants[variant].text, symbols),
    has(variant, k) {
      const { phi } = variants[variant];
      let times = 0;
      for (let i = 0; i < phis.length; i++) {
        const v = phis[i][k];
        if (v === phi || (v !== v && phi !== phi)) times++;
      }
      if (times > 1) throw sameLabelset();
      return times === 1;
    },
    value: (group, variant, buckets, k, n) => fixes.quantile(group, variants[variant].phi, buckets, k, n),
  });
}

/** A function that estimates one value a step of each histogram, or one for each variant. */
function histogramOperator(node: Call, arg: Expr, build: Build, estimate: Estimate): Operator {
  const { context, grid } = build;
  const input = build.vector(arg);
  const buckets = new Buckets(input, context, grid.count);
  let groups: Group[] = [];
  let variants = 1;
  let table: SeriesTable | null = null;
  const operator: Operator = {
    series() {
      if (!table) {
        variants = estimate.prepare();
        groups = groupBuckets(input, arg, build);
        table = dropNames(tableOf(groups, variants, estimate), context);
      }
      return table;
    },
    read(i, out) {
      const group = groups[Math.floor(i / variants)];
      const variant = i % variants;
      buckets.load(group);
      const mask = emptyMask(grid.count);
      for (let k = 0; k < grid.count; k++) {
        const n = buckets.at(k);
        const has = n > 0 && estimate.has(variant, k);
        out.values[k] = has ? estimate.value(group, variant, buckets, k, n) : 0;
        if (has) setBit(mask, k);
      }
      out.present = denseOrMask(mask, grid.count);
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: node.func, inputs: [input] }),
  };
  return mergeEqual(operator, context, grid.count, 'step');
}

function tableOf(groups: Group[], variants: number, estimate: Estimate): SeriesTable {
  const sets: Int32Array[] = [];
  const drops: number[] = [];
  for (const group of groups)
    for (let variant = 0; variant < variants; variant++) {
      sets.push(estimate.labels(group, variant));
      drops.push(group.dropName);
    }
  return { count: sets.length, labels: (i) => sets[i], dropName: Uint8Array.from(drops) };
}

/** histogram_count and the others that only native histograms have an answer for. */
export function createNativeOnly(node: Call, build: Build): Operator {
  const input = build.vector(node.args[0]);
  return {
    series() {
      input.series();
      return { count: 0, labels: () => NO_LABELS, dropName: null };
    },
    read() {
      throw new RangeError(`${node.func} has no series to read`);
    },
    explain: () => ({ name: node.func, inputs: [input] }),
  };
}

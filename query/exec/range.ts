// Functions over windows: every step of a series is computed in one call of a kernel (math/rate.ts,
// math/over-time.ts). What depends on times alone (which steps have a value, extrapolation) is found once per
// Windows object and shared by all series on it.
import { type Bitset, Column, setBit } from '../../storage/model/sample.ts';
import type { Call, Expr } from '../lang/ast.ts';
import { formatGo } from '../lang/number.ts';
import { type Spans, Workspace } from '../math/accumulators.ts';
import * as overTime from '../math/over-time.ts';
import * as rate from '../math/rate.ts';
import * as trend from '../math/trend.ts';
import { varianceOverTime } from '../math/variance.ts';
import { QueryError } from '../result.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { dropNames, mergeEqual } from './distinct.ts';
import { quoted } from './fn-text.ts';
import { valueText } from './labels.ts';
import type { Operator, SeriesTable, StepVector, Windows } from './operator.ts';
import { anyPresent, clearAbsent, denseOrMask, emptyMask } from './presence.ts';

/** Computes one series at all steps: fills `out.values` and `out.present`. */
type Kernel = (column: Column, windows: Windows, out: StepVector) => void;

/** What a kernel is made from. */
interface Setting {
  readonly node: Call;
  readonly build: Build;
  /** The matrix argument, without parentheses. */
  readonly matrix: Expr;
  readonly work: Workspace;
}

/** Functions over a range vector by name. */
const kernels: Readonly<Record<string, (setting: Setting) => Kernel>> = {
  rate: (s) => counterKernel(s, true),
  increase: (s) => counterKernel(s, false),
  delta: (s) => deltaKernel(s),
  irate: () => instantKernel(true),
  idelta: () => instantKernel(false),
  resets: (s) => eventKernel(s, 'resets'),
  changes: (s) => eventKernel(s, 'changes'),
  deriv: (s) => derivKernel(s),
  predict_linear: (s) => predictKernel(s),
  double_exponential_smoothing: (s) => smoothingKernel(s),
  avg_over_time: (s) => plainKernel(1, (c, w, out) => overTime.sumOverTime(c.values, w, true, s.work, out)),
  sum_over_time: (s) => plainKernel(1, (c, w, out) => overTime.sumOverTime(c.values, w, false, s.work, out)),
  min_over_time: (s) =>
    plainKernel(1, (c, w, out) => overTime.extremeOverTime(c.values, w, false, s.work, out)),
  max_over_time: (s) =>
    plainKernel(1, (c, w, out) => overTime.extremeOverTime(c.values, w, true, s.work, out)),
  count_over_time: () => sharedKernel(overTime.countOverTime),
  present_over_time: () => sharedKernel((_, out) => out.fill(1)),
  first_over_time: () => plainKernel(1, (c, w, out) => overTime.edgeOverTime(c.values, w, false, out)),
  last_over_time: () => plainKernel(1, (c, w, out) => overTime.edgeOverTime(c.values, w, true, out)),
  stddev_over_time: (s) => plainKernel(1, (c, w, out) => varianceOverTime(c.values, w, true, s.work, out)),
  stdvar_over_time: (s) => plainKernel(1, (c, w, out) => varianceOverTime(c.values, w, false, s.work, out)),
  quantile_over_time: (s) => quantileKernel(s),
  mad_over_time: (s) =>
    plainKernel(1, (c, w, out) => overTime.medianDeviationOverTime(c.values, w, s.work, out)),
  ts_of_first_over_time: () =>
    plainKernel(1, (c, w, out) => overTime.edgeTimes(c.timeline.times, w, false, out)),
  ts_of_last_over_time: () =>
    plainKernel(1, (c, w, out) => overTime.edgeTimes(c.timeline.times, w, true, out)),
  ts_of_min_over_time: (s) =>
    plainKernel(1, (c, w, out) => overTime.extremeTimes(c.values, c.timeline.times, w, false, s.work, out)),
  ts_of_max_over_time: (s) =>
    plainKernel(1, (c, w, out) => overTime.extremeTimes(c.values, c.timeline.times, w, true, s.work, out)),
};

/** Functions that give a sample as it was, so the metric keeps its name. */
const KEEPS_NAME = new Set(['first_over_time', 'last_over_time']);

/** Functions that `anchored` and `smoothed` selectors may stand in. */
const EDGE_SAFE = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
};

/** Whether `name` is a function over a range vector that gives a series for each series. */
export function isRangeFunction(name: string): boolean {
  return Object.hasOwn(kernels, name);
}

/**
 * The operator of a function over a range vector.
 * @throws QueryError where an `anchored` or `smoothed` selector stands in a function that has no use for it
 */
export function createRangeFunction(node: Call, build: Build): Operator {
  const { context, grid } = build;
  const matrix = matrixArgument(node);
  checkEdges(node, matrix);
  const input = build.range(matrix);
  const kernel = kernels[node.func]({
    node,
    build,
    matrix,
    work: new Workspace((work) => context.tick(work)),
  });
  const checkName = node.func === 'rate' || node.func === 'increase' ? counterCheck(node, context) : null;
  const column = new Column();
  let inner: SeriesTable | null = null;
  const operator: Operator = {
    series() {
      inner = input.series();
      return KEEPS_NAME.has(node.func) ? inner : dropNames(inner, context);
    },
    read(i, out) {
      const windows = input.read(i, column);
      context.tick(column.timeline.length + grid.count);
      out.histograms = null;
      out.timesMs = null;
      kernel(column, windows, out);
      if (checkName && inner) checkName(inner.labels(i), out, grid.count);
    },
    explain: () => ({ name: `${node.func}(${input.explain().name})`, inputs: input.explain().inputs }),
  };
  return KEEPS_NAME.has(node.func) ? operator : mergeEqual(operator, context, grid.count, 'series');
}

/** absent_over_time: 1 at the steps at which no series has a sample in its window. */
export function createAbsentOverTime(node: Call, build: Build, labels: Int32Array): Operator {
  const { context, grid } = build;
  const input = build.range(node.args[0]);
  const seenIn = perWindows((windows) => stepsWith(windows, 1));
  const column = new Column();
  return {
    series: () => ({ count: 1, labels: () => labels, dropName: null }),
    read(_, out) {
      const present = emptyMask(grid.count);
      const { count } = input.series();
      for (let i = 0; i < count; i++) {
        const seen = seenIn(input.read(i, column));
        context.tick(column.timeline.length);
        for (let w = 0; w < present.length; w++) present[w] |= seen ? seen[w] : 0xffffffff;
      }
      for (let w = 0; w < present.length; w++) present[w] = ~present[w];
      if (grid.count & 31) present[present.length - 1] &= 2 ** (grid.count & 31) - 1;
      out.values.fill(1);
      out.histograms = null;
      out.timesMs = null;
      out.present = denseOrMask(present, grid.count);
      clearAbsent(out.values, out.present, grid.count);
    },
    explain: () => ({ name: `absent_over_time(${input.explain().name})`, inputs: input.explain().inputs }),
  };
}

/** The matrix argument of a call, without parentheses. */
function matrixArgument(node: Call): Expr {
  for (const arg of node.args) {
    let expr = arg;
    while (expr.kind === 'Paren') expr = expr.expr;
    if (expr.kind === 'MatrixSelector' || expr.kind === 'Subquery') return expr;
  }
  throw new QueryError('execution', `internal: ${node.func} without a range vector`);
}

function edgesOf(matrix: Expr): '' | 'anchored' | 'smoothed' {
  return matrix.kind === 'MatrixSelector' ? matrix.selector.edges : '';
}

function checkEdges(node: Call, matrix: Expr): void {
  const edges = edgesOf(matrix);
  if (edges === '' || EDGE_SAFE[edges].includes(node.func)) return;
  const allowed = EDGE_SAFE[edges].join(', ');
  throw new QueryError(
    'execution',
    `${edges} modifier can only be used with: ${allowed} - not with ${node.func}`,
  );
}

/** Derives something from a Windows object once, however many series lie on it. */
function perWindows<T>(derive: (windows: Windows) => T): (windows: Windows) => T {
  const known = new WeakMap<Windows, { value: T }>();
  let last: Windows | null = null;
  let lastValue: { value: T } | null = null;
  return (windows) => {
    if (windows === last && lastValue) return lastValue.value;
    let found = known.get(windows);
    if (!found) {
      found = { value: derive(windows) };
      known.set(windows, found);
    }
    last = windows;
    lastValue = found;
    return found.value;
  };
}

/** The steps whose windows hold at least `least` samples; null for all. */
function stepsWith(spans: Spans, least: number): Bitset | null {
  const { count, first, last } = spans;
  const mask = emptyMask(count);
  for (let k = 0; k < count; k++) if (last[k] - first[k] >= least) setBit(mask, k);
  return denseOrMask(mask, count);
}

/** A kernel whose steps have a value where their window holds at least `least` samples. */
function plainKernel(
  least: number,
  compute: (column: Column, windows: Windows, out: Float64Array) => void,
): Kernel {
  const presence = perWindows((windows) => stepsWith(windows, least));
  return (column, windows, out) => {
    compute(column, windows, out.values);
    out.present = presence(windows);
  };
}

/** A kernel whose values depend on times alone. */
function sharedKernel(compute: (windows: Windows, out: Float64Array) => void): Kernel {
  const shared = perWindows((windows) => {
    const values = new Float64Array(windows.count);
    const present = stepsWith(windows, 1);
    compute(windows, values);
    clearAbsent(values, present, windows.count);
    return { values, present };
  });
  return (_, windows, out) => {
    const { values, present } = shared(windows);
    out.values.set(values);
    out.present = present;
  };
}

function rangeSeconds(windows: Windows, isRate: boolean): number {
  return isRate ? windows.rangeMs / 1000 : 0;
}

/** rate and increase. */
function counterKernel(setting: Setting, isRate: boolean): Kernel {
  if (edgesOf(setting.matrix) !== '') return extendedKernel(setting, true, isRate);
  const terms = perWindows((w) => rate.extrapolation(w.timeline.times, w, w.ends, w.rangeMs));
  const { work } = setting;
  return plainKernel(2, (column, windows, out) => {
    const { values, timeline } = column;
    const resets = work.ints(timeline.length);
    const count = column.neverDecreases ? 0 : rate.findResets(values, 0, timeline.length, resets);
    rate.counterRate(values, windows, terms(windows), rangeSeconds(windows, isRate), resets, count, out);
  });
}

function deltaKernel(setting: Setting): Kernel {
  if (edgesOf(setting.matrix) !== '') return extendedKernel(setting, false, false);
  const terms = perWindows((w) => rate.extrapolation(w.timeline.times, w, w.ends, w.rangeMs));
  return plainKernel(2, (column, windows, out) =>
    rate.gaugeDelta(column.values, windows, terms(windows), out),
  );
}

function instantKernel(isRate: boolean): Kernel {
  return plainKernel(2, (column, windows, out) =>
    rate.instantDelta(column.values, column.timeline.times, windows, isRate, out),
  );
}

function eventKernel(setting: Setting, kind: 'resets' | 'changes'): Kernel {
  const { work } = setting;
  if (edgesOf(setting.matrix) === '')
    return plainKernel(1, (column, windows, out) =>
      rate.countEvents(column.values, windows, kind, work.ints(column.timeline.length), out),
    );
  const { lookbackMs } = setting.build.context;
  const derived = perWindows((w) => {
    const { times } = w.timeline;
    const spans = rate.anchoredSpans(times, widened(w, lookbackMs, 0), w.ends, w.rangeMs);
    return { spans, present: stepsWith(spans, 1) };
  });
  return (column, windows, out) => {
    const { spans, present } = derived(windows);
    rate.countEvents(column.values, spans, kind, work.ints(column.timeline.length), out.values);
    out.present = present;
  };
}

/** rate, increase and delta over `anchored` and `smoothed` selectors. */
function extendedKernel(setting: Setting, isCounter: boolean, isRate: boolean): Kernel {
  const { matrix, build } = setting;
  const edges = edgesOf(matrix) === 'smoothed' ? 'smoothed' : 'anchored';
  const { lookbackMs } = build.context;
  const steps = build.grid.count;
  const wide = perWindows((w) => widened(w, lookbackMs, edges === 'smoothed' ? lookbackMs : 0));
  const found = new Uint8Array(steps);
  return (column, windows, out) => {
    rate.extendedDelta(
      column.values,
      column.timeline.times,
      wide(windows),
      windows.ends,
      windows.rangeMs,
      edges,
      isCounter,
      rangeSeconds(windows, isRate),
      out.values,
      found,
    );
    const mask = emptyMask(steps);
    for (let k = 0; k < steps; k++) if (found[k] !== 0) setBit(mask, k);
    out.present = denseOrMask(mask, steps);
  };
}

/** The windows with `beforeMs` more at their start and `afterMs` more at their end. */
function widened(windows: Windows, beforeMs: number, afterMs: number): Spans {
  const { count, ends, rangeMs, timeline } = windows;
  const { times, length } = timeline;
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  let from = 0;
  let to = 0;
  for (let k = 0; k < count; k++) {
    while (to < length && times[to] <= ends[k] + afterMs) to++;
    while (from < to && times[from] <= ends[k] - rangeMs - beforeMs) from++;
    first[k] = from;
    last[k] = to;
  }
  return { count, first, last };
}

/** The values of a scalar argument, read at first use. */
function scalarArgument(expr: Expr, build: Build): () => Float64Array {
  const operator = build.scalar(expr);
  let values: Float64Array | null = null;
  return () => {
    if (!values) {
      values = new Float64Array(build.grid.count);
      operator.readScalar(values);
    }
    return values;
  };
}

function derivKernel({ work }: Setting): Kernel {
  const terms = perWindows((w) => trend.lineTerms(w.timeline.times, w, null, work));
  return plainKernel(2, (column, windows, out) =>
    trend.derivOverTime(column.values, column.timeline.times, windows, terms(windows), work, out),
  );
}

function predictKernel({ node, build, work }: Setting): Kernel {
  const aheads = scalarArgument(node.args[1], build);
  const { startMs, stepMs, count } = build.grid;
  // The step's own time, whatever `@` and offset say about the samples.
  const steps = Float64Array.from({ length: count }, (_, k) => startMs + k * stepMs);
  const terms = perWindows((w) => trend.lineTerms(w.timeline.times, w, steps, work));
  return plainKernel(2, (column, windows, out) =>
    trend.predictOverTime(column.values, column.timeline.times, windows, terms(windows), aheads(), work, out),
  );
}

function quantileKernel({ node, build, work }: Setting): Kernel {
  const phis = scalarArgument(node.args[0], build);
  const warned = new Set<number>();
  return plainKernel(1, (column, windows, out) => {
    const all = phis();
    for (let k = 0; k < all.length; k++) {
      const phi = all[k];
      if ((phi >= 0 && phi <= 1) || windows.last[k] <= windows.first[k] || warned.has(phi)) continue;
      warned.add(phi);
      warnQuantile(phi, node.args[0], build.context);
    }
    overTime.quantileOverTime(column.values, windows, all, work, out);
  });
}

/** Warns of every φ outside 0 to 1. */
export function warnQuantiles(phis: Float64Array, arg: Expr, context: QueryContext): void {
  for (const phi of new Set(phis)) if (!(phi >= 0 && phi <= 1)) warnQuantile(phi, arg, context);
}

function warnQuantile(phi: number, arg: Expr, context: QueryContext): void {
  context.warn(`quantile value should be between 0 and 1, got ${formatGo(phi)}`, arg.span);
}

function smoothingKernel({ node, build, work }: Setting): Kernel {
  const smoothings = scalarArgument(node.args[1], build);
  const trends = scalarArgument(node.args[2], build);
  return plainKernel(2, (column, { count, first, last }, out) => {
    const levels = smoothings();
    const slopes = trends();
    for (let k = 0; k < count; k++) {
      const n = last[k] - first[k];
      work.tick(n);
      if (n > 0) {
        checkFactor('smoothing', 'sf', levels[k]);
        checkFactor('trend', 'tf', slopes[k]);
      }
      out[k] =
        n < 2 ? 0 : trend.doubleExponentialSmoothing(column.values, first[k], last[k], levels[k], slopes[k]);
    }
  });
}

function checkFactor(name: string, symbol: string, factor: number): void {
  if (!(factor <= 0 || factor >= 1)) return;
  const shown = Number.isFinite(factor) ? factor.toFixed(6) : formatGo(factor);
  throw new QueryError('execution', `invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${shown}`);
}

/** Tells the user where rate or increase is applied to what is no counter by its name (or type label). */
function counterCheck(
  node: Call,
  context: QueryContext,
): (labels: Int32Array, out: StepVector, steps: number) => void {
  const { symbols } = context;
  const nameId = symbols.intern('__name__');
  const typeId = symbols.intern('__type__');
  const { typeAndUnitLabels } = context.options.features;
  const { span } = node.args[0];
  let lastPassed = '';
  return (labels, out, steps) => {
    const name = valueText(labels, nameId, symbols);
    if (name === '' || name === lastPassed) return;
    if (typeAndUnitLabels) {
      const type = valueText(labels, typeId, symbols);
      if (type === 'counter' || type === 'histogram' || !anyPresent(out.present, steps)) return;
      context.info(
        `metric might not be a counter, __type__ label is not set to "counter" or "histogram", got ${quoted(type)}: ${quoted(name)}`,
        span,
      );
      return;
    }
    if (/_(?:total|sum|count|bucket)$/.test(name)) lastPassed = name;
    else if (anyPresent(out.present, steps))
      context.info(
        `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quoted(name)}`,
        span,
      );
  };
}

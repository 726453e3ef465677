// Quantiles and fractions of classic histograms: series that differ in `le` alone are the buckets of one histogram.
// Native histograms have no values yet, so the functions that take only those give no series.
import { hasBit, setBit } from '../../storage/model/sample.ts';
import type { Call, Expr } from '../lang/ast.ts';
import { parseFloatGo } from '../math/parse.ts';
import { type BucketFix, bucketFraction, bucketQuantile } from '../math/quantile.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { dropNames, mergeEqual } from './distinct.ts';
import { forMetric, formatG, formatOpenMetrics, quoted } from './fn-text.ts';
import { dropLabels, LabelSets, NO_LABELS, nameIds, valueText, withLabel } from './labels.ts';
import { type Operator, type ScalarOperator, type SeriesTable, StepVector } from './operator.ts';
import { anyPresent, denseOrMask, emptyMask } from './presence.ts';
import { warnQuantile } from './range.ts';

/** One histogram: its bucket series ordered by bound. */
interface Group {
  readonly labels: Int32Array;
  readonly dropName: number;
  readonly name: string;
  readonly series: number[];
  readonly bounds: number[];
}

/** The buckets of one histogram at all steps, and room to compute one step of it. */
class Buckets {
  readonly #input: Operator;
  readonly #vectors: StepVector[] = [];
  readonly #context: QueryContext;
  readonly #steps: number;
  bounds = new Float64Array(0);
  counts = new Float64Array(0);
  #group: Group | null = null;

  constructor(input: Operator, context: QueryContext, steps: number) {
    this.#input = input;
    this.#context = context;
    this.#steps = steps;
  }

  /** Reads the series of a histogram; one after another of the same histogram costs nothing. */
  load(group: Group): void {
    if (group === this.#group) return;
    const { series } = group;
    while (this.#vectors.length < series.length) {
      this.#context.countBytes(this.#steps * 8);
      this.#vectors.push(new StepVector(this.#steps));
    }
    if (this.bounds.length < series.length) {
      this.bounds = new Float64Array(series.length * 2);
      this.counts = new Float64Array(series.length * 2);
    }
    for (let b = 0; b < series.length; b++) this.#input.read(series[b], this.#vectors[b]);
    this.#group = group;
  }

  /** Fills `bounds` and `counts` with the buckets that step k has; returns how many. */
  at(k: number): number {
    const group = this.#group as Group;
    const { bounds, counts } = this;
    let n = 0;
    for (let b = 0; b < group.series.length; b++) {
      const { values, present, histograms } = this.#vectors[b];
      if ((present && !hasBit(present, k)) || histograms?.[k]) continue;
      bounds[n] = group.bounds[b];
      counts[n++] = values[k];
    }
    this.#context.tick(group.series.length);
    return n;
  }
}

/** Groups bucket series into histograms, and warns of series that are no buckets. */
function groupBuckets(input: Operator, arg: Expr, build: Build): Group[] {
  const { symbols } = build.context;
  const table = input.series();
  const le = nameIds(['le'], symbols);
  const leId = symbols.find('le');
  const nameId = symbols.find('__name__');
  const sets = new LabelSets();
  const groups: Group[] = [];
  for (let i = 0; i < table.count; i++) {
    const labels = table.labels(i);
    const text = valueText(labels, leId, symbols);
    const bound = parseFloatGo(text);
    if (bound === null) {
      warnBadBucket(input, i, text, valueText(labels, nameId, symbols), arg, build);
      continue;
    }
    const number = sets.add(dropLabels(labels, le));
    if (number === groups.length)
      groups.push({
        labels: sets.sets[number],
        dropName: table.dropName?.[i] ?? 0,
        name: valueText(labels, nameId, symbols),
        series: [],
        bounds: [],
      });
    insertBucket(groups[number], i, bound);
  }
  return groups;
}

function insertBucket({ series, bounds }: Group, i: number, bound: number): void {
  let at = bounds.length;
  while (at > 0 && bounds[at - 1] > bound) at--;
  bounds.splice(at, 0, bound);
  series.splice(at, 0, i);
}

function warnBadBucket(
  input: Operator,
  i: number,
  text: string,
  name: string,
  arg: Expr,
  build: Build,
): void {
  const { context, grid } = build;
  const vector = new StepVector(grid.count);
  input.read(i, vector);
  if (!anyPresent(vector.present, grid.count)) return;
  context.warn(
    `bucket label "le" is missing or has a malformed value of ${quoted(text)}${forMetric(name)}`,
    arg.span,
  );
}

function groupTable(groups: Group[]): SeriesTable {
  return {
    count: groups.length,
    labels: (i) => groups[i].labels,
    dropName: groups.some((group) => group.dropName !== 0)
      ? Uint8Array.from(groups, (group) => group.dropName)
      : null,
  };
}

/** Values of scalar arguments at all steps, read once. */
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
  let phis: Float64Array = new Float64Array(0);
  const prepare = (): void => {
    phis = readScalars([phi], grid.count)[0];
    for (const p of phis) if (!(p >= 0 && p <= 1)) warnQuantile(p, phiArg, context);
  };
  const fixes = new FixLog(arg, build);
  return histogramOperator(node, arg, build, prepare, (group, buckets, k, n) => {
    const value = bucketQuantile(phis[k], buckets.bounds, buckets.counts, n, fixes.fix);
    if (fixes.fix.forced) fixes.add(group, k);
    return value;
  });
}

/** histogram_fraction(lower, upper, v). */
export function createHistogramFraction(node: Call, build: Build): Operator {
  const bounds = [build.scalar(node.args[0]), build.scalar(node.args[1])];
  let lower: Float64Array = new Float64Array(0);
  let upper: Float64Array = new Float64Array(0);
  const prepare = (): void => {
    [lower, upper] = readScalars(bounds, build.grid.count);
  };
  return histogramOperator(node, node.args[2], build, prepare, (_, buckets, k, n) =>
    bucketFraction(lower[k], upper[k], buckets.bounds, buckets.counts, n),
  );
}

/** A function that makes one value a step of each histogram. */
function histogramOperator(
  node: Call,
  arg: Expr,
  build: Build,
  prepare: () => void,
  compute: (group: Group, buckets: Buckets, k: number, n: number) => number,
): Operator {
  const { context, grid } = build;
  const input = build.vector(arg);
  const buckets = new Buckets(input, context, grid.count);
  let groups: Group[] | null = null;
  const operator: Operator = {
    series() {
      if (!groups) {
        prepare();
        groups = groupBuckets(input, arg, build);
      }
      return dropNames(groupTable(groups), context);
    },
    read(i, out) {
      const group = (groups as Group[])[i];
      buckets.load(group);
      const mask = emptyMask(grid.count);
      for (let k = 0; k < grid.count; k++) {
        const n = buckets.at(k);
        out.values[k] = n > 0 ? compute(group, buckets, k, n) : 0;
        if (n > 0) setBit(mask, k);
      }
      out.present = denseOrMask(mask, grid.count);
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: node.func, inputs: [input] }),
  };
  return mergeEqual(operator, context, grid.count, 'step');
}

/** histogram_quantiles(v, label, φ…): a series for each histogram and φ, the φ as text in a label. */
export function createHistogramQuantiles(node: Call, build: Build): Operator {
  const { context, grid } = build;
  const { symbols } = context;
  const [arg, labelArg, ...phiArgs] = node.args;
  const input = build.vector(arg);
  const phiOperators = phiArgs.map((phi) => build.scalar(phi));
  const labelId = symbols.intern(build.string(labelArg));
  const buckets = new Buckets(input, context, grid.count);
  const fixes = new FixLog(arg, build);
  let groups: Group[] | null = null;
  let phis: Float64Array[] = [];
  let texts: { text: string; phi: number }[] = [];
  let table: SeriesTable | null = null;
  const operator: Operator = {
    series() {
      if (table) return table;
      phis = readScalars(phiOperators, grid.count);
      phis.forEach((values, i) => {
        for (const phi of values) if (!(phi >= 0 && phi <= 1)) warnQuantile(phi, phiArgs[i], context);
      });
      texts = distinctPhis(phis);
      groups = groupBuckets(input, arg, build);
      const sets = groups.flatMap((group) =>
        texts.map(({ text }) => withLabel(group.labels, labelId, symbols.intern(text), symbols)),
      );
      const plain = groupTable(groups);
      const { dropName } = plain;
      table = dropNames(
        {
          count: sets.length,
          labels: (i) => sets[i],
          dropName: dropName && Uint8Array.from(sets, (_, i) => dropName[Math.floor(i / texts.length)]),
        },
        context,
      );
      return table;
    },
    read(i, out) {
      const group = (groups as Group[])[Math.floor(i / texts.length)];
      const { phi } = texts[i % texts.length];
      buckets.load(group);
      const mask = emptyMask(grid.count);
      for (let k = 0; k < grid.count; k++) {
        out.values[k] = 0;
        if (!phis.some((values) => Object.is(values[k], phi))) continue;
        const n = buckets.at(k);
        if (n === 0) continue;
        out.values[k] = bucketQuantile(phi, buckets.bounds, buckets.counts, n, fixes.fix);
        if (fixes.fix.forced) fixes.add(group, k);
        setBit(mask, k);
      }
      out.present = denseOrMask(mask, grid.count);
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: node.func, inputs: [input] }),
  };
  return mergeEqual(operator, context, grid.count, 'step');
}

/** The different φ of all arguments and steps, in order. */
function distinctPhis(phis: Float64Array[]): { text: string; phi: number }[] {
  const found = new Map<string, number>();
  for (const values of phis)
    for (const phi of values) {
      const text = formatOpenMetrics(phi);
      if (!found.has(text)) found.set(text, phi);
    }
  return Array.from(found, ([text, phi]) => ({ text, phi }));
}

/** Gathers what had to be mended, by metric name, into one info each. */
class FixLog {
  readonly fix: BucketFix = { forced: false, minBucket: 0, maxBucket: 0, maxDiff: 0 };
  readonly #arg: Expr;
  readonly #build: Build;
  readonly #byName = new Map<
    string,
    { minBucket: number; maxBucket: number; maxDiff: number; minMs: number; maxMs: number; seen: Set<string> }
  >();

  constructor(arg: Expr, build: Build) {
    this.#arg = arg;
    this.#build = build;
  }

  /** Adds the last fix, made at step k of a histogram. */
  add(group: Group, k: number): void {
    const { context, grid } = this.#build;
    const { fix } = this;
    // Names that are to be gone do not come up in messages.
    const name = context.options.features.delayedNameRemoval ? group.name : '';
    const ms = grid.startMs + k * grid.stepMs;
    let log = this.#byName.get(name);
    if (!log) {
      log = { ...fix, minMs: ms, maxMs: ms, seen: new Set() };
      this.#byName.set(name, log);
      const made = log;
      context.infoAtEnd(() => describeFix(name, made), this.#arg.span);
    }
    log.minBucket = Math.min(log.minBucket, fix.minBucket);
    log.maxBucket = Math.max(log.maxBucket, fix.maxBucket);
    log.maxDiff = Math.max(log.maxDiff, fix.maxDiff);
    log.minMs = Math.min(log.minMs, ms);
    log.maxMs = Math.max(log.maxMs, ms);
    log.seen.add(`${group.series[0]}:${k}`);
  }
}

function describeFix(
  name: string,
  log: {
    minBucket: number;
    maxBucket: number;
    maxDiff: number;
    minMs: number;
    maxMs: number;
    seen: Set<string>;
  },
): string {
  const link = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return (
    `input to histogram_quantile needed to be fixed for monotonicity (see ${link})${forMetric(name)}, ` +
    `from buckets ${formatG(log.minBucket)} to ${formatG(log.maxBucket)}, ` +
    `with a max diff of ${formatG(log.maxDiff, 2)}, ` +
    `over ${log.seen.size} samples from ${time(log.minMs)} to ${time(log.maxMs)}`
  );
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

// Classic histograms as groups of series: those that differ in `le` alone are the buckets of one histogram.
import { hasBit } from '../../storage/model/sample.ts';
import type { Expr } from '../lang/ast.ts';
import { formatGo } from '../lang/number.ts';
import { parseFloatGo } from '../math/parse.ts';
import { type BucketFix, bucketQuantile } from '../math/quantile.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { forMetric, quoted } from './fn-text.ts';
import { dropLabels, LabelSets, nameIds, valueText } from './labels.ts';
import { type Operator, StepVector } from './operator.ts';
import { anyPresent } from './presence.ts';

/** One histogram: its bucket series ordered by bound. */
export interface Group {
  readonly labels: Int32Array;
  readonly dropName: number;
  readonly name: string;
  readonly series: number[];
  readonly bounds: number[];
}

/** The buckets of one histogram at all steps, and room to compute one step of it. */
export class Buckets {
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
export function groupBuckets(input: Operator, arg: Expr, build: Build): Group[] {
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

/** What had to be mended in the histograms of one metric. */
interface Mended {
  minBucket: number;
  maxBucket: number;
  maxDiff: number;
  minMs: number;
  maxMs: number;
  /** Histogram, φ and step of each, so that a second reading does not count twice. */
  readonly seen: Set<string>;
}

/** Gathers what had to be mended, by metric name, into one info each. */
export class FixLog {
  readonly #fix: BucketFix = { forced: false, minBucket: 0, maxBucket: 0, maxDiff: 0 };
  readonly #arg: Expr;
  readonly #build: Build;
  readonly #byName = new Map<string, Mended>();

  constructor(arg: Expr, build: Build) {
    this.#arg = arg;
    this.#build = build;
  }

  /** The φ-quantile of step k, from the first `n` of the buckets; remembers what had to be mended for it. */
  quantile(group: Group, phi: number, buckets: Buckets, k: number, n: number): number {
    const value = bucketQuantile(phi, buckets.bounds, buckets.counts, n, this.#fix);
    if (this.#fix.forced) this.#add(group, phi, k);
    return value;
  }

  #add(group: Group, phi: number, k: number): void {
    const { context, grid } = this.#build;
    const fix = this.#fix;
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
    log.seen.add(`${group.series[0]}:${phi}:${k}`);
  }
}

function describeFix(name: string, log: Mended): string {
  const link = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return (
    `input to histogram_quantile needed to be fixed for monotonicity (see ${link})${forMetric(name)}, ` +
    `from buckets ${formatGo(log.minBucket)} to ${formatGo(log.maxBucket)}, ` +
    `with a max diff of ${formatGo(log.maxDiff, 2)}, ` +
    `over ${log.seen.size} samples from ${time(log.minMs)} to ${time(log.maxMs)}`
  );
}

// info(v, {…}): adds to each series the labels of the info series (`target_info` unless the second argument names
// others) that has the same `instance` and `job`. Which info series that is may change from step to step, so a series
// comes out once for each set of labels that it gets.
import { createMatcher } from '../../storage/model/matcher.ts';
import { hasBit, setBit } from '../../storage/model/sample.ts';
import type { AtModifier, Call, Expr, MatcherNode, VectorSelector } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { sameLabelset } from './distinct.ts';
import { keepLabels, LabelSets, nameIds, showLabels, valueId, valueText, withLabel } from './labels.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';
import { resolved } from './selector.ts';

/** Labels that tell which info series belongs to which series; upstream has them fixed, too. */
const IDENTIFYING = ['instance', 'job'];
const DEFAULT_INFO = 'target_info';
/** Where the name is only restricted by what it must not be. */
const ANY_INFO = '.+_info';

/** One series of the output. */
interface Output {
  readonly labels: Int32Array;
  readonly dropName: number;
  /** Input series that it comes from, and the steps that it takes from each. */
  readonly parts: { readonly base: number; readonly steps: Uint32Array }[];
}

/** info(v) and info(v, {…}). */
export function createInfo(node: Call, build: Build): Operator {
  const { context, grid } = build;
  const base = build.vector(node.args[0]);
  let outputs: Output[] | null = null;
  const vector = new StepVector(grid.count);
  return {
    series() {
      outputs ??= new Enricher(node, build, base).run();
      const all = outputs;
      return {
        count: all.length,
        labels: (i) => all[i].labels,
        dropName: all.some((output) => output.dropName !== 0)
          ? Uint8Array.from(all, (output) => output.dropName)
          : null,
      };
    },
    read(i, out) {
      const mask = emptyMask(grid.count);
      out.values.fill(0);
      for (const { base: from, steps } of (outputs as Output[])[i].parts) {
        base.read(from, vector);
        context.tick(grid.count);
        for (let k = 0; k < grid.count; k++) {
          if (!hasBit(steps, k)) continue;
          if (hasBit(mask, k)) throw sameLabelset();
          setBit(mask, k);
          out.values[k] = vector.values[k];
        }
      }
      out.present = denseOrMask(mask, grid.count);
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: 'info', inputs: [base] }),
  };
}

/** Finds, for every series and step, the info series and thereby the output series. */
class Enricher {
  readonly #build: Build;
  readonly #context: QueryContext;
  readonly #base: Operator;
  readonly #argument: Expr;
  readonly #dataMatchers: MatcherNode[];
  readonly #nameMatchers: MatcherNode[];
  readonly #nameId: number;
  readonly #identifyingIds: Int32Array;
  readonly #outputs: Output[] = [];
  readonly #sets = new LabelSets();
  readonly #steps: number;

  constructor(node: Call, build: Build, base: Operator) {
    this.#build = build;
    this.#context = build.context;
    this.#base = base;
    this.#argument = node.args[0];
    this.#steps = build.grid.count;
    const asked = node.args.length > 1 ? selectorIn(node.args[1])?.matchers : undefined;
    this.#dataMatchers = (asked ?? []).filter((m) => m.name !== '__name__');
    this.#nameMatchers = nameMatchers((asked ?? []).filter((m) => m.name === '__name__'));
    this.#nameId = this.#context.symbols.intern('__name__');
    this.#identifyingIds = nameIds(IDENTIFYING, this.#context.symbols);
  }

  run(): Output[] {
    const table = this.#base.series();
    const isInfo = this.#infoTest();
    const bases = Array.from({ length: table.count }, (_, i) => i);
    const plain = bases.filter((i) => !isInfo(table.labels(i)));
    const infos = this.#infoSteps(table, plain);
    const needsInfo = this.#dataMatchers.some(
      ({ name, op, value }) => !createMatcher(name, op, value).matches(''),
    );
    const vector = new StepVector(this.#steps);
    for (const i of bases) {
      const labels = table.labels(i);
      this.#base.read(i, vector);
      this.#context.tick(this.#steps);
      const drop = table.dropName?.[i] ?? 0;
      const candidates = isInfo(labels) ? null : (infos.get(this.#signature(labels)) ?? []);
      this.#spread(i, labels, drop, vector, candidates, needsInfo);
    }
    return this.#outputs;
  }

  /** Whether a series is itself one of the info series: those stay as they are. */
  #infoTest(): (labels: Int32Array) => boolean {
    const { symbols } = this.#context;
    const matchers = this.#nameMatchers.map(({ name, op, value }) => createMatcher(name, op, value));
    return (labels) => {
      const name = valueText(labels, this.#nameId, symbols);
      return matchers.every((matcher) => matcher.matches(name));
    };
  }

  /** Distributes the steps of one series to output series. */
  #spread(
    i: number,
    labels: Int32Array,
    dropName: number,
    vector: StepVector,
    candidates: readonly Int32Array[] | null,
    needsInfo: boolean,
  ): void {
    const { present } = vector;
    const names = candidates ?? [];
    const picks = new Array<number>(names.length).fill(-2);
    let steps: Uint32Array | null = null;
    let isFirst = true;
    for (let k = 0; k < this.#steps; k++) {
      if (present && !hasBit(present, k)) continue;
      // Which info series count changes rarely, so nearly every step goes where the one before it went.
      let isSame = !isFirst;
      for (let n = 0; n < names.length; n++) {
        if (names[n][k] === picks[n]) continue;
        picks[n] = names[n][k];
        isSame = false;
      }
      isFirst = false;
      if (!isSame) {
        const enriched = this.#enrich(labels, picks, candidates !== null && needsInfo);
        steps = enriched && this.#part(enriched, dropName, i);
      }
      if (steps) setBit(steps, k);
    }
  }

  /** The steps of a series within an output series, still empty. */
  #part(labels: Int32Array, dropName: number, base: number): Uint32Array {
    const number = this.#sets.add(labels);
    if (number === this.#outputs.length) this.#outputs.push({ labels, dropName, parts: [] });
    const { parts } = this.#outputs[number];
    const known = parts.find((part) => part.base === base);
    if (known) return known.steps;
    const steps = emptyMask(this.#steps);
    parts.push({ base, steps });
    return steps;
  }

  /** The labels with those of the info series; null where the series is to be left out. */
  #enrich(labels: Int32Array, picks: readonly number[], needsInfo: boolean): Int32Array | null {
    const { symbols } = this.#context;
    const wanted = this.#dataMatchers.length > 0 ? new Set(this.#dataMatchers.map((m) => m.name)) : null;
    const added = new Map<number, number>();
    let found = false;
    for (const pick of picks) {
      if (pick < 0) continue;
      found = true;
      const info = this.#infoLabels[pick];
      for (let at = 0; at < info.length; at += 2) {
        const name = info[at];
        if (name === this.#nameId || (wanted && !wanted.has(symbols.text(name)))) continue;
        const before = added.get(name);
        if (before !== undefined && before !== info[at + 1])
          throw new QueryError('execution', `conflicting label: ${symbols.text(name)}`);
        if (valueId(labels, name) < 0) added.set(name, info[at + 1]);
      }
    }
    if (!found && needsInfo) return null;
    let out = labels;
    for (const [name, value] of added) out = withLabel(out, name, value, symbols);
    return out;
  }

  #infoLabels: Int32Array[] = [];

  /** Identifying labels of a series, as a key. */
  #signature(labels: Int32Array): string {
    return keepLabels(labels, this.#identifyingIds).join();
  }

  /**
   * Reads the info series: by signature, one array a metric name, each with the number of the info series that counts
   * at each step (-1: none).
   */
  #infoSteps(table: SeriesTable, bases: readonly number[]): Map<string, Int32Array[]> {
    const bySignature = new Map<string, Map<number, { slots: Int32Array; times: Float64Array }>>();
    const selector = this.#infoSelector(table, bases);
    if (!selector) return new Map();
    const input = this.#build.timed(selector);
    const infos = input.series();
    const vector = new StepVector(this.#steps);
    for (let i = 0; i < infos.count; i++) {
      const labels = infos.labels(i);
      input.read(i, vector);
      const signature = this.#signature(labels);
      const names = bySignature.get(signature) ?? new Map();
      bySignature.set(signature, names);
      const name = valueId(labels, this.#nameId);
      let chosen = names.get(name);
      if (!chosen) {
        chosen = { slots: new Int32Array(this.#steps).fill(-1), times: new Float64Array(this.#steps) };
        names.set(name, chosen);
      }
      this.#infoLabels.push(labels);
      this.#choose(chosen, vector, this.#infoLabels.length - 1);
    }
    return new Map(
      Array.from(bySignature, ([key, names]) => [key, Array.from(names.values(), (chosen) => chosen.slots)]),
    );
  }

  /** Where several info series have a value at a step, the newest sample wins. */
  #choose(chosen: { slots: Int32Array; times: Float64Array }, vector: StepVector, number: number): void {
    const { present, timesMs } = vector;
    const { startMs, stepMs } = this.#build.grid;
    for (let k = 0; k < this.#steps; k++) {
      if (present && !hasBit(present, k)) continue;
      if (vector.histograms?.[k]) throw new QueryError('execution', 'info sample should be float');
      const time = timesMs ? timesMs[k] : startMs + k * stepMs;
      const before = chosen.slots[k];
      if (before >= 0 && chosen.times[k] === time) throw this.#duplicate(before, number, time);
      if (before >= 0 && chosen.times[k] > time) continue;
      chosen.slots[k] = number;
      chosen.times[k] = time;
    }
  }

  #duplicate(before: number, now: number, timeMs: number): QueryError {
    const { symbols } = this.#context;
    const show = (number: number): string => showLabels(this.#infoLabels[number], symbols);
    return new QueryError(
      'execution',
      `found duplicate series for info metric: existing ${show(before)} @ ${timeMs}, new ${show(now)} @ ${timeMs}`,
    );
  }

  /** A selector of the info series that can matter; null where no series has identifying labels. */
  #infoSelector(table: SeriesTable, bases: readonly number[]): VectorSelector | null {
    const { symbols } = this.#context;
    const { span } = this.#argument;
    const matchers: MatcherNode[] = [...this.#nameMatchers, ...this.#dataMatchers];
    let isIdentified = false;
    for (const name of IDENTIFYING) {
      const id = symbols.find(name);
      const values = new Set<string>();
      for (const i of bases) {
        const value = valueText(table.labels(i), id, symbols);
        if (value !== '') values.add(value);
      }
      if (values.size === 0) continue;
      isIdentified = true;
      matchers.push({ name, op: '=~', value: Array.from(values, quotePattern).join('|'), span });
    }
    if (!isIdentified) return null;
    const { at, offset } = referenceTime(this.#argument);
    return { kind: 'VectorSelector', span, name: '', matchers, offset, at, edges: '' };
  }
}

/** Restrictions of the info metric's name, completed where they say nothing about what it is. */
function nameMatchers(asked: MatcherNode[]): MatcherNode[] {
  const span = { start: 0, end: 0 };
  if (asked.length === 0) return [{ name: '__name__', op: '=', value: DEFAULT_INFO, span }];
  if (asked.some((m) => m.op === '=' || m.op === '=~')) return asked;
  return [...asked, { name: '__name__', op: '=~', value: ANY_INFO, span }];
}

function selectorIn(expr: Expr): VectorSelector | null {
  if (expr.kind === 'Paren') return selectorIn(expr.expr);
  return expr.kind === 'VectorSelector' ? expr : null;
}

/** Escapes what has a meaning in RE2 patterns. */
function quotePattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/**
 * When the first selector of an expression is looked at: `@` and `offset` of the selector and of the subqueries
 * around it. Info series are looked up at the same moment.
 */
function referenceTime(expr: Expr): { at: AtModifier | null; offset: number } {
  return findReference(expr) ?? { at: null, offset: 0 };
}

function findReference(expr: Expr): { at: AtModifier | null; offset: number } | null {
  switch (expr.kind) {
    case 'VectorSelector':
      return { at: expr.at, offset: resolved(expr.offset) };
    case 'MatrixSelector':
      return findReference(expr.selector);
    case 'Subquery': {
      const inner = findReference(expr.expr);
      if (!inner || inner.at) return inner;
      return { at: expr.at, offset: inner.offset + resolved(expr.offset) };
    }
    default:
      return firstOf(childrenOf(expr));
  }
}

function firstOf(children: readonly Expr[]): { at: AtModifier | null; offset: number } | null {
  for (const child of children) {
    const found = findReference(child);
    if (found) return found;
  }
  return null;
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'Call':
      return expr.args;
    case 'Aggregate':
      return expr.param ? [expr.expr, expr.param] : [expr.expr];
    case 'Binary':
      return [expr.left, expr.right];
    case 'Unary':
    case 'Paren':
      return [expr.expr];
    default:
      return [];
  }
}

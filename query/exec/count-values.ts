// count_values("label", v): how many series have each value, by step, the value's text in a label. The series that
// come out depend on values, so the input is read when the series are asked for.
import type { Aggregate } from '../lang/ast.ts';
import { formatPlain } from '../lang/number.ts';
import { QueryError } from '../result.ts';
import { explainName, groupingOf } from './aggregate.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { dropLabels, LabelSets, withLabel } from './labels.ts';
import { type Operator, StepVector } from './operator.ts';
import { denseOrMask, emptyMask } from './presence.ts';

export function createCountValues(node: Aggregate, build: Build): Operator {
  const { context } = build;
  const steps = build.grid.count;
  const input = build.vector(node.expr);
  const label = labelName(node, build);
  let counts: ValueCounts;
  return {
    series() {
      const table = input.series();
      const buffer = new StepVector(steps);
      const name = context.symbols.intern(label);
      const groupLabels = groupingOf(node, context);
      const valueName = Int32Array.of(name);
      counts = new ValueCounts(name, node.without && node.grouping.includes(label), steps, context);
      for (let i = 0; i < table.count; i++) {
        input.read(i, buffer);
        context.tick(steps);
        counts.add(dropLabels(groupLabels(table.labels(i)), valueName), buffer);
      }
      return { count: counts.labels.length, labels: (i) => counts.labels[i], dropName: null };
    },
    read: (i, out) => counts.read(i, out),
    explain: () => ({ name: explainName(node), inputs: [input] }),
  };
}

/** @throws QueryError where the label is not UTF-8 text or is empty */
function labelName(node: Aggregate, build: Build): string {
  const name = node.param ? build.string(node.param) : '';
  if (name === '' || !name.isWellFormed())
    throw new QueryError(
      'execution',
      `invalid label name ${build.context.text.slice(node.param?.span.start, node.param?.span.end)}`,
    );
  return name;
}

type ValueKey = number | '-0';

/** Bytes that one counted value costs beside its counters: labels, texts and table entries. */
const VALUE_BYTES = 256;

class ValueCounts {
  readonly #name: number;
  /** True where the label that would hold the value is grouped away: values of a group are then counted together. */
  readonly #isDropped: boolean;
  readonly #steps: number;
  readonly #context: QueryContext;
  readonly #groups = new LabelSets();
  /** By group: number of the result series by value. */
  readonly #byValue: Map<ValueKey, number>[] = [];
  readonly labels: Int32Array[] = [];
  #counts = new Float64Array(0);

  constructor(name: number, isDropped: boolean, steps: number, context: QueryContext) {
    this.#name = name;
    this.#isDropped = isDropped;
    this.#steps = steps;
    this.#context = context;
  }

  add(group: Int32Array, vector: StepVector): void {
    const steps = this.#steps;
    const { values, present } = vector;
    const number = this.#groups.add(group);
    if (number === this.#byValue.length) this.#byValue.push(new Map());
    const byValue = this.#byValue[number];
    for (let k = 0; k < steps; k++) {
      if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
      const result = byValue.get(keyOf(values[k])) ?? this.#newResult(group, byValue, values[k]);
      this.#counts[result * steps + k]++;
    }
  }

  #newResult(group: Int32Array, byValue: Map<ValueKey, number>, value: number): number {
    const { symbols } = this.#context;
    if (this.#isDropped) {
      // All values of the group go to one result.
      const known = byValue.values().next().value;
      if (known !== undefined) {
        byValue.set(keyOf(value), known);
        return known;
      }
    }
    const result = this.labels.length;
    const needed = (result + 1) * this.#steps;
    this.#context.countBytes(VALUE_BYTES);
    if (needed > this.#counts.length) {
      const room = Math.max(needed, this.#counts.length * 2, 64);
      this.#context.countBytes((room - this.#counts.length) * 8);
      const counts = new Float64Array(room);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    const text = this.#isDropped ? -1 : symbols.intern(formatPlain(value));
    this.labels.push(text < 0 ? group : withLabel(group, this.#name, text, symbols));
    byValue.set(keyOf(value), result);
    return result;
  }

  read(i: number, out: StepVector): void {
    const steps = this.#steps;
    const mask = emptyMask(steps);
    for (let k = 0, at = i * steps; k < steps; k++, at++) {
      const count = this.#counts[at];
      out.values[k] = count;
      if (count > 0) mask[k >>> 5] |= 1 << (k & 31);
    }
    out.present = denseOrMask(mask, steps);
    out.histograms = null;
    out.timesMs = null;
  }
}

/** A value as a Map's key: Maps take -0 for 0, whose texts differ. */
function keyOf(value: number): ValueKey {
  return Object.is(value, -0) ? '-0' : value;
}

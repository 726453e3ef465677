// What happens when an operation drops the metric name: series that differed in nothing else come to share their
// labels. They are merged where their values take turns, and refused where they meet.
import { bitsetWords } from '../../storage/model/sample.ts';
import { QueryError } from '../result.ts';
import type { QueryContext } from './context.ts';
import { dropLabels, LabelSets, metadataIds } from './labels.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';
import { addPresence, overlaps } from './presence.ts';

/**
 * The table of an operation that makes another metric of its input: metric name, type and unit are dropped, or
 * marked to be dropped at the end where delayed name removal is on.
 */
export function dropNames(table: SeriesTable, context: QueryContext): SeriesTable {
  const { count } = table;
  if (context.options.features.delayedNameRemoval)
    return { count, labels: (i) => table.labels(i), dropName: new Uint8Array(count).fill(1) };
  const names = metadataIds(context.symbols);
  const sets: (Int32Array | undefined)[] = new Array(count);
  return {
    count,
    labels(i) {
      let labels = sets[i];
      if (!labels) {
        labels = dropLabels(table.labels(i), names);
        sets[i] = labels;
      }
      return labels;
    },
    dropName: null,
  };
}

/** The error of two values with the same labels at the same time. */
export function sameLabelset(): QueryError {
  return new QueryError('execution', 'vector cannot contain metrics with the same labelset');
}

/**
 * Where the input's table has a label set more than once, merges those series into one. Where no label set repeats
 * (nearly always), reads pass straight through.
 *
 * - `step`: values of several series may take turns; two at one step are an error. For operations that upstream
 *   evaluates step by step.
 * - `series`: two series of one label set that both have any value are an error. For range functions and
 *   label_replace, label_join.
 *
 * Repeated label sets are looked through before any value is asked for: whoever reads only some of the series (`and`,
 * matching) must still hear of the error.
 *
 * With delayed name removal names are still there, and what meets is an error only at the end, where the engine
 * merges; until then only series of equal labels that take turns become one, in a range query.
 */
export function mergeEqual(
  input: Operator,
  context: QueryContext,
  steps: number,
  mode: 'step' | 'series',
): Operator {
  const isDelayed = context.options.features.delayedNameRemoval;
  return isDelayed && (mode === 'series' || steps === 1)
    ? input
    : new Merged(input, context, steps, mode, true);
}

/** mergeEqual for series of one label set that never meet, as those of `or` do: nothing to look through. */
export function mergeTurns(input: Operator, context: QueryContext, steps: number): Operator {
  const isDelayed = context.options.features.delayedNameRemoval;
  return isDelayed && steps === 1 ? input : new Merged(input, context, steps, 'step', false);
}

/** mergeEqual for label_replace and label_join, whose labels are what they are with delayed name removal too. */
export function mergeLabelled(input: Operator, context: QueryContext, steps: number): Operator {
  return new Merged(input, context, steps, 'step', true);
}

/** mergeEqual for the end of a query, where names have really gone; all of it is read anyway. */
export function mergeResult(input: Operator, context: QueryContext, steps: number): Operator {
  return new Merged(input, context, steps, 'step', false);
}

/** The end of delayed name removal: names go from the series that are marked. */
export function removeNames(input: Operator, context: QueryContext): Operator {
  return {
    series() {
      const table = input.series();
      const { dropName } = table;
      if (!dropName) return table;
      const names = metadataIds(context.symbols);
      return {
        count: table.count,
        labels: (i) => (dropName[i] === 1 ? dropLabels(table.labels(i), names) : table.labels(i)),
        dropName: null,
      };
    },
    read: (i, out) => input.read(i, out),
    explain: () => input.explain(),
  };
}

class Merged implements Operator {
  readonly #input: Operator;
  readonly #context: QueryContext;
  readonly #steps: number;
  readonly #mode: 'step' | 'series';
  readonly #isChecked: boolean;
  /** Members of each output series; null where every label set is there once. */
  #members: number[][] | null = null;
  #buffer: StepVector | null = null;

  constructor(
    input: Operator,
    context: QueryContext,
    steps: number,
    mode: 'step' | 'series',
    isChecked: boolean,
  ) {
    this.#isChecked = isChecked;
    this.#input = input;
    this.#context = context;
    this.#steps = steps;
    this.#mode = mode;
  }

  series(): SeriesTable {
    const table = this.#input.series();
    const { count } = table;
    if (count < 2) return table;
    const sets = new LabelSets();
    const numbers = new Int32Array(count);
    for (let i = 0; i < count; i++) numbers[i] = sets.add(table.labels(i));
    if (sets.count === count) return table;
    const members: number[][] = sets.sets.map(() => []);
    for (let i = 0; i < count; i++) members[numbers[i]].push(i);
    this.#members = members;
    if (this.#isChecked) this.#readRepeated(members);
    const { dropName } = table;
    return {
      count: sets.count,
      labels: (i) => sets.sets[i],
      dropName: dropName && Uint8Array.from(members, (of) => dropName[of[0]]),
    };
  }

  /** Reads what has to be merged, for the error that may come of it. */
  #readRepeated(members: readonly number[][]): void {
    const scratch = new StepVector(this.#steps);
    for (let i = 0; i < members.length; i++) if (members[i].length > 1) this.read(i, scratch);
  }

  read(i: number, out: StepVector): void {
    if (!this.#members) {
      this.#input.read(i, out);
      return;
    }
    const members = this.#members[i];
    this.#input.read(members[0], out);
    if (members.length === 1) return;
    this.#buffer ??= new StepVector(this.#steps);
    for (let m = 1; m < members.length; m++) {
      this.#input.read(members[m], this.#buffer);
      this.#merge(this.#buffer, out);
    }
  }

  #merge(from: StepVector, into: StepVector): void {
    const steps = this.#steps;
    this.#context.tick(steps);
    if (isAbsent(from, steps)) return;
    if (isAbsent(into, steps)) {
      into.values.set(from.values);
      into.present = from.present;
      into.histograms = from.histograms;
      into.timesMs = from.timesMs;
      return;
    }
    if (this.#mode === 'series' || overlaps(from.present, into.present, steps)) throw sameLabelset();
    // Absent slots hold 0 on both sides and no slot is present on both, so adding is choosing; except for -0, which
    // a copy by bit keeps.
    addPresence(from, into, steps);
  }

  explain(): ReturnType<Operator['explain']> {
    return this.#input.explain();
  }
}

function isAbsent(vector: StepVector, steps: number): boolean {
  const { present } = vector;
  if (!present) return steps === 0;
  const words = bitsetWords(steps);
  for (let w = 0; w < words; w++) if (present[w] !== 0) return false;
  return true;
}

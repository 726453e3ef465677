// Arithmetic and comparison of two vectors: one-to-one, many-to-one and one-to-many matching, group labels, fill
// values. Who meets whom is settled from labels before any value is read; what remains to be found out by step is
// whether several series of one signature take turns (fine) or meet (an error).
import type { Binary, VectorMatching } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import {
  columnOp,
  explainBinary,
  incompatibleFloats,
  isComparison,
  isTrim,
  type NumberOp,
} from './arithmetic.ts';
import type { Build } from './build.ts';
import { sameLabelset } from './distinct.ts';
import { checkConflicts } from './match-conflicts.ts';
import { type MatchPlan, planMatches, signSides } from './match-plan.ts';
import { type Operator, StepVector } from './operator.ts';
import {
  addPresence,
  anyPresent,
  clearAbsent,
  emptyMask,
  intersect,
  keepFlagged,
  overlaps,
  PresenceTable,
  subtract,
  uniteInto,
} from './presence.ts';

/** The sides by role: the one that may have several series a signature, and the one that may not. */
export interface Sides {
  readonly many: Operator;
  readonly one: Operator;
}

/** Operator of an arithmetic or comparison node between two vectors. */
export function createMatched(node: Binary, build: Build): Operator {
  const { matching } = node;
  if (!matching) throw new QueryError('execution', `internal: ${node.op} between vectors without matching`);
  const left = build.vector(node.left);
  const right = build.vector(node.right);
  const isSwapped = matching.cardinality === 'one-to-many';
  const sides = isSwapped ? { many: right, one: left } : { many: left, one: right };
  let reader: MatchReader;
  return {
    series() {
      const signed = signSides(sides, matching, build.context);
      checkConflicts(signed, sides, matching, build.context, build.grid.count);
      const plan = planMatches(signed, node, matching, build.context);
      reader = new MatchReader(plan, sides, node, matching, build);
      reader.checkRepeated();
      return { count: plan.labels.length, labels: (i) => plan.labels[i], dropName: plan.dropName };
    },
    read: (i, out) => reader.read(i, out),
    explain: () => ({ name: explainBinary(node), inputs: [left, right] }),
  };
}

/**
 * Reads the series of a plan. Of the fill values, `fill_left` stands for the many side and `fill_right` for the one
 * side, with group_right too, where they are written the other way round: so upstream has it.
 */
class MatchReader {
  readonly #plan: MatchPlan;
  readonly #sides: Sides;
  readonly #node: Binary;
  readonly #matching: VectorMatching;
  readonly #build: Build;
  readonly #steps: number;
  readonly #isSwapped: boolean;
  readonly #filters: boolean;
  readonly #flags: Float64Array;
  /** Where a pair is worked out when its series has several. */
  readonly #work: StepVector;
  readonly #oneBuffer: StepVector;
  #lastOne = -1;
  /** Copies of the one side's series, where many share them. */
  readonly #kept: (StepVector | undefined)[] | null;
  #manyThere: PresenceTable | null = null;
  #oneThere: PresenceTable | null = null;

  constructor(plan: MatchPlan, sides: Sides, node: Binary, matching: VectorMatching, build: Build) {
    const steps = build.grid.count;
    this.#plan = plan;
    this.#sides = sides;
    this.#node = node;
    this.#matching = matching;
    this.#build = build;
    this.#steps = steps;
    this.#isSwapped = matching.cardinality === 'one-to-many';
    this.#filters = isComparison(node.op) && !node.bool;
    build.context.countBytes(steps * 24);
    this.#flags = new Float64Array(this.#filters ? steps : 0);
    this.#work = new StepVector(steps);
    this.#oneBuffer = new StepVector(steps);
    const ones = plan.signed.one.count;
    this.#kept = plan.pairCount > ones ? new Array(ones) : null;
  }

  /**
   * Reads the results that several pairs give, for the error that may come of it: whoever reads only some of the series
   * must still hear of it. Filled pairs of one series take turns.
   */
  checkRepeated(): void {
    if (this.#matching.fillLeft !== null || this.#matching.fillRight !== null) return;
    const { starts } = this.#plan;
    let scratch: StepVector | null = null;
    for (let i = 0; i + 1 < starts.length; i++) {
      if (starts[i + 1] - starts[i] < 2) continue;
      scratch ??= new StepVector(this.#steps);
      this.read(i, scratch);
    }
  }

  read(i: number, out: StepVector): void {
    const { starts, pairs } = this.#plan;
    const from = starts[i];
    const to = starts[i + 1];
    if (to - from === 1) {
      this.#readPair(pairs[from], out, null);
      return;
    }
    this.#readSeveral(pairs.subarray(from, to), out);
  }

  /** Merges the pairs that give the same labels. */
  #readSeveral(pairs: Int32Array, out: StepVector): void {
    const steps = this.#steps;
    const work = this.#work;
    out.values.fill(0);
    out.present = emptyMask(steps);
    out.histograms = null;
    out.timesMs = null;
    const matched = emptyMask(steps);
    let signature = -1;
    for (const pair of pairs) {
      const ofPair = this.#plan.signatureOf(pair);
      if (ofPair !== signature) matched.fill(0);
      signature = ofPair;
      // Two results of one signature at one step are an error of matching even where the comparison drops one.
      this.#readPair(pair, work, (met) => {
        if (overlaps(met, matched, steps))
          throw new QueryError(
            'execution',
            'multiple matches for labels: grouping labels must ensure unique matches',
          );
        uniteInto(met, matched, steps);
      });
      if (!anyPresent(work.present, steps)) continue;
      if (overlaps(work.present, out.present, steps)) throw sameLabelset();
      addPresence(work, out, steps);
    }
  }

  /** Works one pair out; `onMatch` is told the steps at which both sides have a value. */
  #readPair(pair: number, out: StepVector, onMatch: ((met: Uint32Array | null) => void) | null): void {
    const { manyOf, oneOf } = this.#plan;
    const steps = this.#steps;
    const many = manyOf[pair];
    const one = oneOf[pair];
    let other: Float64Array;
    if (many < 0) {
      this.#readFilledMany(one, pair, out);
      other = out.values;
    } else {
      this.#sides.many.read(many, out);
      other = one < 0 ? this.#fillOne(pair, out) : this.#meetOne(one, out);
    }
    this.#build.context.tick(steps);
    onMatch?.(out.present);
    const manyValues = many < 0 ? this.#oneBuffer.values : out.values;
    if (this.#isSwapped) this.#apply(other, manyValues, out);
    else this.#apply(manyValues, other, out);
  }

  /** Narrows `out` to the steps that a series of the one side has too; gives that side's values. */
  #meetOne(one: number, out: StepVector): Float64Array {
    const vector = this.#readOne(one);
    out.present = intersect(out.present, vector.present, this.#steps);
    return vector.values;
  }

  /** Narrows `out` to the steps at which no series of the one side is there; gives the fill value. */
  #fillOne(pair: number, out: StepVector): Float64Array {
    this.#oneThere ??= this.#gather(this.#sides.one, this.#plan.signed.ofOne);
    out.present = subtract(out.present, this.#oneThere.of(this.#plan.signatureOf(pair)), this.#steps);
    this.#lastOne = -1;
    return this.#oneBuffer.values.fill(this.#matching.fillRight ?? 0);
  }

  /** Reads a series of the one side into `out`, narrowed to the steps at which no series of the many side is there. */
  #readFilledMany(one: number, pair: number, out: StepVector): void {
    this.#manyThere ??= this.#gather(this.#sides.many, this.#plan.signed.ofMany);
    this.#sides.one.read(one, out);
    out.present = subtract(out.present, this.#manyThere.of(this.#plan.signatureOf(pair)), this.#steps);
    this.#lastOne = -1;
    this.#oneBuffer.values.fill(this.#matching.fillLeft ?? 0);
  }

  #readOne(one: number): StepVector {
    const kept = this.#kept?.[one];
    if (kept) return kept;
    if (this.#kept) {
      this.#build.context.countBytes(this.#steps * 8);
      const copy = new StepVector(this.#steps);
      this.#sides.one.read(one, copy);
      this.#kept[one] = copy;
      return copy;
    }
    if (one !== this.#lastOne) {
      this.#sides.one.read(one, this.#oneBuffer);
      this.#lastOne = one;
    }
    return this.#oneBuffer;
  }

  #gather(side: Operator, signatures: Int32Array): PresenceTable {
    const { context } = this.#build;
    const { signatureCount } = this.#plan.signed;
    context.countBytes(signatureCount * (this.#steps / 8 + 1));
    const presence = new PresenceTable(signatureCount, this.#steps);
    for (let i = 0; i < signatures.length; i++) {
      side.read(i, this.#oneBuffer);
      context.tick(this.#steps);
      presence.add(signatures[i], this.#oneBuffer.present);
    }
    this.#lastOne = -1;
    return presence;
  }

  /** `left op right` at the steps of `out`; a filter keeps the left side's value. */
  #apply(left: Float64Array, right: Float64Array, out: StepVector): void {
    const steps = this.#steps;
    const { op } = this.#node;
    if (isTrim(op)) {
      if (anyPresent(out.present, steps)) incompatibleFloats(op, this.#node, this.#build.context);
      out.values.fill(0);
      out.present = emptyMask(steps);
      return;
    }
    if (this.#filters) {
      columnOp(op as NumberOp)(left, right, this.#flags, steps);
      if (left !== out.values) out.values.set(left);
      keepFlagged(out, this.#flags, steps);
      return;
    }
    columnOp(op as NumberOp)(left, right, out.values, steps);
    clearAbsent(out.values, out.present, steps);
  }
}

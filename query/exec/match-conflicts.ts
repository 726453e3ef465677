// Matching that is not unique: found before results are read, as upstream finds it before it computes.
import { type Bitset, bitsetWords } from '../../storage/model/sample.ts';
import type { VectorMatching } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import type { QueryContext } from './context.ts';
import { compareLabelIds, showLabels } from './labels.ts';
import type { Sides } from './match.ts';
import type { Signed } from './match-plan.ts';
import { type Operator, StepVector } from './operator.ts';
import { anyPresent, emptyMask, intersect, overlaps, uniteInto } from './presence.ts';
import { signatureOf } from './signature.ts';

/**
 * Looks for steps at which several series of one signature meet: on the one side always, on both sides of a
 * one-to-one operator where there is something to meet. Signatures with one series a side, nearly all of them, cost
 * nothing; the series of the others are read once more.
 * @throws QueryError worded as upstream
 */
export function checkConflicts(
  signed: Signed,
  sides: Sides,
  matching: VectorMatching,
  context: QueryContext,
  steps: number,
): void {
  const check = new ConflictCheck(signed, sides, matching, context, steps);
  for (let signature = 0; signature < signed.signatureCount; signature++)
    if (signed.onesOf[signature].length > 1) check.oneSide(signature);
  if (matching.cardinality === 'one-to-one') check.manySide();
}

class ConflictCheck {
  readonly #signed: Signed;
  readonly #sides: Sides;
  readonly #matching: VectorMatching;
  readonly #context: QueryContext;
  readonly #steps: number;
  readonly #buffer: StepVector;
  #manyAnywhere: Bitset | null = null;

  constructor(signed: Signed, sides: Sides, matching: VectorMatching, context: QueryContext, steps: number) {
    this.#signed = signed;
    this.#sides = sides;
    this.#matching = matching;
    this.#context = context;
    this.#steps = steps;
    this.#buffer = new StepVector(steps);
  }

  #presenceOf(side: Operator, i: number): Bitset | null {
    side.read(i, this.#buffer);
    this.#context.tick(this.#steps);
    return this.#buffer.present;
  }

  /** Steps at which the many side has any series at all: where it has none, upstream does not look at the other. */
  #anywhere(): Bitset {
    if (this.#manyAnywhere) return this.#manyAnywhere;
    const union = emptyMask(this.#steps);
    const { ofMany } = this.#signed;
    for (let m = 0; m < ofMany.length; m++)
      uniteInto(this.#presenceOf(this.#sides.many, m), union, this.#steps);
    this.#manyAnywhere = union;
    return union;
  }

  oneSide(signature: number): void {
    const steps = this.#steps;
    const ones = this.#signed.onesOf[signature];
    const union = emptyMask(steps);
    const isFilled = this.#matching.fillLeft !== null || this.#matching.fillRight !== null;
    for (let n = 0; n < ones.length; n++) {
      const present = this.#presenceOf(this.#sides.one, ones[n]);
      if (overlaps(present, union, steps)) {
        const both = intersect(present, union, steps);
        if (isFilled || overlaps(both, this.#anywhere(), steps)) this.#throwDuplicate(ones, n, both);
      }
      uniteInto(present, union, steps);
    }
  }

  #throwDuplicate(ones: readonly number[], n: number, both: Bitset | null): never {
    let earlier = 0;
    while (earlier < n - 1 && !overlaps(this.#presenceOf(this.#sides.one, ones[earlier]), both, this.#steps))
      earlier++;
    const { symbols } = this.#context;
    const { one } = this.#signed;
    const group = signatureOf(this.#matching, this.#context)(one.labels(ones[n]));
    const side = this.#matching.cardinality === 'one-to-many' ? 'left' : 'right';
    const pair = [one.labels(ones[earlier]), one.labels(ones[n])].sort((a, b) =>
      compareLabelIds(a, b, symbols),
    );
    throw new QueryError(
      'execution',
      `found duplicate series for the match group ${showLabels(group, symbols)} on the ${side} hand-side of the ` +
        `operation: [${pair.map((labels) => showLabels(labels, symbols)).join(', ')}]` +
        ';many-to-many matching not allowed: matching labels must be unique on one side',
    );
  }

  /** In one-to-one matching the left side must be unique too, where it meets something. */
  manySide(): void {
    const { ofMany, signatureCount, onesOf } = this.#signed;
    const counts = new Int32Array(signatureCount);
    for (const signature of ofMany) counts[signature]++;
    const isFilled = this.#matching.fillRight !== null;
    const unions = new Map<number, Bitset>();
    for (let m = 0; m < ofMany.length; m++) {
      const signature = ofMany[m];
      if (counts[signature] < 2 || (onesOf[signature].length === 0 && !isFilled)) continue;
      const present = this.#presenceOf(this.#sides.many, m);
      let union = unions.get(signature);
      if (!union) {
        this.#context.countBytes(bitsetWords(this.#steps) * 4);
        union = emptyMask(this.#steps);
        unions.set(signature, union);
      }
      if (overlaps(present, union, this.#steps)) {
        const both = intersect(present, union, this.#steps);
        if (isFilled || this.#meetsOne(signature, both))
          throw new QueryError(
            'execution',
            'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
          );
      }
      uniteInto(present, union, this.#steps);
    }
  }

  #meetsOne(signature: number, steps: Bitset | null): boolean {
    if (!anyPresent(steps, this.#steps)) return false;
    return this.#signed.onesOf[signature].some((o) =>
      overlaps(this.#presenceOf(this.#sides.one, o), steps, this.#steps),
    );
  }
}

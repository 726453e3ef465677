// Who meets whom in a binary operator between vectors, from labels alone.
import type { Binary, VectorMatching } from '../lang/ast.ts';
import { isComparison, isTrim } from './arithmetic.ts';
import type { QueryContext } from './context.ts';
import { dropLabels, keepLabels, LabelSets, metadataIds, nameIds, valueId, withLabel } from './labels.ts';
import type { Sides } from './match.ts';
import type { SeriesTable } from './operator.ts';
import { signatureOf, signTables } from './signature.ts';

/** The series of both sides and what they are matched by. */
export interface Signed {
  readonly many: SeriesTable;
  readonly one: SeriesTable;
  readonly signatureCount: number;
  /** Signature by series of each side. */
  readonly ofMany: Int32Array;
  readonly ofOne: Int32Array;
  /** Series of the one side by signature. */
  readonly onesOf: readonly (readonly number[])[];
}

/**
 * The pairs of series that meet, by the labels of their results. A pair is a number; -1 for a side stands for its
 * fill value, at the steps where that side has no series of the signature.
 */
export interface MatchPlan {
  readonly signed: Signed;
  readonly pairCount: number;
  /** Series of the many side by pair, -1 where filled. */
  readonly manyOf: Int32Array;
  /** Series of the one side by pair, -1 where filled. */
  readonly oneOf: Int32Array;
  signatureOf(pair: number): number;
  /** The result series: their labels, and their pairs `pairs[starts[i] … starts[i + 1])`, by signature. */
  readonly labels: readonly Int32Array[];
  readonly starts: Int32Array;
  readonly pairs: Int32Array;
  readonly dropName: Uint8Array | null;
}

/** Asks both sides for their series and finds their signatures. */
export function signSides(sides: Sides, matching: VectorMatching, context: QueryContext): Signed {
  const many = sides.many.series();
  const one = sides.one.series();
  const { count, ofLeft: ofMany, ofRight: ofOne } = signTables(many, one, matching, context);
  const onesOf: number[][] = Array.from({ length: count }, () => []);
  for (let o = 0; o < one.count; o++) onesOf[ofOne[o]].push(o);
  return { many, one, signatureCount: count, ofMany, ofOne, onesOf };
}

/** Pairs the series of both sides. The one side is known to be unique by step. */
export function planMatches(
  signed: Signed,
  node: Binary,
  matching: VectorMatching,
  context: QueryContext,
): MatchPlan {
  const { many, one, ofMany, ofOne, onesOf } = signed;
  const labelsOf = resultLabels(signed, node, matching, context);
  const sets = new LabelSets();
  const manyOf: number[] = [];
  const oneOf: number[] = [];
  const resultOf: number[] = [];
  const add = (m: number, o: number): void => {
    context.countBytes(64);
    context.tick(32);
    manyOf.push(m);
    oneOf.push(o);
    resultOf.push(sets.add(labelsOf(m, o)));
  };
  for (let m = 0; m < many.count; m++) {
    for (const o of onesOf[ofMany[m]]) add(m, o);
    if (matching.fillRight !== null) add(m, -1);
  }
  if (matching.fillLeft !== null) for (let o = 0; o < one.count; o++) add(-1, o);

  const isMarked = context.options.features.delayedNameRemoval && node.bool;
  const signatureOf = (pair: number): number =>
    manyOf[pair] < 0 ? ofOne[oneOf[pair]] : ofMany[manyOf[pair]];
  return {
    signed,
    pairCount: manyOf.length,
    manyOf: Int32Array.from(manyOf),
    oneOf: Int32Array.from(oneOf),
    signatureOf,
    labels: sets.sets,
    ...pairsByResult(resultOf, sets.count, signatureOf),
    dropName: isMarked ? new Uint8Array(sets.count).fill(1) : null,
  };
}

function pairsByResult(
  resultOf: readonly number[],
  results: number,
  signatureOf: (pair: number) => number,
): { starts: Int32Array; pairs: Int32Array } {
  const starts = new Int32Array(results + 1);
  for (const result of resultOf) starts[result + 1]++;
  for (let i = 0; i < results; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const pairs = new Int32Array(resultOf.length);
  for (let pair = 0; pair < resultOf.length; pair++) pairs[next[resultOf[pair]]++] = pair;
  for (let i = 0; i < results; i++)
    if (starts[i + 1] - starts[i] > 1)
      pairs.subarray(starts[i], starts[i + 1]).sort((a, b) => signatureOf(a) - signatureOf(b) || a - b);
  return { starts, pairs };
}

/**
 * Labels of a pair's result: the many side's, without the metric name where the operator makes another metric of it;
 * one-to-one narrowed to the matching labels; and the labels of group_left or group_right taken from the one side. A
 * filled side has the labels of the signature.
 */
function resultLabels(
  signed: Signed,
  node: Binary,
  matching: VectorMatching,
  context: QueryContext,
): (many: number, one: number) => Int32Array {
  const { symbols } = context;
  const names = nameIds(matching.labels, symbols);
  const includes = nameIds(matching.include, symbols);
  const metadata = metadataIds(symbols);
  const signature = signatureOf(matching, context);
  const isArithmetic = !isComparison(node.op) && !isTrim(node.op);
  const isNumbers = node.bool && !context.options.features.delayedNameRemoval;
  return (m, o) => {
    const other = o < 0 ? signature(signed.many.labels(m)) : signed.one.labels(o);
    let labels = m < 0 ? signature(other) : signed.many.labels(m);
    if (isArithmetic) labels = dropLabels(labels, metadata);
    if (matching.cardinality === 'one-to-one')
      labels = matching.on ? keepLabels(labels, names) : dropLabels(labels, names);
    for (const name of includes) labels = withLabel(labels, name, valueId(other, name), symbols);
    return isNumbers ? dropLabels(labels, metadata) : labels;
  };
}

// and, or, unless: many-to-many matching, which asks only whether the other side has a value of the same signature.
import type { Binary } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import { explainBinary } from './binary.ts';
import type { Build } from './build.ts';
import { mergeEqual } from './distinct.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';
import { clearAbsent, denseOrMask, intersect, subtract } from './presence.ts';
import { SignaturePresence, type Signatures, signTables } from './signature.ts';

export function createSetOperator(node: Binary, build: Build): Operator {
  if (!node.matching) throw new QueryError('execution', `internal: ${node.op} without matching`);
  if (node.op !== 'or') return createFilter(node, build);
  return mergeEqual(createUnion(node, build), build.context, build.grid.count, 'step');
}

/** `and`, `unless`: series of the left side, at the steps where the right side has, or has not, their signature. */
function createFilter(node: Binary, build: Build): Operator {
  const { context } = build;
  const steps = build.grid.count;
  const left = build.vector(node.left);
  const right = build.vector(node.right);
  const buffer = new StepVector(steps);
  const keeps = node.op === 'and';
  let signatures: Signatures;
  let candidates: Int32Array;
  let isMatched: Uint8Array;
  let there: SignaturePresence | null = null;
  const readRight = (): SignaturePresence => {
    const presence = new SignaturePresence(signatures.count, steps, context);
    const { ofLeft, ofRight } = signatures;
    const isAsked = new Uint8Array(signatures.count);
    for (const signature of ofLeft) isAsked[signature] = 1;
    for (let i = 0; i < ofRight.length; i++) {
      if (isAsked[ofRight[i]] === 0) continue;
      right.read(i, buffer);
      context.tick(steps);
      presence.add(ofRight[i], buffer.present);
    }
    return presence;
  };
  return {
    series() {
      const table = left.series();
      signatures = signTables(table, right.series(), node.matching!, context);
      isMatched = new Uint8Array(signatures.count);
      for (const signature of signatures.ofRight) isMatched[signature] = 1;
      const all = Int32Array.from({ length: table.count }, (_, i) => i);
      candidates = keeps ? all.filter((i) => isMatched[signatures.ofLeft[i]] === 1) : all;
      return pickSeries(table, candidates);
    },
    read(i, out) {
      const signature = signatures.ofLeft[candidates[i]];
      left.read(candidates[i], out);
      if (isMatched[signature] === 0) return;
      there ??= readRight();
      const mask = there.of(signature);
      const present = keeps ? intersect(out.present, mask, steps) : subtract(out.present, mask, steps);
      // `mask` is a view of what all series share; what leaves here is a copy.
      out.present = present && denseOrMask(present === mask ? present.slice() : present, steps);
      clearAbsent(out.values, out.present, steps);
    },
    explain: () => ({ name: explainBinary(node), inputs: [left, right] }),
  };
}

/** Some series of a table. */
export function pickSeries(table: SeriesTable, picked: Int32Array): SeriesTable {
  const { dropName } = table;
  return {
    count: picked.length,
    labels: (i) => table.labels(picked[i]),
    dropName: dropName && Uint8Array.from(picked, (i) => dropName[i]),
  };
}

/** `or`: all of the left side, then the right side's series where the left has no value of their signature. */
function createUnion(node: Binary, build: Build): Operator {
  const { context } = build;
  const steps = build.grid.count;
  const left = build.vector(node.left);
  const right = build.vector(node.right);
  const buffer = new StepVector(steps);
  let signatures: Signatures;
  let leftCount = 0;
  let onLeft: Uint8Array;
  let there: SignaturePresence;
  // Left series are mostly read first, so their masks are gathered in passing.
  let isGathered: Uint8Array;
  let gathered = 0;
  const gather = (i: number, vector: StepVector): void => {
    if (isGathered[i] === 1) return;
    isGathered[i] = 1;
    gathered++;
    there.add(signatures.ofLeft[i], vector.present);
  };
  const gatherRest = (): void => {
    for (let i = 0; gathered < leftCount; i++) {
      if (isGathered[i] === 1) continue;
      left.read(i, buffer);
      context.tick(steps);
      gather(i, buffer);
    }
  };
  return {
    series() {
      const leftTable = left.series();
      const rightTable = right.series();
      leftCount = leftTable.count;
      signatures = signTables(leftTable, rightTable, node.matching!, context);
      there = new SignaturePresence(signatures.count, steps, context);
      onLeft = new Uint8Array(signatures.count);
      for (const signature of signatures.ofLeft) onLeft[signature] = 1;
      isGathered = new Uint8Array(leftCount);
      return joinTables(leftTable, rightTable);
    },
    read(i, out) {
      if (i < leftCount) {
        left.read(i, out);
        gather(i, out);
        return;
      }
      const signature = signatures.ofRight[i - leftCount];
      right.read(i - leftCount, out);
      if (onLeft[signature] === 0) return;
      gatherRest();
      out.present = subtract(out.present, there.of(signature), steps);
      clearAbsent(out.values, out.present, steps);
    },
    explain: () => ({ name: explainBinary(node), inputs: [left, right] }),
  };
}

function joinTables(left: SeriesTable, right: SeriesTable): SeriesTable {
  const count = left.count + right.count;
  let dropName: Uint8Array | null = null;
  if (left.dropName || right.dropName) {
    dropName = new Uint8Array(count);
    if (left.dropName) dropName.set(left.dropName);
    if (right.dropName) dropName.set(right.dropName, left.count);
  }
  return { count, labels: (i) => (i < left.count ? left.labels(i) : right.labels(i - left.count)), dropName };
}

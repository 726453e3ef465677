// and, or, unless: many-to-many matching, which asks only whether the other side has a value of the same signature.
import type { Binary } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import { explainBinary } from './arithmetic.ts';
import type { Build } from './build.ts';
import { mergeTurns } from './distinct.ts';
import { type Operator, StepVector } from './operator.ts';
import { clearAbsent, denseOrMask, intersect, PresenceTable, subtract } from './presence.ts';
import { type Signatures, signTables } from './signature.ts';
import { joinTables, pickSeries } from './tables.ts';

export function createSetOperator(node: Binary, build: Build): Operator {
  if (!node.matching) throw new QueryError('execution', `internal: ${node.op} without matching`);
  if (node.op !== 'or') return createFilter(node, build);
  return mergeTurns(createUnion(node, build), build.context, build.grid.count);
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
  let there: PresenceTable | null = null;
  const readRight = (): PresenceTable => {
    context.countBytes(signatures.count * (steps / 8 + 1));
    const presence = new PresenceTable(signatures.count, steps);
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
      out.present = present && denseOrMask(present, steps);
      clearAbsent(out.values, out.present, steps);
    },
    explain: () => ({ name: explainBinary(node), inputs: [left, right] }),
  };
}

/** How many values of a left side are kept at most. */
const KEPT_SLOTS = 10_000;

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
  let there: PresenceTable;
  // Left series are mostly read first, so their masks are gathered in passing.
  let isGathered: Uint8Array;
  let gathered = 0;
  // What had to be read ahead is kept where it is little: in a chain of `or` a second read would ask the whole chain.
  let keeps = false;
  const kept = new Map<number, StepVector>();
  const gather = (i: number, vector: StepVector): void => {
    if (isGathered[i] === 1) return;
    isGathered[i] = 1;
    gathered++;
    there.add(signatures.ofLeft[i], vector.present);
  };
  const gatherRest = (): void => {
    for (let i = 0; gathered < leftCount; i++) {
      if (isGathered[i] === 1) continue;
      const vector = keeps ? new StepVector(steps) : buffer;
      left.read(i, vector);
      context.tick(steps);
      gather(i, vector);
      if (keeps) kept.set(i, vector);
    }
  };
  return {
    series() {
      const leftTable = left.series();
      const rightTable = right.series();
      leftCount = leftTable.count;
      signatures = signTables(leftTable, rightTable, node.matching!, context);
      context.countBytes(signatures.count * (steps / 8 + 1));
      there = new PresenceTable(signatures.count, steps);
      onLeft = new Uint8Array(signatures.count);
      for (const signature of signatures.ofLeft) onLeft[signature] = 1;
      isGathered = new Uint8Array(leftCount);
      keeps = leftCount * steps <= KEPT_SLOTS;
      return joinTables(leftTable, rightTable);
    },
    read(i, out) {
      if (i < leftCount) {
        const known = kept.get(i);
        if (known) {
          out.values.set(known.values);
          out.present = known.present;
          out.histograms = known.histograms;
          out.timesMs = null;
        } else {
          left.read(i, out);
          gather(i, out);
        }
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

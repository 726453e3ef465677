// Binary and unary operators: scalars with scalars, vectors with scalars. Two vectors meet in match.ts (arithmetic
// and comparison) and set-operators.ts.
import type { Binary, BinaryOp, Unary } from '../lang/ast.ts';
import { typeOf } from '../lang/check.ts';
import { columnOp, isComparison, isSetOperator, isTrim, type NumberOp } from './arithmetic.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { dropNames, mergeEqual } from './distinct.ts';
import { createMatched } from './match.ts';
import type { Operator, ScalarOperator, StepVector } from './operator.ts';
import { clearAbsent, denseOrMask, emptyMask } from './presence.ts';
import { createSetOperator } from './set-operators.ts';

/** Operator of a binary node of which at least one side is a vector. */
export function createBinary(node: Binary, build: Build): Operator {
  const leftIsScalar = typeOf(node.left) === 'scalar';
  const rightIsScalar = typeOf(node.right) === 'scalar';
  if (leftIsScalar || rightIsScalar) return createWithScalar(node, leftIsScalar, build);
  if (isSetOperator(node.op)) return createSetOperator(node, build);
  return createMatched(node, build);
}

/** Operator of a binary node between scalars. */
export function createScalarBinary(node: Binary, build: Build): ScalarOperator {
  const left = build.scalar(node.left);
  const right = build.scalar(node.right);
  const op = columnOp(node.op as NumberOp);
  const steps = build.grid.count;
  build.context.countBytes(steps * 8);
  const buffer = new Float64Array(steps);
  return {
    readScalar(out) {
      left.readScalar(out);
      right.readScalar(buffer);
      build.context.tick(steps);
      op(out, buffer, out, steps);
    },
    explain: () => ({ name: node.op, inputs: [left, right] }),
  };
}

function createWithScalar(node: Binary, leftIsScalar: boolean, build: Build): Operator {
  const { context } = build;
  const { op } = node;
  const steps = build.grid.count;
  const vector = build.vector(leftIsScalar ? node.right : node.left);
  const scalar = build.scalar(leftIsScalar ? node.left : node.right);
  const explain = (): ReturnType<Operator['explain']> => ({ name: explainBinary(node), inputs: [vector] });
  if (isTrim(op)) return createTrimmed(vector, op, node, context);
  const apply = columnOp(op as NumberOp);
  const filters = isComparison(op) && !node.bool;
  context.countBytes(steps * 16);
  const flags = new Float64Array(steps);
  let scalars: Float64Array | null = null;
  const operator: Operator = {
    series: () => (filters ? vector.series() : dropNames(vector.series(), context)),
    read(i, out) {
      if (!scalars) {
        scalars = new Float64Array(steps);
        scalar.readScalar(scalars);
      }
      vector.read(i, out);
      context.tick(steps);
      const { values } = out;
      const target = filters ? flags : values;
      if (leftIsScalar) apply(scalars, values, target, steps);
      else apply(values, scalars, target, steps);
      if (filters) keepFlagged(out, flags, steps);
      else clearAbsent(values, out.present, steps);
    },
    explain,
  };
  return filters ? operator : mergeEqual(operator, context, steps, 'step');
}

/** Leaves a vector the steps whose flag is set; the flags of absent steps do not matter. */
export function keepFlagged(out: StepVector, flags: Float64Array, steps: number): void {
  const { values, present } = out;
  const mask = emptyMask(steps);
  for (let k = 0; k < steps; k++) {
    const isThere = !present || (present[k >>> 5] & (1 << (k & 31))) !== 0;
    if (isThere && flags[k] !== 0) mask[k >>> 5] |= 1 << (k & 31);
    else values[k] = 0;
  }
  out.present = denseOrMask(mask, steps);
}

/** `</` and `>/` trim histograms; a float on the left gives nothing, and an info says why. */
function createTrimmed(vector: Operator, op: BinaryOp, node: Binary, context: QueryContext): Operator {
  return {
    series: () => vector.series(),
    read(i, out) {
      vector.read(i, out);
      if (!out.present || out.present.some((word) => word !== 0)) incompatibleFloats(op, node, context);
      out.values.fill(0);
      out.present = emptyMask(out.values.length);
    },
    explain: () => ({ name: explainBinary(node), inputs: [vector] }),
  };
}

/** The info that an operator makes no sense between floats. */
export function incompatibleFloats(op: BinaryOp, node: Binary, context: QueryContext): void {
  context.info(
    `incompatible sample types encountered for binary operator "${op}": float ${op} float`,
    node.span,
  );
}

/** A binary operator without its sides, for explain. */
export function explainBinary(node: Binary): string {
  const { matching } = node;
  if (!matching || (matching.labels.length === 0 && !matching.on)) return node.op;
  return `${node.op} ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})`;
}

/** `+v` is v; `-v` is another metric. */
export function createUnary(node: Unary, build: Build): Operator {
  const input = build.vector(node.expr);
  if (node.op === '+') return input;
  const { context } = build;
  const steps = build.grid.count;
  const negated: Operator = {
    series: () => dropNames(input.series(), context),
    read(i, out) {
      input.read(i, out);
      context.tick(steps);
      const { values } = out;
      for (let k = 0; k < steps; k++) values[k] = -values[k];
      clearAbsent(values, out.present, steps);
    },
    explain: () => ({ name: '-', inputs: [input] }),
  };
  return mergeEqual(negated, context, steps, 'step');
}

export function createScalarUnary(node: Unary, build: Build): ScalarOperator {
  const input = build.scalar(node.expr);
  if (node.op === '+') return input;
  return {
    readScalar(out) {
      input.readScalar(out);
      for (let k = 0; k < out.length; k++) out[k] = -out[k];
    },
    explain: () => ({ name: '-', inputs: [input] }),
  };
}

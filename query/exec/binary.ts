// Binary and unary operators: scalars with scalars, vectors with scalars. Two vectors meet in match.ts (arithmetic
// and comparison) and set-operators.ts.
import type { Binary, BinaryOp, Expr, Unary } from '../lang/ast.ts';
import { typeOf } from '../lang/check.ts';
import {
  columnOp,
  explainBinary,
  incompatibleFloats,
  isComparison,
  isSetOperator,
  isTrim,
  type NumberOp,
} from './arithmetic.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { dropNames, mergeEqual } from './distinct.ts';
import { createMatched } from './match.ts';
import type { Operator, ScalarOperator } from './operator.ts';
import { anyPresent, clearAbsent, emptyMask, keepFlagged } from './presence.ts';
import { createSetOperator } from './set-operators.ts';

/** Operator of a binary node of which at least one side is a vector. */
export function createBinary(node: Binary, build: Build): Operator {
  const leftIsScalar = typeOf(node.left) === 'scalar';
  const rightIsScalar = typeOf(node.right) === 'scalar';
  if (leftIsScalar || rightIsScalar) return createWithScalar(node, leftIsScalar, build);
  if (isSetOperator(node.op)) return createSetOperator(node, build);
  return createMatched(node, build);
}

/** Operator of a binary node between scalars. A chain `1 + 2 + 3 …` is one loop, however long it is. */
export function createScalarBinary(node: Binary, build: Build): ScalarOperator {
  const steps = build.grid.count;
  const links: { op: NumberOp; right: ScalarOperator }[] = [];
  let first: Expr = node;
  for (; first.kind === 'Binary'; first = first.left)
    links.push({ op: first.op as NumberOp, right: build.scalar(first.right) });
  links.reverse();
  const left = build.scalar(first);
  build.context.countBytes(steps * 8);
  const buffer = new Float64Array(steps);
  return {
    readScalar(out) {
      left.readScalar(out);
      for (const { op, right } of links) {
        right.readScalar(buffer);
        build.context.tick(steps);
        columnOp(op)(out, buffer, out, steps);
      }
    },
    explain: () => ({ name: node.op, inputs: [left, ...links.map(({ right }) => right)] }),
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

/** `</` and `>/` trim histograms; a float on the left gives nothing, and an info says why. */
function createTrimmed(vector: Operator, op: BinaryOp, node: Binary, context: QueryContext): Operator {
  return {
    series: () => vector.series(),
    read(i, out) {
      vector.read(i, out);
      if (anyPresent(out.present, out.values.length)) incompatibleFloats(op, node, context);
      out.values.fill(0);
      out.present = emptyMask(out.values.length);
    },
    explain: () => ({ name: explainBinary(node), inputs: [vector] }),
  };
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

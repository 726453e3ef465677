// Parts of a query that give the same at every step, because `@` holds all their selectors in place: evaluated at
// one step and spread over all.
import type { Expr } from '../lang/ast.ts';
import type { QueryContext } from './context.ts';
import { type Grid, type Operator, type ScalarOperator, StepVector } from './operator.ts';

/** Functions whose value depends on the step even where their arguments do not. */
const STEP_DEPENDENT = new Set([
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'predict_linear',
  'time',
  'timestamp',
  'year',
]);

/** Answers by node: builds ask at every level of the tree, and nodes never change. */
const known = new WeakMap<Expr, boolean>();

/** Whether an expression has the same value at every step of a grid. */
export function isStepInvariant(expr: Expr): boolean {
  let answer = known.get(expr);
  if (answer === undefined) {
    answer = decide(expr);
    known.set(expr, answer);
  }
  return answer;
}

function decide(expr: Expr): boolean {
  switch (expr.kind) {
    case 'NumberLiteral':
    case 'StringLiteral':
      return true;
    case 'VectorSelector':
    case 'Subquery':
      return expr.at !== null;
    case 'MatrixSelector':
      return isStepInvariant(expr.selector);
    case 'Paren':
    case 'Unary':
      return isStepInvariant(expr.expr);
    case 'Binary':
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case 'Aggregate':
      return isStepInvariant(expr.expr) && (!expr.param || isStepInvariant(expr.param));
    case 'Call':
      return !STEP_DEPENDENT.has(expr.func) && expr.args.every(isStepInvariant);
  }
}

/** A vector of a one-step grid at every step of another. */
export function spreadVector(once: Operator, grid: Grid, context: QueryContext): Operator {
  const single = new StepVector(1);
  const nowhere = new Uint32Array((grid.count + 31) >>> 5);
  return {
    series: () => once.series(),
    read(i, out) {
      once.read(i, single);
      context.tick(grid.count);
      const isThere = single.present?.[0] !== 0;
      out.values.fill(isThere ? single.values[0] : 0);
      out.present = isThere ? null : nowhere;
      const histogram = single.histograms?.[0];
      out.histograms = histogram ? new Array(grid.count).fill(histogram) : null;
      out.timesMs = null;
    },
    explain: () => ({ name: 'once', inputs: [once] }),
  };
}

/** A scalar of a one-step grid at every step of another. */
export function spreadScalar(once: ScalarOperator): ScalarOperator {
  const single = new Float64Array(1);
  return {
    readScalar(out) {
      once.readScalar(single);
      out.fill(single[0]);
    },
    explain: () => ({ name: 'once', inputs: [once] }),
  };
}

/** A literal. */
export function constantScalar(value: number): ScalarOperator {
  return {
    readScalar(out) {
      out.fill(value);
    },
    explain: () => ({ name: String(value), inputs: [] }),
  };
}

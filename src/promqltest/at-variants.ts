// Other ways to ask an instant query that must give the same answer: with `@` of its own time at every selector, it
// no longer matters when it is asked.
import type { AtModifier, Expr, VectorSelector } from '../../query/index.ts';
import { print } from '../../query/index.ts';
import { parseQuery } from './parse-query.ts';

/** Functions whose value depends on the evaluation time although their arguments do not. */
const TIME_DEPENDENT = new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'hour',
  'minute',
  'month',
  'year',
  'end',
  'predict_linear',
  'start',
  'time',
  'timestamp',
]);

/** The pinned query at some other times; none where its value may depend on the time. */
export function atVariants(query: string, atMs: number): { query: string; atMs: number }[] {
  const expr = parseQuery(query);
  if (!expr || isTimeDependent(expr)) return [];
  const pinned = print(pin(expr, { kind: 'time', ms: atMs }, false));
  const times = atMs === 0 ? [-1000, 0, 1000] : [-10 * atMs, 0, Math.trunc(atMs / 5), atMs, 10 * atMs];
  return times.map((ms) => ({ query: pinned, atMs: ms }));
}

function isTimeDependent(expr: Expr): boolean {
  switch (expr.kind) {
    case 'Call':
      return TIME_DEPENDENT.has(expr.func) || expr.args.some(isTimeDependent);
    case 'Aggregate':
      return isTimeDependent(expr.expr) || (expr.param !== null && isTimeDependent(expr.param));
    case 'Binary':
      return isTimeDependent(expr.left) || isTimeDependent(expr.right);
    case 'Subquery':
    case 'Unary':
    case 'Paren':
      return isTimeDependent(expr.expr);
    default:
      return false;
  }
}

/** Sets `@` wherever there is none and no subquery around has one. */
function pin(expr: Expr, at: AtModifier, isPinned: boolean): Expr {
  switch (expr.kind) {
    case 'VectorSelector':
      return pinSelector(expr, at, isPinned);
    case 'MatrixSelector':
      return { ...expr, selector: pinSelector(expr.selector, at, isPinned) };
    case 'Subquery':
      // Pinned by itself or by what is set here: the inside moves with the subquery's own steps.
      return { ...expr, at: isPinned ? expr.at : (expr.at ?? at), expr: pin(expr.expr, at, true) };
    case 'Call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, at, isPinned)) };
    case 'Aggregate':
      return {
        ...expr,
        expr: pin(expr.expr, at, isPinned),
        param: expr.param && pin(expr.param, at, isPinned),
      };
    case 'Binary':
      return { ...expr, left: pin(expr.left, at, isPinned), right: pin(expr.right, at, isPinned) };
    case 'Unary':
    case 'Paren':
      return { ...expr, expr: pin(expr.expr, at, isPinned) };
    default:
      return expr;
  }
}

function pinSelector(selector: VectorSelector, at: AtModifier, isPinned: boolean): VectorSelector {
  return isPinned || selector.at ? selector : { ...selector, at };
}

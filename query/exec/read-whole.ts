// Parts of a query that may warn are read whole. Upstream evaluates both sides of every operator; here a side is read only
// as far as the other side meets it, so what was left unread is read at the end, for what it has to say.
import type { Expr } from '../lang/ast.ts';
import type { QueryContext } from './context.ts';
import { type Operator, type SeriesTable, StepVector } from './operator.ts';

/** Functions whose annotations depend on the values they read. */
const ANNOTATING = new Set([
  'rate',
  'increase',
  'quantile_over_time',
  'histogram_quantile',
  'histogram_quantiles',
  'histogram_fraction',
]);

/** Whether evaluating this node itself, whatever is inside it, may warn. */
export function mayAnnotate(expr: Expr): boolean {
  if (expr.kind === 'Call') return ANNOTATING.has(expr.func);
  if (expr.kind === 'Aggregate') return expr.op === 'quantile';
  return expr.kind === 'Binary' && (expr.op === '</' || expr.op === '>/');
}

/** The operator, of which every series is read by the end of the query. */
export function readWhole(operator: Operator, context: QueryContext, steps: number): Operator {
  let table: SeriesTable | null = null;
  let seen = new Uint8Array(0);
  const series = (): SeriesTable => {
    if (!table) {
      table = operator.series();
      context.countBytes(table.count);
      seen = new Uint8Array(table.count);
    }
    return table;
  };
  context.atEnd(() => {
    const { count } = series();
    let out: StepVector | null = null;
    for (let i = 0; i < count; i++) {
      if (seen[i] !== 0) continue;
      out ??= new StepVector(steps);
      operator.read(i, out);
    }
  });
  return {
    series,
    read(i, out) {
      seen[i] = 1;
      operator.read(i, out);
    },
    explain: () => operator.explain(),
  };
}

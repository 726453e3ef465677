// absent() and the labels that absent() and absent_over_time() give: those that the selector asks for by `=`.
import type { Call, Expr, MatcherNode } from '../lang/ast.ts';
import type { Build } from './build.ts';
import type { QueryContext } from './context.ts';
import { NO_LABELS, withLabel } from './labels.ts';
import { type Operator, StepVector } from './operator.ts';
import { clearAbsent, denseOrMask, emptyMask, fullMask, subtract, uniteInto } from './presence.ts';
import { createAbsentOverTime } from './range.ts';

/** absent(v): 1 at the steps at which no series has a value. */
export function createAbsent(node: Call, build: Build): Operator {
  const { context, grid } = build;
  const input = build.vector(node.args[0]);
  const labels = absentLabels(node.args[0], context);
  let count = 0;
  return {
    series() {
      count = input.series().count;
      return { count: 1, labels: () => labels, dropName: null };
    },
    read(_, out) {
      const seen = emptyMask(grid.count);
      const vector = new StepVector(grid.count);
      for (let i = 0; i < count; i++) {
        input.read(i, vector);
        uniteInto(vector.present, seen, grid.count);
      }
      const left = subtract(fullMask(grid.count), seen, grid.count) ?? fullMask(grid.count);
      out.values.fill(1);
      out.present = denseOrMask(left, grid.count);
      out.histograms = null;
      out.timesMs = null;
      clearAbsent(out.values, out.present, grid.count);
    },
    explain: () => ({ name: 'absent', inputs: [input] }),
  };
}

/** absent_over_time(m). */
export function createAbsentRange(node: Call, build: Build): Operator {
  return createAbsentOverTime(node, build, absentLabels(node.args[0], build.context));
}

/** Labels of the result: every `label="value"` of a plain selector, unless the label is asked for twice. */
function absentLabels(arg: Expr, context: QueryContext): Int32Array {
  let expr = arg;
  while (expr.kind === 'Paren') expr = expr.expr;
  const selector = expr.kind === 'MatrixSelector' ? expr.selector : expr;
  if (selector.kind !== 'VectorSelector') return NO_LABELS;
  const { symbols } = context;
  let labels = NO_LABELS;
  for (const [name, matcher] of equalities(selector.matchers))
    labels = withLabel(labels, symbols.intern(name), symbols.intern(matcher), symbols);
  return labels;
}

function equalities(matchers: readonly MatcherNode[]): Map<string, string> {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, op, value } of matchers) {
    if (name === '__name__') continue;
    if (op === '=' && !seen.has(name)) {
      found.set(name, value);
      seen.add(name);
    } else found.delete(name);
  }
  return found;
}

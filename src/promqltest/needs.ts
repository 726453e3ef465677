// Which statements are skipped: those about native histograms or start timestamps, which the store does not hold
// yet. The rule looks at the statement's own text and at the data loaded, never at where the statement stands.

import type { Expr, VectorSelector } from '../../query/index.ts';
import { type Labels, labelValue } from '../../storage/model/labels.ts';
import { createMatcher, PatternError } from '../../storage/model/matcher.ts';
import { parseQuery } from './parse-query.ts';
import type { EvalCommand } from './script.ts';

/** Series loaded that hold more than plain floats. */
export interface LoadedKinds {
  readonly histograms: Labels[];
  readonly starts: Labels[];
}

/** Why a statement cannot be run, null where it can. */
export function needsUnsupported(command: EvalCommand, loaded: LoadedKinds): string | null {
  if (command.series.some(({ values }) => values.some((value) => value.kind === 'histogram')))
    return 'expects a native histogram';
  const expr = parseQuery(command.query);
  if (!expr) return null;
  const found = { selectors: [] as VectorSelector[], functions: new Set<string>() };
  walk(expr, found);
  if (found.functions.has('start_timestamp')) return 'asks for start timestamps';
  const tests = found.selectors.map(selectorTest);
  if (loaded.histograms.some((labels) => tests.some((test) => test(labels))))
    return 'selects series with native histograms';
  if (loaded.starts.some((labels) => tests.some((test) => test(labels))))
    return 'selects series with start timestamps';
  return null;
}

/** Whether a selector picks a label set. */
function selectorTest(selector: VectorSelector): (labels: Labels) => boolean {
  try {
    const matchers = selector.matchers.map(({ name, op, value }) => createMatcher(name, op, value));
    return (labels) => matchers.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
  } catch (error) {
    if (error instanceof PatternError) return () => false;
    throw error;
  }
}

function walk(expr: Expr, found: { selectors: VectorSelector[]; functions: Set<string> }): void {
  switch (expr.kind) {
    case 'VectorSelector':
      found.selectors.push(expr);
      break;
    case 'MatrixSelector':
      found.selectors.push(expr.selector);
      break;
    case 'Call':
      found.functions.add(expr.func);
      for (const arg of expr.args) walk(arg, found);
      break;
    case 'Aggregate':
      walk(expr.expr, found);
      if (expr.param) walk(expr.param, found);
      break;
    case 'Binary':
      walk(expr.left, found);
      walk(expr.right, found);
      break;
    case 'Subquery':
    case 'Unary':
    case 'Paren':
      walk(expr.expr, found);
      break;
    default:
      break;
  }
}

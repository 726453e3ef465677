// "Why is there nothing?": looks at the selectors of a query that gave no series, and says which of their matchers
// fit nothing, with the nearest name or value that exists.
import { METRIC_NAME } from '../../storage/model/labels.ts';
import type { Matcher } from '../../storage/model/matcher.ts';
import type { Expr, VectorSelector } from '../lang/ast.ts';
import { nearest } from '../lang/suggest.ts';
import type { QueryContext } from './context.ts';
import { matchersOf, sourceText } from './selector.ts';

/** The first and last moment of a Date. */
const FIRST_MS = -8.64e15;
const LAST_MS = 8.64e15;

/** A sentence for each selector that picks no series, or only such as have no samples in the time asked for. */
export function whyEmpty(expr: Expr, context: QueryContext): string[] {
  const hints = new Set<string>();
  for (const selector of selectorsOf(expr)) hints.add(explainSelector(selector, context));
  return [...hints];
}

function explainSelector(selector: VectorSelector, context: QueryContext): string {
  const text = sourceText(selector, context);
  const matchers = matchersOf(selector);
  if (countSeries(matchers, context) > 0)
    return `${text} has series, but none with a sample in the time asked for, or nothing is left of them`;
  const names = matchers.filter((matcher) => matcher.name === METRIC_NAME);
  if (names.length > 0 && countSeries(names, context) === 0)
    return withNearest(names[0], [], 'no metric is called', context);
  for (const matcher of matchers) {
    if (matcher.name === METRIC_NAME || countSeries([...names, matcher], context) > 0) continue;
    const subject = `no series of ${selector.name === '' ? 'any metric' : selector.name} has`;
    return withNearest(matcher, names, subject, context);
  }
  return `each matcher of ${text} fits some series, but no series fits all of them`;
}

function countSeries(matchers: readonly Matcher[], context: QueryContext): number {
  return context.view.select(matchers, FIRST_MS, LAST_MS).count;
}

/** Names what fits nothing and, for plain texts, what is nearest to it among the values that the label has. */
function withNearest(matcher: Matcher, among: Matcher[], subject: string, context: QueryContext): string {
  const isName = matcher.name === METRIC_NAME;
  const what =
    isName && matcher.op === '='
      ? matcher.value
      : `${matcher.name}${matcher.op}${JSON.stringify(matcher.value)}`;
  if (matcher.op !== '=') return `${subject} ${what}`;
  const { values } = context.view.labelValues(
    matcher.name,
    among.length > 0 ? [among] : [],
    FIRST_MS,
    LAST_MS,
    0,
  );
  const meant = nearest(matcher.value, values);
  return meant === undefined ? `${subject} ${what}` : `${subject} ${what}; did you mean ${meant}?`;
}

/** The selectors of a tree, from left to right; without recursion down the left side of long chains. */
function* selectorsOf(expr: Expr): Generator<VectorSelector> {
  const open: Expr[] = [expr];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.kind === 'VectorSelector') yield node;
    else open.push(...childrenOf(node).reverse());
  }
}

function childrenOf(node: Expr): Expr[] {
  switch (node.kind) {
    case 'Binary':
      return [node.left, node.right];
    case 'Call':
      return [...node.args];
    case 'Aggregate':
      return node.param ? [node.param, node.expr] : [node.expr];
    case 'MatrixSelector':
      return [node.selector];
    case 'Subquery':
    case 'Unary':
    case 'Paren':
      return [node.expr];
    default:
      return [];
  }
}

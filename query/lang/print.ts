// Tree to canonical text on one line, as Prometheus writes expressions: matchers sorted, `by (a, b)` before the
// arguments, `@` before `offset`, durations in their shortest units.
import type {
  Aggregate,
  AtModifier,
  Binary,
  Duration,
  DurationExpr,
  Expr,
  MatcherNode,
  MatrixSelector,
  NumberLiteral,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { isNamedOutside } from './check.ts';
import { formatDuration, toMilliseconds } from './duration.ts';
import { formatGo, formatPlain } from './number.ts';
import { isPlainLabel, quote } from './quote.ts';

/** Canonical text. Long chains of operators are written without recursion. */
export function print(expr: Expr): string {
  const chain: Binary[] = [];
  let node = expr;
  while (node.kind === 'Binary') {
    chain.push(node);
    node = node.left;
  }
  const parts = [printBase(chain.at(-1)) ?? printNode(node)];
  while (chain.length > 0) {
    const binary = chain.pop() as Binary;
    parts.push(` ${printOperator(binary)} `, print(binary.right));
  }
  return parts.length === 1 ? parts[0] : parts.join('');
}

/** `Inf` as the base of a power has no sign: `+Inf ^ a` would be read as `+(Inf ^ a)`. Null for any other left side. */
export function printBase(binary: Binary | undefined): string | null {
  const isInfinite = binary?.left.kind === 'NumberLiteral' && binary.left.value === Infinity;
  return isInfinite && binary.op === '^' ? 'Inf' : null;
}

function printNode(node: Exclude<Expr, Binary>): string {
  switch (node.kind) {
    case 'NumberLiteral':
      return printNumber(node);
    case 'StringLiteral':
      return quote(node.value);
    case 'VectorSelector':
      return printVector(node);
    case 'MatrixSelector':
      return printMatrix(node);
    case 'Subquery':
      return print(node.expr) + printSubquerySuffix(node);
    case 'Paren':
      return `(${print(node.expr)})`;
    case 'Unary':
      return node.op + print(node.expr);
    case 'Call':
      return `${node.func}(${node.args.map(print).join(', ')})`;
    case 'Aggregate': {
      const param = node.param ? `${print(node.param)}, ` : '';
      return `${printAggregation(node)}(${param}${print(node.expr)})`;
    }
  }
}

/** `sum by (job) `: an aggregation up to its arguments. */
export function printAggregation({ op, without, grouping }: Aggregate): string {
  if (without) return `${op} without (${printLabels(grouping)}) `;
  return grouping.length > 0 ? `${op} by (${printLabels(grouping)}) ` : op;
}

/** `+ on (job) group_left ()`: an operator with its modifiers. */
export function printOperator({ op, bool, matching }: Binary): string {
  return `${op}${bool ? ' bool' : ''}${matching ? printMatching(matching) : ''}`;
}

function printMatching({ cardinality, labels, on, include, fillLeft, fillRight }: VectorMatching): string {
  const isGrouped = cardinality === 'many-to-one' || cardinality === 'one-to-many';
  let text = '';
  if (labels.length > 0 || on || isGrouped) text += ` ${on ? 'on' : 'ignoring'} (${printLabels(labels)})`;
  if (isGrouped) {
    text += ` group_${cardinality === 'many-to-one' ? 'left' : 'right'} (${printLabels(include)})`;
  }
  if (fillLeft !== null && Object.is(fillLeft, fillRight)) return `${text} fill (${formatGo(fillLeft)})`;
  if (fillLeft !== null) text += ` fill_left (${formatGo(fillLeft)})`;
  if (fillRight !== null) text += ` fill_right (${formatGo(fillRight)})`;
  return text;
}

function printLabels(labels: readonly string[]): string {
  return labels.map(printLabel).join(', ');
}

function printLabel(name: string): string {
  return isPlainLabel(name) ? name : quote(name);
}

function printNumber({ value, duration }: NumberLiteral): string {
  return duration ? formatDuration(toMilliseconds(value)) : formatPlain(value);
}

function printVector(node: VectorSelector): string {
  const edges = node.edges && ` ${node.edges}`;
  return printName(node) + printAt(node.at) + edges + printOffset(node.offset);
}

function printMatrix({ selector, range }: MatrixSelector): string {
  const edges = selector.edges && ` ${selector.edges}`;
  const suffix = edges + printAt(selector.at) + printOffset(selector.offset);
  return `${printName(selector)}[${printDuration(range)}]${suffix}`;
}

/** `[1h:5m] @ 10.000 offset 1m` */
export function printSubquerySuffix({ range, step, at, offset }: Subquery): string {
  const stepText = step === null ? '' : printDuration(step);
  return `[${printDuration(range)}:${stepText}]${printAt(at)}${printOffset(offset)}`;
}

/** Metric name and matchers. */
function printName(node: VectorSelector): string {
  const name = isNamedOutside(node) ? node.name : '';
  const isName = (m: MatcherNode) => name !== '' && m.name === '__name__' && m.op === '=' && m.value === name;
  const matchers = node.matchers.filter((m) => !isName(m)).map(printMatcher);
  return matchers.length > 0 ? `${name}{${matchers.sort().join(',')}}` : name || '{}';
}

function printMatcher({ name, op, value }: MatcherNode): string {
  return `${printLabel(name)}${op}${quote(value)}`;
}

function printAt(at: AtModifier | null): string {
  if (at === null) return '';
  return at.kind === 'time' ? ` @ ${(at.ms / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function printOffset(offset: Duration): string {
  return offset === 0 ? '' : ` offset ${printDuration(offset)}`;
}

/** A duration as it stands inside brackets. */
export function printDuration(duration: Duration): string {
  return typeof duration === 'number' ? formatDuration(duration) : printDurationExpr(duration);
}

function printDurationExpr(expr: DurationExpr): string {
  const chain: Extract<DurationExpr, { kind: 'binary' }>[] = [];
  let node = expr;
  while (node.kind === 'binary') {
    chain.push(node);
    node = node.left;
  }
  const parts = [printDurationNode(node)];
  while (chain.length > 0) {
    const { op, right } = chain.pop() as (typeof chain)[number];
    parts.push(` ${op} `, printDurationExpr(right));
  }
  return parts.join('');
}

function printDurationNode(node: Exclude<DurationExpr, { kind: 'binary' }>): string {
  switch (node.kind) {
    case 'number':
      return node.duration ? formatDuration(toMilliseconds(node.value)) : formatPlain(node.value);
    case 'step':
    case 'range':
      return `${node.kind}()`;
    case 'min_of':
    case 'max_of':
      return `${node.kind}(${printDurationExpr(node.left)}, ${printDurationExpr(node.right)})`;
    case 'unary':
      return node.op + printDurationExpr(node.operand);
    case 'paren':
      return `(${printDurationExpr(node.operand)})`;
  }
}

// Types: what an expression yields, and whether its parts fit together. Runs after parsing, so that a text with a
// syntax error and a type error reports the first.
import { createMatcher, PatternError } from '../../storage/model/matcher.ts';
import type {
  Aggregate,
  Binary,
  BinaryOp,
  Call,
  Expr,
  MatcherNode,
  ValueType,
  VectorSelector,
} from './ast.ts';
import { fail } from './fault.ts';
import { quote } from './quote.ts';
import { signatures } from './signatures.ts';

const typeNames: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

const comparisons: ReadonlySet<BinaryOp> = new Set(['==', '!=', '<', '>', '<=', '>=']);
const setOperators: ReadonlySet<BinaryOp> = new Set(['and', 'or', 'unless']);

export function isComparison(op: BinaryOp): boolean {
  return comparisons.has(op);
}

export function isSetOperator(op: BinaryOp): boolean {
  return setOperators.has(op);
}

/** What an expression yields. */
export function typeOf(expr: Expr): ValueType {
  let node = expr;
  for (;;) {
    switch (node.kind) {
      case 'NumberLiteral':
        return 'scalar';
      case 'StringLiteral':
        return 'string';
      case 'VectorSelector':
      case 'Aggregate':
        return 'vector';
      case 'MatrixSelector':
      case 'Subquery':
        return 'matrix';
      case 'Call':
        return signatures.get(node.func)?.result ?? 'vector';
      case 'Binary':
        if (typeOf(node.right) !== 'scalar') return 'vector';
        node = node.left;
        break;
      case 'Unary':
      case 'Paren':
        node = node.expr;
        break;
    }
  }
}

/**
 * Checks a tree and returns its type. Long chains of operators are walked along their left side, without recursion.
 * @throws Fault
 */
export function check(expr: Expr): ValueType {
  const chain: Binary[] = [];
  let node = expr;
  while (node.kind === 'Binary') {
    chain.push(node);
    node = node.left;
  }
  let type = checkNode(node);
  while (chain.length > 0) {
    const binary = chain.pop() as Binary;
    type = checkBinary(binary, type, check(binary.right));
  }
  return type;
}

function checkNode(node: Exclude<Expr, Binary>): ValueType {
  switch (node.kind) {
    case 'NumberLiteral':
      return 'scalar';
    case 'StringLiteral':
      return 'string';
    case 'VectorSelector':
      checkSelector(node);
      return 'vector';
    case 'MatrixSelector':
      checkSelector(node.selector);
      return 'matrix';
    case 'Subquery': {
      const type = check(node.expr);
      if (type !== 'vector')
        fail(node.span, `subquery is only allowed on instant vector, got ${type} instead`);
      return 'matrix';
    }
    case 'Paren':
      return check(node.expr);
    case 'Unary': {
      const type = check(node.expr);
      if (type !== 'scalar' && type !== 'vector') {
        const got = quote(typeNames[type]);
        fail(
          node.span,
          `unary expression only allowed on expressions of type scalar or instant vector, got ${got}`,
        );
      }
      return type;
    }
    case 'Call':
      return checkCall(node);
    case 'Aggregate':
      return checkAggregate(node);
  }
}

function expectType(expr: Expr, want: ValueType, context: string): void {
  const got = check(expr);
  if (got !== want) fail(expr.span, `expected type ${typeNames[want]} in ${context}, got ${typeNames[got]}`);
}

function checkAggregate(node: Aggregate): ValueType {
  expectType(node.expr, 'vector', 'aggregation expression');
  if (node.param) {
    expectType(node.param, node.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
  }
  return 'vector';
}

function checkCall(node: Call): ValueType {
  const signature = signatures.get(node.func);
  if (!signature) fail(node.span, `unknown function with name ${quote(node.func)}`);
  const { min, max, args } = signature;
  const got = node.args.length;
  if (got < min || got > max) {
    const bound = min === max ? '' : got < min ? 'at least ' : 'at most ';
    const wanted = got < min ? min : max;
    fail(node.span, `expected ${bound}${wanted} argument(s) in call to ${quote(node.func)}, got ${got}`);
  }
  const context = `call to function ${quote(node.func)}`;
  for (let i = 0; i < got; i++) {
    if (node.func === 'info' && i === 1) checkInfoSelector(node.args[i]);
    else expectType(node.args[i], args[Math.min(i, args.length - 1)], context);
  }
  return signature.result;
}

/** The second argument of `info` is only matchers: no name outside the braces, and all may match the empty text. */
function checkInfoSelector(arg: Expr): void {
  const type = typeOf(arg);
  if (type !== 'vector') {
    fail(arg.span, `expected type instant vector in call to function "info", got ${typeNames[type]}`);
  }
  if (arg.kind !== 'VectorSelector') fail(arg.span, 'expected label selectors only');
  if (isNamedOutside(arg)) fail(arg.span, 'expected label selectors only, got vector selector instead');
  arg.matchers.forEach(compile);
}

function checkSelector(node: VectorSelector): void {
  const patterns = node.matchers.map(compile);
  if (isNamedOutside(node)) {
    const other = node.matchers.find((m) => m.name === '__name__' && m.span.start !== node.span.start);
    if (other) {
      fail(node.span, `metric name must not be set twice: ${quote(node.name)} or ${quote(other.value)}`);
    }
  }
  if (patterns.every((matcher) => matcher.matches(''))) {
    fail(node.span, 'vector selector must contain at least one non-empty matcher');
  }
}

/** True for `up{…}`, false for `{"up", …}` and `{__name__="up", …}`. */
export function isNamedOutside(node: VectorSelector): boolean {
  return (
    node.name !== '' && node.matchers.some((m) => m.name === '__name__' && m.span.start === node.span.start)
  );
}

function compile(node: MatcherNode): ReturnType<typeof createMatcher> {
  try {
    return createMatcher(node.name, node.op, node.value);
  } catch (error) {
    if (error instanceof PatternError) fail(node.span, error.message);
    throw error;
  }
}

function checkBinary(node: Binary, left: ValueType, right: ValueType): ValueType {
  const { op, matching, opSpan } = node;
  if (node.bool && !isComparison(op)) fail(opSpan, 'bool modifier can only be used on comparison operators');
  if (isComparison(op) && !node.bool && left === 'scalar' && right === 'scalar') {
    fail(opSpan, 'comparisons between scalars must use BOOL modifier');
  }
  if (matching?.on) {
    const both = matching.labels.find((label) => matching.include.includes(label));
    if (both !== undefined)
      fail(opSpan, `label ${quote(both)} must not occur in ON and GROUP clause at once`);
  }
  for (const [side, type] of [[node.left, left] as const, [node.right, right] as const]) {
    if (type !== 'scalar' && type !== 'vector') {
      fail(side.span, 'binary expression must contain only scalar and instant vector types');
    }
  }
  if (left === 'scalar' || right === 'scalar') checkScalarSide(node);
  else if (isSetOperator(op)) checkSetOperator(node);
  return left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector';
}

function checkScalarSide({ op, span, matching }: Binary): void {
  if (matching && matching.labels.length > 0)
    fail(span, 'vector matching only allowed between instant vectors');
  if (matching && (matching.fillLeft !== null || matching.fillRight !== null)) {
    fail(span, 'filling in missing series only allowed between instant vectors');
  }
  if (isSetOperator(op)) fail(span, `set operator ${quote(op)} not allowed in binary scalar expression`);
}

function checkSetOperator({ op, span, matching }: Binary): void {
  if (matching && (matching.cardinality === 'many-to-one' || matching.cardinality === 'one-to-many')) {
    fail(span, `no grouping allowed for ${quote(op)} operation`);
  }
  if (matching && (matching.fillLeft !== null || matching.fillRight !== null)) {
    fail(span, 'filling in missing series not allowed for set operators');
  }
}

// Text to a checked tree. The one place where faults of the language become QueryErrors with line and column.
import type { QueryError } from '../result.ts';
import type { Expr, VectorSelector } from './ast.ts';
import { check } from './check.ts';
import { Fault, toQueryError } from './fault.ts';
import { grammar } from './grammar.ts';
import { lex } from './lex.ts';
import { syntaxFault } from './parse-error.ts';

export interface ParseOptions {
  /** Refuse what upstream hides behind feature flags (experimental functions, `fill`, `anchored`, `smoothed`). */
  readonly strict?: boolean;
}

/**
 * Parses and checks an expression. Takes time linear in the text.
 * @throws QueryError of kind `parse`, worded as Prometheus does, with line and column.
 */
export function parse(text: string, options: ParseOptions = {}): Expr {
  return atDoor(text, () => {
    const expr = read(text, options, () => grammar.expression());
    check(expr);
    return expr;
  });
}

/**
 * Parses a series selector without modifiers, as parameters such as `match[]` have it.
 * @throws QueryError
 */
export function parseSelector(text: string): VectorSelector {
  return atDoor(text, () => {
    const selector = read(text, {}, () => grammar.selector());
    check(selector);
    return selector;
  });
}

function atDoor<Result>(text: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof Fault) throw toQueryError(text, error);
    if (error instanceof RangeError) throw tooDeep(text);
    throw error;
  }
}

/** The stack ended before the depth limit was met: the caller had used most of it. */
function tooDeep(text: string): QueryError {
  return toQueryError(text, new Fault(0, 'expression is nested too deeply'));
}

/** Runs a rule over the whole text. The first thing wrong in reading order is reported, token or syntax. */
function read<Node>(text: string, options: ParseOptions, rule: () => Node): Node {
  const { tokens, fault } = lex(text);
  if (tokens.length === 0) throw fault ?? new Fault(0, 'no expression found in input');
  grammar.begin(tokens, options.strict ?? false);
  const node = rule();
  const error = grammar.errors[0];
  const syntax = error && syntaxFault(error, tokens, text.length);
  if (fault && (!syntax || syntax.offset >= fault.offset)) throw fault;
  if (syntax) throw syntax;
  return node;
}

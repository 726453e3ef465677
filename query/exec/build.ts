// From tree to operators: the only switch over node kinds. Builds are bound to one grid; a subquery and a part that
// does not depend on the step build their inside with a Build of another grid.
import type { Aggregate, Call, Expr, VectorSelector } from '../lang/ast.ts';
import { QueryError } from '../result.ts';
import { createAggregate } from './aggregate.ts';
import { createBinary, createScalarBinary, createScalarUnary, createUnary } from './binary.ts';
import { buildCall } from './call.ts';
import type { QueryContext } from './context.ts';
import { createCountValues } from './count-values.ts';
import { measured } from './explain.ts';
import { constantScalar, isStepInvariant, spreadScalar, spreadVector } from './invariant.ts';
import type { Grid, Operator, RangeOperator, ScalarOperator } from './operator.ts';
import { mayAnnotate, readWhole } from './read-whole.ts';
import { createInstantSelector, createMatrixSelector } from './selector.ts';
import { createSubquery } from './subquery.ts';
import { createTopK } from './topk.ts';

/**
 * What an operator needs to build its inputs. Durations of the tree are numbers by now (lang/duration.ts), types are
 * checked, so the methods throw plain errors where they are asked for a node of another type.
 */
export interface Build {
  readonly grid: Grid;
  readonly context: QueryContext;
  /** Operator of an expression of type vector. */
  vector(expr: Expr): Operator;
  /** Operator of an expression of type scalar. */
  scalar(expr: Expr): ScalarOperator;
  /** Operator of a matrix selector or a subquery, behind any parentheses. */
  range(expr: Expr): RangeOperator;
  /** Text of a string literal, behind any parentheses. */
  string(expr: Expr): string;
  /** An instant selector whose vectors carry the samples' own times (`timesMs`), for timestamp(). */
  timed(selector: VectorSelector): Operator;
}

/** A build over `grid`. */
export function createBuild(grid: Grid, context: QueryContext): Build {
  const build: Build = {
    grid,
    context,
    vector: (expr) => {
      const operator = buildVector(expr, build);
      return measured(mayAnnotate(expr) ? readWhole(operator, context, grid.count) : operator, context);
    },
    scalar: (expr) => buildScalar(expr, build),
    range: (expr) => buildRange(expr, build),
    string: (expr) => stringOf(expr),
    timed: (selector) => measured(createInstantSelector(selector, build, true), context),
  };
  return build;
}

/** A build for the inside of a subquery or of a part that is the same at every step. */
export type BuildOver = (grid: Grid) => Build;

function buildVector(expr: Expr, build: Build): Operator {
  if (build.grid.count > 1 && isStepInvariant(expr)) {
    const once = createBuild({ ...build.grid, count: 1 }, build.context);
    return spreadVector(once.vector(expr), build.grid, build.context);
  }
  switch (expr.kind) {
    case 'Paren':
      return buildVector(expr.expr, build);
    case 'VectorSelector':
      return createInstantSelector(expr, build, false);
    case 'Call':
      return asVector(buildCall(expr, build, build.context), expr);
    case 'Aggregate':
      return buildAggregate(expr, build);
    case 'Binary':
      return createBinary(expr, build);
    case 'Unary':
      return createUnary(expr, build);
    default:
      throw unexpected(expr, 'vector');
  }
}

function buildAggregate(expr: Aggregate, build: Build): Operator {
  switch (expr.op) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
      return createTopK(expr, build);
    case 'count_values':
      return createCountValues(expr, build);
    default:
      return createAggregate(expr, build);
  }
}

function buildScalar(expr: Expr, build: Build): ScalarOperator {
  switch (expr.kind) {
    case 'Paren':
      return buildScalar(expr.expr, build);
    case 'NumberLiteral':
      return constantScalar(expr.value);
    case 'Unary':
      return createScalarUnary(expr, build);
    case 'Binary':
      return createScalarBinary(expr, build);
    case 'Call': {
      if (build.grid.count > 1 && isStepInvariant(expr)) {
        const once = createBuild({ ...build.grid, count: 1 }, build.context);
        return spreadScalar(asScalar(buildCall(expr, once, build.context), expr));
      }
      return asScalar(buildCall(expr, build, build.context), expr);
    }
    default:
      throw unexpected(expr, 'scalar');
  }
}

function buildRange(expr: Expr, build: Build): RangeOperator {
  switch (expr.kind) {
    case 'Paren':
      return buildRange(expr.expr, build);
    case 'MatrixSelector':
      return createMatrixSelector(expr, build);
    case 'Subquery':
      return createSubquery(expr, build, (grid) => createBuild(grid, build.context));
    default:
      throw unexpected(expr, 'range vector');
  }
}

function stringOf(expr: Expr): string {
  if (expr.kind === 'Paren') return stringOf(expr.expr);
  if (expr.kind === 'StringLiteral') return expr.value;
  throw unexpected(expr, 'string');
}

function asVector(operator: Operator | ScalarOperator, call: Call): Operator {
  if ('series' in operator) return operator;
  throw unexpected(call, 'vector');
}

function asScalar(operator: Operator | ScalarOperator, call: Call): ScalarOperator {
  if ('readScalar' in operator) return operator;
  throw unexpected(call, 'scalar');
}

/** The checker has seen to types, so this is a fault of the engine and not of the query. */
function unexpected(expr: Expr, wanted: string): QueryError {
  const what = expr.kind === 'Call' ? `${expr.kind} of ${expr.func}` : expr.kind;
  return new QueryError('execution', `internal: ${what} where a ${wanted} was expected`);
}

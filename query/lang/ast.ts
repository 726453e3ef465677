// The tree of a PromQL expression: plain data, tagged by `kind`. The grammar makes it, check.ts types it, print.ts
// writes it, plan/ and exec/ run it. Nodes are never changed after parsing; passes build new ones.
import type { MatchOp } from '../../storage/model/matcher.ts';

/** Where a node stands in the query text: offsets in UTF-16 units, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What an expression yields. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

export interface NumberLiteral {
  readonly kind: 'NumberLiteral';
  readonly span: Span;
  readonly value: number;
  /** True where it was written as a duration (`5m`): the printer writes it so again. */
  readonly duration: boolean;
}

export interface StringLiteral {
  readonly kind: 'StringLiteral';
  readonly span: Span;
  /** The text meant, escapes resolved. */
  readonly value: string;
}

export interface MatcherNode {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  readonly span: Span;
}

/** The `@` modifier. */
export type AtModifier =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' };

/**
 * A length of time inside `[…]` or behind `offset`: milliseconds, or an expression over durations whose value depends
 * on the query's step and range (`[step() * 5]`). plan/resolve turns expressions into numbers before anything runs.
 */
export type Duration = number | DurationExpr;

export type DurationExpr =
  /** Value in seconds. */
  | { readonly kind: 'number'; readonly value: number; readonly duration: boolean; readonly span: Span }
  | { readonly kind: 'step' | 'range'; readonly span: Span }
  | {
      readonly kind: 'min_of' | 'max_of';
      readonly left: DurationExpr;
      readonly right: DurationExpr;
      readonly span: Span;
    }
  | { readonly kind: 'unary'; readonly op: '+' | '-'; readonly operand: DurationExpr; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly op: '+' | '-' | '*' | '/' | '%' | '^';
      readonly left: DurationExpr;
      readonly right: DurationExpr;
      readonly span: Span;
    }
  | { readonly kind: 'paren'; readonly operand: DurationExpr; readonly span: Span };

export interface VectorSelector {
  readonly kind: 'VectorSelector';
  readonly span: Span;
  /** The metric name before or inside the braces, '' where there is none; also among `matchers` as `__name__=`. */
  readonly name: string;
  readonly matchers: readonly MatcherNode[];
  /** Milliseconds (negative: into the future); 0 without the modifier. */
  readonly offset: Duration;
  readonly at: AtModifier | null;
  /** Extended range selectors: how the edges of the range are filled. */
  readonly edges: '' | 'anchored' | 'smoothed';
}

export interface MatrixSelector {
  readonly kind: 'MatrixSelector';
  readonly span: Span;
  readonly selector: VectorSelector;
  readonly range: Duration;
}

export interface Subquery {
  readonly kind: 'Subquery';
  readonly span: Span;
  readonly expr: Expr;
  readonly range: Duration;
  /** null: the default evaluation interval. */
  readonly step: Duration | null;
  readonly offset: Duration;
  readonly at: AtModifier | null;
}

export interface Call {
  readonly kind: 'Call';
  readonly span: Span;
  /** A name of lang/signatures.ts. */
  readonly func: string;
  readonly args: readonly Expr[];
}

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'group'
  | 'count'
  | 'count_values'
  | 'bottomk'
  | 'topk'
  | 'quantile'
  | 'stddev'
  | 'stdvar'
  | 'limitk'
  | 'limit_ratio';

export interface Aggregate {
  readonly kind: 'Aggregate';
  readonly span: Span;
  readonly op: AggregateOp;
  readonly expr: Expr;
  /** The parameter of topk, quantile, count_values …, null for the others. */
  readonly param: Expr | null;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | 'atan2'
  | '=='
  | '!='
  | '>'
  | '<'
  | '>='
  | '<='
  | '</'
  | '>/'
  | 'and'
  | 'or'
  | 'unless';

export interface Binary {
  readonly kind: 'Binary';
  readonly span: Span;
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  /** null between scalars or scalar and vector. */
  readonly matching: VectorMatching | null;
  /** The operator's own place, for messages. */
  readonly opSpan: Span;
}

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

export interface VectorMatching {
  readonly cardinality: Cardinality;
  /** Labels of `on(…)` or `ignoring(…)`. */
  readonly labels: readonly string[];
  readonly on: boolean;
  /** Labels of `group_left(…)` or `group_right(…)`. */
  readonly include: readonly string[];
  /** `fill(v)`, `fill_left(v)`, `fill_right(v)`: the value of a missing side, null where not filled. */
  readonly fillLeft: number | null;
  readonly fillRight: number | null;
}

export interface Unary {
  readonly kind: 'Unary';
  readonly span: Span;
  readonly op: '+' | '-';
  readonly expr: Expr;
}

export interface Paren {
  readonly kind: 'Paren';
  readonly span: Span;
  readonly expr: Expr;
}

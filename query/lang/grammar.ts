// The Chevrotain grammar of the language, with the tree built on the way (build.ts). One instance serves all texts.
// The run of operands and operators of an expression is flat here; precedence.ts makes the tree, so only brackets,
// calls and aggregations nest.
import { EmbeddedActionsParser, EOF, type IToken, type ParserMethod } from 'chevrotain';
import type {
  AggregateOp,
  AtModifier,
  DurationExpr,
  Expr,
  MatcherNode,
  Span,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import * as build from './build.ts';
import { typeOf } from './check.ts';
import * as duration from './duration.ts';
import { fail } from './fault.ts';
import { Chain } from './precedence.ts';
import { unquote } from './quote.ts';
import { endOf, labelName, numberLiteral, secondsOf, spanOf } from './token-values.ts';
import * as t from './tokens.ts';

/** How deep brackets, calls, signs and powers may nest; walks over the tree rely on it. */
export const MAX_DEPTH = 200;

/** An operand with what the choice of its operator's matching needs to know. */
interface Operand {
  readonly expr: Expr;
  readonly isScalar: boolean;
}

type Rule<Args extends unknown[], Result> = ParserMethod<Args, Result>;
/** What a postfix rule does to the expression before it. */
type Postfix = (expr: Expr) => Expr;

const errorMessages = {
  // parse-error.ts words the messages; it needs to know only what was expected.
  buildMismatchTokenMessage: ({ expected }: { expected: { name: string } }) => expected.name,
  buildNotAllInputParsedMessage: () => EOF.name,
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

function typed(expr: Expr): Operand {
  return { expr, isScalar: typeOf(expr) === 'scalar' };
}

function joinOperands(left: Operand | null, operator: build.Operator, right: Operand): Operand {
  if (left === null) {
    const expr = build.signed(operator.op as '+' | '-', right.expr, operator.span.start);
    return { expr, isScalar: right.isScalar };
  }
  const bothVectors = !left.isScalar && !right.isScalar;
  const expr = build.binary(left.expr, operator, right.expr, bothVectors);
  return { expr, isScalar: left.isScalar && right.isScalar };
}

function joinDurations(left: DurationExpr | null, token: IToken, right: DurationExpr): DurationExpr {
  if (left === null) return duration.signedDuration(token.image, right, token.startOffset);
  return duration.binaryDuration(token.image, left, right, spanOf(token));
}

class Grammar extends EmbeddedActionsParser {
  /** Refuse experimental constructs. */
  strict = false;
  #depth = 0;

  constructor() {
    super(t.vocabulary, {
      maxLookahead: 2,
      skipValidations: true,
      recoveryEnabled: false,
      nodeLocationTracking: 'none',
      errorMessageProvider: errorMessages,
    });
    this.performSelfAnalysis();
  }

  /** Sets the tokens to read. */
  begin(tokens: IToken[], strict: boolean): void {
    this.input = tokens;
    this.strict = strict;
    this.#depth = 0;
  }

  #checkDepth(more: number, token: IToken): void {
    if (this.#depth + more > MAX_DEPTH) {
      fail(token.startOffset, `expression is nested more than ${MAX_DEPTH} levels deep`);
    }
  }

  /** Reads one operand, `more` levels deeper than here. */
  #enter(more: number): void {
    this.ACTION(() => this.#checkDepth(more, this.LA(1)));
    this.#depth += more;
  }

  #leave(more: number): void {
    this.#depth -= more;
  }

  // ---- expressions ----

  readonly expression: Rule<[], Expr> = this.RULE('expression', () => {
    const chain = new Chain<Operand, build.Operator>(joinOperands);
    this.MANY(() => {
      const sign = this.CONSUME(t.Sign);
      this.ACTION(() => this.#sign(chain, sign));
    });
    let levels = 1 + chain.depth;
    this.#enter(levels);
    const first = this.SUBRULE(this.operand);
    this.#leave(levels);
    let isAlone = levels === 1;
    if (!isAlone) this.ACTION(() => chain.operand(typed(first)));
    this.MANY1(() => {
      if (isAlone) this.ACTION(() => chain.operand(typed(first)));
      isAlone = false;
      const operator = this.SUBRULE(this.operator);
      this.ACTION(() => chain.operator(operator.op, operator));
      this.MANY2(() => {
        const sign = this.CONSUME1(t.Sign);
        this.ACTION(() => this.#sign(chain, sign));
      });
      levels = 1 + chain.depth;
      this.#enter(levels);
      const next = this.SUBRULE1(this.operand);
      this.#leave(levels);
      this.ACTION(() => chain.operand(typed(next)));
    });
    return isAlone ? first : this.ACTION(() => chain.finish().expr);
  });

  #sign(chain: Chain<Operand, build.Operator>, token: IToken): void {
    this.#checkDepth(chain.depth, token);
    const op = token.image as '+' | '-';
    chain.sign({ op, span: spanOf(token), bool: false, matching: null });
  }

  readonly operand: Rule<[], Expr> = this.RULE('operand', () => {
    let expr: Expr = this.OR([
      {
        ALT: () => {
          const token = this.CONSUME(t.NumberOrDuration);
          return this.ACTION(() => numberLiteral(token));
        },
      },
      {
        ALT: (): Expr => {
          const token = this.CONSUME(t.StringToken);
          const value = this.ACTION(() => unquote(token.image, token.startOffset));
          return { kind: 'StringLiteral', span: spanOf(token), value };
        },
      },
      {
        ALT: (): Expr => {
          const open = this.CONSUME(t.LeftParen);
          const inner = this.SUBRULE(this.expression);
          const close = this.CONSUME(t.RightParen);
          return { kind: 'Paren', span: { start: open.startOffset, end: endOf(close) }, expr: inner };
        },
      },
      { ALT: () => this.SUBRULE(this.aggregate) },
      {
        ALT: () => {
          const name = this.CONSUME(t.FunctionWord);
          const args = this.SUBRULE(this.args);
          return this.ACTION(() =>
            build.call(name.image, spanOf(name), args, endOf(this.LA(0)), this.strict),
          );
        },
      },
      { ALT: () => this.SUBRULE(this.selector) },
    ]);
    let subqueries = 0;
    this.MANY(() => {
      const postfix = this.SUBRULE(this.postfix);
      this.ACTION(() => {
        expr = postfix(expr);
        if (expr.kind === 'Subquery') this.#checkDepth(++subqueries, this.LA(0));
      });
    });
    return expr;
  });

  readonly args: Rule<[], Expr[]> = this.RULE('args', () => {
    const list: Expr[] = [];
    this.CONSUME(t.LeftParen);
    this.OPTION(() => {
      list.push(this.SUBRULE(this.expression));
      this.MANY(() => {
        const comma = this.CONSUME(t.Comma);
        this.ACTION(() => {
          const { tokenType } = this.LA(1);
          if (tokenType === t.RightParen || tokenType === t.Comma) {
            fail(comma.startOffset, 'trailing commas not allowed in function call args');
          }
        });
        list.push(this.SUBRULE1(this.expression));
      });
    });
    this.CONSUME(t.RightParen);
    return list;
  });

  readonly aggregate: Rule<[], Expr> = this.RULE('aggregate', () => {
    const op = this.CONSUME(t.Aggregator);
    let clause: build.Grouping | null = null;
    let args: Expr[] = [];
    this.OR([
      {
        ALT: () => {
          clause = this.SUBRULE(this.clause);
          args = this.SUBRULE(this.args);
        },
      },
      {
        ALT: () => {
          args = this.SUBRULE1(this.args);
          this.OPTION(() => {
            clause = this.SUBRULE1(this.clause);
          });
        },
      },
    ]);
    return this.ACTION(() => {
      const span = { start: op.startOffset, end: endOf(this.LA(0)) };
      return build.aggregate(op.image.toLowerCase() as AggregateOp, clause, args, span, this.strict);
    });
  });

  readonly clause: Rule<[], build.Grouping> = this.RULE('clause', () => {
    const without = this.OR([
      { ALT: () => this.CONSUME(t.By) && false },
      { ALT: () => this.CONSUME(t.Without) && true },
    ]);
    return { labels: this.SUBRULE(this.grouping), without };
  });

  readonly grouping: Rule<[], string[]> = this.RULE('grouping', () => {
    const labels: string[] = [];
    this.CONSUME(t.LeftParen);
    this.OPTION(() => {
      labels.push(this.SUBRULE(this.groupingLabel));
      this.MANY(() => {
        this.CONSUME(t.Comma);
        labels.push(this.SUBRULE1(this.groupingLabel));
      });
      this.OPTION1(() => this.CONSUME1(t.Comma));
    });
    this.CONSUME(t.RightParen);
    return labels;
  });

  readonly groupingLabel: Rule<[], string> = this.RULE('groupingLabel', () =>
    this.OR([
      { ALT: () => this.CONSUME(t.LabelWord).image },
      {
        ALT: () => {
          const token = this.CONSUME(t.StringToken);
          return this.ACTION(() => labelName(token));
        },
      },
    ]),
  );

  // ---- operators ----

  readonly operator: Rule<[], build.Operator> = this.RULE('operator', () => {
    const token = this.CONSUME(t.BinaryOperator);
    let bool = false;
    let matching: VectorMatching | null = null;
    this.OPTION(() => {
      this.CONSUME(t.Bool);
      bool = true;
    });
    this.OPTION1(() => {
      matching = this.SUBRULE(this.matching);
    });
    this.MANY({
      GATE: () => this.LA(2).tokenType === t.LeftParen,
      DEF: () => {
        const fill = this.CONSUME(t.Fill);
        const value = this.SUBRULE(this.fillValue);
        this.ACTION(() => {
          if (this.strict) fail(fill.startOffset, 'binop fill modifiers are experimental and not enabled');
          matching = build.addFill(matching, fill.image, fill.startOffset, value);
        });
      },
    });
    const op = token.image.toLowerCase() as build.Operator['op'];
    return { op, span: spanOf(token), bool, matching };
  });

  readonly matching: Rule<[], VectorMatching> = this.RULE('matching', () => {
    const on = this.OR([
      { ALT: () => this.CONSUME(t.On) && true },
      { ALT: () => this.CONSUME(t.Ignoring) && false },
    ]);
    const labels = this.SUBRULE(this.grouping);
    let cardinality: VectorMatching['cardinality'] = 'one-to-one';
    let include: string[] = [];
    this.OPTION(() => {
      cardinality = this.OR1([
        { ALT: () => this.CONSUME(t.GroupLeft) && ('many-to-one' as const) },
        { ALT: () => this.CONSUME(t.GroupRight) && ('one-to-many' as const) },
      ]);
      this.OPTION1(() => {
        include = this.SUBRULE1(this.grouping);
      });
    });
    return { cardinality, labels, on, include, fillLeft: null, fillRight: null };
  });

  readonly fillValue: Rule<[], number> = this.RULE('fillValue', () => {
    let isNegative = false;
    this.CONSUME(t.LeftParen);
    this.OPTION(() => {
      isNegative = this.CONSUME(t.Sign).image === '-';
    });
    const token = this.CONSUME(t.NumberOrDuration);
    this.CONSUME(t.RightParen);
    return this.ACTION(() => (isNegative ? -secondsOf(token) : secondsOf(token)));
  });

  // ---- selectors ----

  readonly selector: Rule<[], VectorSelector> = this.RULE('selector', () =>
    this.OR([
      {
        ALT: () => {
          const token = this.CONSUME(t.MetricWord);
          const name = { text: token.image, span: spanOf(token) };
          let inside: MatcherNode[] = [];
          this.OPTION(() => {
            inside = this.SUBRULE(this.matchers);
          });
          return this.ACTION(() => build.selector(name, inside, this.#spanFrom(token)));
        },
      },
      {
        ALT: () => {
          const open = this.LA(1);
          const inside = this.SUBRULE1(this.matchers);
          return this.ACTION(() => build.selector(null, inside, this.#spanFrom(open)));
        },
      },
    ]),
  );

  #spanFrom(token: IToken): Span {
    return { start: token.startOffset, end: endOf(this.LA(0)) };
  }

  readonly matchers: Rule<[], MatcherNode[]> = this.RULE('matchers', () => {
    const list: MatcherNode[] = [];
    this.CONSUME(t.LeftBrace);
    this.OPTION(() => {
      list.push(this.SUBRULE(this.matcher));
      this.MANY(() => {
        this.CONSUME(t.Comma);
        list.push(this.SUBRULE1(this.matcher));
      });
      this.OPTION1(() => this.CONSUME1(t.Comma));
    });
    this.CONSUME(t.RightBrace);
    return list;
  });

  readonly matcher: Rule<[], MatcherNode> = this.RULE('matcher', () =>
    this.OR([
      {
        ALT: () => {
          const name = this.CONSUME(t.Identifier);
          const test = this.SUBRULE(this.test);
          return { name: name.image, ...test, span: this.#spanFrom(name) };
        },
      },
      {
        ALT: (): MatcherNode => {
          const quoted = this.CONSUME(t.StringToken);
          const text = this.ACTION(() => unquote(quoted.image, quoted.startOffset));
          let test: Test | null = null;
          this.OPTION(() => {
            test = this.SUBRULE1(this.test);
          });
          const span = this.ACTION(() => this.#spanFrom(quoted));
          return { name: test ? text : '__name__', ...(test ?? { op: '=', value: text }), span };
        },
      },
    ]),
  );

  readonly test: Rule<[], Test> = this.RULE('test', () => {
    const op = this.CONSUME(t.MatchOperator).image as Test['op'];
    const token = this.CONSUME(t.StringToken);
    return { op, value: this.ACTION(() => unquote(token.image, token.startOffset)) };
  });

  // ---- what follows an operand ----

  readonly postfix: Rule<[], Postfix> = this.RULE('postfix', () =>
    this.OR([
      { ALT: () => this.SUBRULE(this.brackets) },
      { ALT: () => this.SUBRULE(this.offset) },
      { ALT: () => this.SUBRULE(this.at) },
      {
        ALT: (): Postfix => {
          const token = this.CONSUME(t.Edges);
          const edges = token.image.toLowerCase() as 'anchored' | 'smoothed';
          return (expr) => build.withEdges(expr, edges, endOf(token), this.strict);
        },
      },
    ]),
  );

  readonly brackets: Rule<[], Postfix> = this.RULE('brackets', (): Postfix => {
    const open = this.CONSUME(t.LeftBracket);
    const range = this.SUBRULE(this.duration);
    let isSubquery = false;
    let step: DurationExpr | null = null;
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      isSubquery = true;
      this.OPTION1(() => {
        step = this.SUBRULE1(this.duration);
      });
    });
    const close = this.CONSUME(t.RightBracket);
    return (expr) =>
      isSubquery
        ? build.withSubquery(expr, range, step, endOf(close))
        : build.withRange(expr, range, { start: open.startOffset, end: endOf(close) });
  });

  readonly offset: Rule<[], Postfix> = this.RULE('offset', () => {
    this.CONSUME(t.Offset);
    let sign: IToken | null = null;
    this.OPTION(() => {
      sign = this.CONSUME(t.Sign);
    });
    // One operand only: `m offset 5m + 1` is `(m offset 5m) + 1`.
    const size = this.SUBRULE(this.durationOperand);
    return this.ACTION((): Postfix => {
      const end = endOf(this.LA(0));
      const amount = sign ? joinDurations(null, sign, size) : size;
      return (expr) => build.withOffset(expr, amount, end);
    });
  });

  readonly at: Rule<[], Postfix> = this.RULE('at', () => {
    this.CONSUME(t.At);
    return this.OR([
      {
        ALT: (): Postfix => {
          const boundary = this.CONSUME(t.Boundary);
          this.CONSUME(t.LeftParen);
          const close = this.CONSUME(t.RightParen);
          const at = { kind: boundary.image.toLowerCase() } as AtModifier;
          return (expr) => build.withAt(expr, at, endOf(close));
        },
      },
      {
        ALT: (): Postfix => {
          let isNegative = false;
          this.OPTION(() => {
            isNegative = this.CONSUME(t.Sign).image === '-';
          });
          const token = this.CONSUME(t.NumberOrDuration);
          return (expr) => {
            const seconds = isNegative ? -secondsOf(token) : secondsOf(token);
            return build.withAt(expr, build.atTime(seconds, expr), endOf(token));
          };
        },
      },
    ]);
  });

  // ---- duration expressions ----

  readonly duration: Rule<[], DurationExpr> = this.RULE('duration', () => {
    const chain = new Chain<DurationExpr, IToken>(joinDurations);
    this.MANY(() => {
      const sign = this.CONSUME(t.Sign);
      chain.sign(sign);
    });
    let levels = 1 + chain.depth;
    this.#enter(levels);
    chain.operand(this.SUBRULE(this.durationOperand));
    this.#leave(levels);
    this.MANY1(() => {
      const operator = this.OR([
        { ALT: () => this.CONSUME1(t.Sign) },
        { ALT: () => this.CONSUME(t.Arithmetic) },
      ]);
      this.ACTION(() => chain.operator(operator.image, operator));
      this.MANY2(() => {
        const sign = this.CONSUME2(t.Sign);
        chain.sign(sign);
      });
      levels = 1 + chain.depth;
      this.#enter(levels);
      chain.operand(this.SUBRULE1(this.durationOperand));
      this.#leave(levels);
    });
    return this.ACTION(() => chain.finish());
  });

  readonly durationOperand: Rule<[], DurationExpr> = this.RULE(
    'durationOperand',
    (): DurationExpr =>
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(t.NumberOrDuration);
            const isDuration = token.tokenType === t.DurationToken;
            return this.ACTION(() => duration.numberDuration(secondsOf(token), isDuration, spanOf(token)));
          },
        },
        {
          ALT: () => {
            const name = this.CONSUME(t.StepOrRange);
            this.CONSUME(t.LeftParen);
            this.CONSUME(t.RightParen);
            const span = this.ACTION(() => this.#spanFrom(name));
            return { kind: name.image.toLowerCase() as 'step' | 'range', span };
          },
        },
        {
          ALT: () => {
            const name = this.CONSUME(t.MinOrMax);
            this.CONSUME1(t.LeftParen);
            const left = this.SUBRULE(this.duration);
            this.CONSUME(t.Comma);
            const right = this.SUBRULE1(this.duration);
            this.CONSUME1(t.RightParen);
            const span = this.ACTION(() => this.#spanFrom(name));
            return { kind: name.image.toLowerCase() as 'min_of' | 'max_of', left, right, span };
          },
        },
        {
          ALT: () => {
            const open = this.CONSUME2(t.LeftParen);
            const inner = this.SUBRULE2(this.duration);
            this.CONSUME2(t.RightParen);
            return this.ACTION(() => duration.parenDuration(inner, this.#spanFrom(open)));
          },
        },
      ]),
  );
}

interface Test {
  readonly op: MatcherNode['op'];
  readonly value: string;
}

/** The parser. Not re-entrant: a parse runs to its end before the next begins. */
export const grammar = new Grammar();

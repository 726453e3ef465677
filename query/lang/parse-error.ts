// Words for syntax errors: `unexpected identifier "by" in label matching, expected string`.
import { EOF, type IRecognitionException, type IToken } from 'chevrotain';
import { Fault } from './fault.ts';
import { quote } from './quote.ts';
import * as t from './tokens.ts';

/** Where the parser stood: in which part of the language, and what it waited for there. */
interface Context {
  readonly part: string;
  readonly expected?: string;
}

const durations = 'number, duration, step(), or range()';

/** The fault of a syntax error; `end` is the length of the text. */
export function syntaxFault(error: IRecognitionException, tokens: readonly IToken[], end: number): Fault {
  const { token } = error;
  const at = token.tokenType === EOF ? end : token.startOffset;
  const context = contextOf(error, tokens);
  const part = context ? ` in ${context.part}` : '';
  const expected = context?.expected ? `, expected ${context.expected}` : '';
  return new Fault(at, `unexpected ${describe(token)}${part}${expected}`);
}

function describe(token: IToken): string {
  const { image, tokenType } = token;
  switch (tokenType) {
    case EOF:
      return 'end of input';
    case t.Identifier:
      return `identifier ${quote(image)}`;
    case t.ColonIdentifier:
      return `metric identifier ${quote(image)}`;
    case t.StringToken:
      return `string ${shortened(image)}`;
    case t.NumberToken:
      return `number ${shortened(image)}`;
    case t.DurationToken:
      return `duration ${shortened(image)}`;
    case t.Aggregator:
      return `<aggr:${image}>`;
    case t.At:
      return `<op:${image}>`;
    default:
      return describeSymbol(token);
  }
}

const keywordTypes = new Set([
  t.By,
  t.Without,
  t.On,
  t.Ignoring,
  t.GroupLeft,
  t.GroupRight,
  t.Fill,
  t.Bool,
  t.Offset,
  t.Edges,
]);

function describeSymbol({ image, tokenType }: IToken): string {
  if (keywordTypes.has(tokenType)) return `<${image}>`;
  const isOperator = tokenType.CATEGORIES?.some((c) => c === t.BinaryOperator || c === t.MatchOperator);
  return isOperator && tokenType !== t.Assign ? `<op:${image}>` : quote(image);
}

function shortened(image: string): string {
  const chars = [...image];
  return chars.length > 10 ? `${quote(chars.slice(0, 10).join(''))}...` : quote(image);
}

function contextOf(error: IRecognitionException, tokens: readonly IToken[]): Context | undefined {
  const rules = error.context.ruleStack;
  const rule = rules[rules.length - 1];
  const expected = error.message;
  const previous = (error as { previousToken?: IToken }).previousToken?.tokenType;
  switch (rule) {
    case 'grouping':
    case 'groupingLabel':
      return { part: 'grouping opts', expected: inGrouping(expected, previous) };
    case 'matchers':
    case 'matcher':
    case 'test':
      return { part: 'label matching', expected: inMatchers(expected, previous) };
    case 'at':
      return { part: '@', expected: 'timestamp' };
    case 'brackets':
    case 'duration':
    case 'durationOperand':
      if (rules.includes('brackets')) return inBrackets(error, tokens, previous);
      return { part: 'offset', expected: durations };
    default:
      return rules.includes('aggregate') ? { part: 'aggregation' } : undefined;
  }
}

function inGrouping(expected: string, previous: unknown): string {
  if (expected === t.LeftParen.name) return '"("';
  const atStart = previous === t.LeftParen || previous === t.Comma;
  return expected === t.RightParen.name && !atStart ? '"," or ")"' : 'label';
}

function inMatchers(expected: string, previous: unknown): string {
  if (expected === t.MatchOperator.name) return 'label matching operator';
  if (expected === t.StringToken.name) return 'string';
  const atStart = previous === t.LeftBrace || previous === t.Comma;
  return expected === t.RightBrace.name && !atStart ? '"," or "}"' : 'identifier or "}"';
}

function inBrackets(error: IRecognitionException, tokens: readonly IToken[], previous: unknown): Context {
  const at = tokens.indexOf(error.token);
  const before = at < 0 ? tokens : tokens.slice(0, at);
  const colon = before.findLastIndex((token) => token.tokenType === t.Colon);
  const isSubquery = colon > before.findLastIndex((token) => token.tokenType === t.LeftBracket);
  if (error.message === t.RightBracket.name && previous !== t.Colon) {
    if (isSubquery) return { part: 'subquery selector', expected: '"]"' };
    return { part: 'subquery or range', expected: '":" or "]"' };
  }
  if (isSubquery) return { part: 'subquery selector', expected: 'number, duration, step(), range(), or "]"' };
  return { part: 'subquery or range selector', expected: durations };
}

// The lexer: three modes (plain, inside braces, inside brackets) and one pattern for all words. Keywords are metric
// and label names too, so a word is retyped by a map after lexing, and the grammar lists where which keyword may be a
// name.
import { createToken, type IToken, Lexer, type TokenType } from 'chevrotain';

const NONE = Lexer.NA;

// Categories: what the grammar asks for where several tokens will do.
/** Anything that may stand as a label name outside braces. */
export const LabelWord = createToken({ name: 'LabelWord', pattern: NONE });
/** Anything that may stand as a metric name. */
export const MetricWord = createToken({ name: 'MetricWord', pattern: NONE });
/** Anything that may name a function. */
export const FunctionWord = createToken({ name: 'FunctionWord', pattern: NONE });
export const BinaryOperator = createToken({ name: 'BinaryOperator', pattern: NONE });
export const MatchOperator = createToken({ name: 'MatchOperator', pattern: NONE });
export const NumberOrDuration = createToken({ name: 'NumberOrDuration', pattern: NONE });

function word(name: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern: NONE, categories: [LabelWord, ...categories] });
}
export const Aggregator = word('Aggregator', MetricWord);
export const By = word('By', MetricWord);
export const Without = word('Without', MetricWord);
export const On = word('On');
export const Ignoring = word('Ignoring');
export const GroupLeft = word('GroupLeft');
export const GroupRight = word('GroupRight');
export const Fill = word('Fill');
export const Bool = word('Bool');
export const Offset = word('Offset', MetricWord);
/** `anchored`, `smoothed`. */
export const Edges = word('Edges', MetricWord);
/** `and`, `or`, `unless`. */
export const SetOperator = word('SetOperator', MetricWord, BinaryOperator);
export const Atan2 = word('Atan2', BinaryOperator);
/** `start`, `end`. */
export const Boundary = word('Boundary', MetricWord, FunctionWord);
/** `step`, `range`. */
export const StepOrRange = word('StepOrRange', MetricWord, FunctionWord);
/** `min_of`, `max_of`. */
export const MinOrMax = word('MinOrMax', MetricWord, FunctionWord);

export const Identifier = createToken({
  name: 'Identifier',
  pattern: /[A-Za-z_][A-Za-z0-9_]*/,
  categories: [LabelWord, MetricWord, FunctionWord],
});
/** A name with colons, or any word outside braces and brackets before it is retyped. */
export const ColonIdentifier = createToken({
  name: 'ColonIdentifier',
  pattern: /[A-Za-z_:][A-Za-z0-9_:]*/,
  categories: [LabelWord, MetricWord],
});

// The text of a number is taken greedily and judged in number.ts, so that `1.2.3` or `0x` fail with their own message.
export const NumberToken = createToken({
  name: 'Number',
  pattern:
    /0[xX][0-9A-Fa-f_]+(?![\w.])|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?(?![\w.])/,
  categories: [NumberOrDuration],
  start_chars_hint: [...'0123456789.'],
  line_breaks: false,
});
export const DurationToken = createToken({
  name: 'Duration',
  pattern: /(?:[0-9]+(?:ms|[smhdwy]))+(?!\w)/,
  categories: [NumberOrDuration],
  start_chars_hint: [...'0123456789'],
  line_breaks: false,
});
export const StringToken = createToken({
  name: 'String',
  pattern: /"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'|`[^`]*`/,
  start_chars_hint: ['"', "'", '`'],
  line_breaks: true,
});

function symbol(name: string, pattern: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern, categories });
}
export const LeftParen = symbol('LeftParen', '(');
export const RightParen = symbol('RightParen', ')');
export const Comma = symbol('Comma', ',');
export const At = symbol('At', '@');
export const Colon = symbol('Colon', ':');
/** `=`: only inside braces; outside it is lexed so that the parser may name it. */
export const Assign = symbol('Assign', '=', MatchOperator);
export const NotEqual = symbol('NotEqual', '!=', MatchOperator, BinaryOperator);
const RegexMatch = createToken({
  name: 'RegexMatch',
  pattern: /[=!]~/,
  start_chars_hint: ['=', '!'],
  categories: [MatchOperator],
});
/** `+` and `-`: between operands, and before one. */
export const Sign = createToken({
  name: 'Sign',
  pattern: /[+-]/,
  start_chars_hint: ['+', '-'],
  categories: [BinaryOperator],
});
/** `* / % ^`, allowed inside brackets too. */
export const Arithmetic = createToken({
  name: 'Arithmetic',
  pattern: /[*/%^]/,
  start_chars_hint: ['*', '/', '%', '^'],
  categories: [BinaryOperator],
});
const Comparison = createToken({
  name: 'Comparison',
  pattern: /==|<\/|<=|<|>\/|>=|>/,
  start_chars_hint: ['=', '<', '>'],
  categories: [BinaryOperator],
});

export const LeftBrace = createToken({ name: 'LeftBrace', pattern: '{', push_mode: 'braces' });
export const RightBrace = createToken({ name: 'RightBrace', pattern: '}', pop_mode: true });
export const LeftBracket = createToken({ name: 'LeftBracket', pattern: '[', push_mode: 'brackets' });
export const RightBracket = createToken({ name: 'RightBracket', pattern: ']', pop_mode: true });

const Space = createToken({
  name: 'Space',
  pattern: /[ \t\n\r]+/,
  group: Lexer.SKIPPED,
  start_chars_hint: [' ', '\t', '\n', '\r'],
  line_breaks: true,
});
const Comment = createToken({
  name: 'Comment',
  pattern: /#[^\n\r]*/,
  group: Lexer.SKIPPED,
  start_chars_hint: ['#'],
});

const plain = [
  Space,
  Comment,
  ColonIdentifier,
  NumberToken,
  DurationToken,
  StringToken,
  LeftParen,
  RightParen,
  Comma,
  LeftBrace,
  LeftBracket,
  Comparison,
  Assign,
  NotEqual,
  Sign,
  Arithmetic,
  At,
];
const braces = [Space, Comment, Identifier, StringToken, Comma, RegexMatch, Assign, NotEqual, RightBrace];
const brackets = [
  Space,
  Comment,
  Identifier,
  NumberToken,
  DurationToken,
  LeftParen,
  RightParen,
  Comma,
  Colon,
  Sign,
  Arithmetic,
  RightBracket,
];

/** All tokens of the grammar. */
export const vocabulary: TokenType[] = [
  ...new Set([
    ...plain,
    ...braces,
    ...brackets,
    LabelWord,
    MetricWord,
    FunctionWord,
    BinaryOperator,
    MatchOperator,
    NumberOrDuration,
    Aggregator,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Fill,
    Bool,
    Offset,
    Edges,
    SetOperator,
    Atan2,
    Boundary,
    StepOrRange,
    MinOrMax,
  ]),
];

export const lexer = new Lexer(
  { modes: { plain, braces, brackets }, defaultMode: 'plain' },
  {
    positionTracking: 'onlyOffset',
    recoveryEnabled: false,
    ensureOptimizations: true,
    skipValidations: true,
  },
);

/** Words with a meaning, by their lower-case text. */
export const keywords: ReadonlyMap<string, TokenType> = new Map([
  ...words(
    Aggregator,
    'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio',
  ),
  ...words(SetOperator, 'and or unless'),
  ...words(Atan2, 'atan2'),
  ...words(By, 'by'),
  ...words(Without, 'without'),
  ...words(On, 'on'),
  ...words(Ignoring, 'ignoring'),
  ...words(GroupLeft, 'group_left'),
  ...words(GroupRight, 'group_right'),
  ...words(Fill, 'fill fill_left fill_right'),
  ...words(Bool, 'bool'),
  ...words(Offset, 'offset'),
  ...words(Edges, 'anchored smoothed'),
  ...words(Boundary, 'start end'),
  ...words(StepOrRange, 'step range'),
  ...words(MinOrMax, 'min_of max_of'),
  ...words(NumberToken, 'inf nan'),
]);

function words(type: TokenType, list: string): [string, TokenType][] {
  return list.split(' ').map((text) => [text, type]);
}

const LONGEST_KEYWORD = 'count_values'.length;

/** Gives every word outside braces its own token type. */
export function retypeWords(tokens: IToken[]): void {
  let inBraces = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const type = token.tokenType;
    if (type === LeftBrace) inBraces = true;
    else if (type === RightBrace) inBraces = false;
    else if ((type === ColonIdentifier || type === Identifier) && !inBraces) {
      retype(token, wordType(token.image, tokens[i + 1]));
    }
  }
}

function wordType(image: string, next: IToken | undefined): TokenType {
  if (image.length <= LONGEST_KEYWORD) {
    const keyword = keywords.get(image) ?? keywords.get(image.toLowerCase());
    // `fill` is a keyword only before its value, so that metrics of that name keep working.
    if (keyword && (keyword !== Fill || next?.tokenType === LeftParen)) return keyword;
  }
  return image.includes(':') ? ColonIdentifier : Identifier;
}

function retype(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx as number;
}

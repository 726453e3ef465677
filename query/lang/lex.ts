// Text to tokens, with Prometheus's words for what is no token: a stray character, an open string, a bracket that
// does not match.
import type { IToken } from 'chevrotain';
import { Fault } from './fault.ts';
import { excerpt, quote } from './quote.ts';
import * as t from './tokens.ts';

export interface Lexed {
  /** The tokens before the fault, or all. */
  readonly tokens: IToken[];
  readonly fault: Fault | null;
}

export function lex(text: string): Lexed {
  const { tokens, errors } = t.lexer.tokenize(text);
  let fault: Fault | null = null;
  if (errors.length > 0) {
    const at = faultStart(text, errors[0].offset, tokens);
    while (tokens.length > 0 && tokens[tokens.length - 1].startOffset >= at) tokens.pop();
    fault = badToken(text, at, tokens);
  }
  const brackets = badBrackets(tokens, text.length, fault === null);
  t.retypeWords(tokens);
  return { tokens, fault: brackets ?? fault };
}

/** Where the wrong characters begin: `=~` outside braces is one mistake, not an `=` and a stray `~`. */
function faultStart(text: string, at: number, tokens: readonly IToken[]): number {
  return text[at] === '~' && tokens.at(-1)?.tokenType === t.Assign ? at - 1 : at;
}

/** Cuts the tokens at a `)` too many; where the text ends, an open bracket is the fault. */
function badBrackets(tokens: IToken[], end: number, isWhole: boolean): Fault | null {
  let parens = 0;
  let inBraces = false;
  let inBrackets = false;
  for (let i = 0; i < tokens.length; i++) {
    const type = tokens[i].tokenType;
    if (type === t.LeftParen) parens++;
    else if (type === t.LeftBrace) inBraces = true;
    else if (type === t.RightBrace) inBraces = false;
    else if (type === t.LeftBracket) inBrackets = true;
    else if (type === t.RightBracket) inBrackets = false;
    else if (type === t.RightParen && --parens < 0) {
      const at = tokens[i].startOffset;
      tokens.length = i;
      // Upstream names the place behind it: its lexer complains when it has handed the parenthesis over.
      return new Fault(at + 1, "unexpected right parenthesis ')'");
    }
  }
  if (!isWhole) return null;
  if (inBraces) return new Fault(end, 'unexpected end of input inside braces');
  if (inBrackets) return new Fault(end, 'unexpected end of input in duration expression');
  if (parens > 0) return new Fault(end, 'unclosed left parenthesis');
  return null;
}

type Mode = 'plain' | 'braces' | 'brackets';

function modeAfter(tokens: readonly IToken[]): Mode {
  for (let i = tokens.length - 1; i >= 0; i--) {
    const type = tokens[i].tokenType;
    if (type === t.LeftBrace) return 'braces';
    if (type === t.LeftBracket) return 'brackets';
    if (type === t.RightBrace || type === t.RightBracket) return 'plain';
  }
  return 'plain';
}

/** Go's `%q` of a character. */
function char(text: string, at: number): string {
  const found = text.codePointAt(at);
  if (found === undefined) return "'\\uffff'";
  const quoted = quote(String.fromCodePoint(found)).slice(1, -1);
  return `'${quoted.replace("'", "\\'").replace('\\"', '"')}'`;
}

function badToken(text: string, at: number, tokens: readonly IToken[]): Fault {
  return new Fault(at, badTokenMessage(text, at, modeAfter(tokens)));
}

function badTokenMessage(text: string, at: number, mode: Mode): string {
  const first = text[at];
  if (mode === 'brackets' && !startsNumber(text, at)) {
    return `unexpected character in duration expression: ${char(text, at)}`;
  }
  if (first === '"' || first === "'") return 'unterminated quoted string';
  if (first === '`') return 'unterminated raw string';
  if (mode !== 'braces' && startsNumber(text, at)) {
    return `bad number or duration syntax: ${excerpt(badNumber(text.slice(at)))}`;
  }
  if (mode === 'braces') {
    if (first === '{') return "unexpected left brace '{'";
    if (first === '!') return `unexpected character after '!' inside braces: ${char(text, at + 1)}`;
    return `unexpected character inside braces: ${char(text, at)}`;
  }
  if (first === '!' || first === '=') return `unexpected character after '${first}': ${char(text, at + 1)}`;
  if (first === ']') return "unexpected right bracket ']'";
  return `unexpected character: ${char(text, at)}`;
}

function startsNumber(text: string, at: number): boolean {
  return isDigit(text[at]) || (text[at] === '.' && isDigit(text[at + 1]));
}

function isDigit(unit: string | undefined): boolean {
  return unit !== undefined && unit >= '0' && unit <= '9';
}

const badNumberStart =
  /^(?:0[xX][0-9a-fA-F_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)(?:[smhdwy]s?(?:[0-9]+[smhdw]s?)*)?/;

/** The part of a wrong number up to and with its first wrong character. */
function badNumber(rest: string): string {
  const good = badNumberStart.exec(rest);
  const length = good?.[0].length ?? 0;
  return rest.slice(0, Math.min(rest.length, length + 1));
}

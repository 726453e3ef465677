// Quoted texts, with Go's escapes in both directions. A byte that is no UTF-8 (`"\xff"`) has no place in a JavaScript
// string; it is kept as the lone surrogate U+DC00 + byte and written back as an escape, so nothing is lost and
// `isWellFormed()` tells.
import { fail } from './fault.ts';

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/**
 * The text meant by a quoted string as the lexer took it, quotes included.
 * @throws Fault at `offset`, the place of the string, where an escape is wrong.
 */
export function unquote(quoted: string, offset: number): string {
  const body = quoted.slice(1, -1);
  if (quoted[0] === '`' || !body.includes('\\')) return body;
  const quote = quoted[0];
  let text = '';
  let bytes: number[] = [];
  for (let i = 0; i < body.length; ) {
    const found = body[i] === '\\' ? readEscape(body, i + 1, quote, offset) : null;
    if (found?.byte !== undefined) {
      bytes.push(found.byte);
    } else {
      text += decodeUtf8(bytes) + (found ? found.text : body[i]);
      bytes = [];
    }
    i = found ? found.next : i + 1;
  }
  return text + decodeUtf8(bytes);
}

interface Escape {
  readonly text: string;
  /** Set where the escape names a byte (`\xff`, `\377`). */
  readonly byte?: number;
  readonly next: number;
}

function readEscape(body: string, at: number, quote: string, offset: number): Escape {
  const letter = body[at];
  if (letter === quote) return { text: quote, next: at + 1 };
  if (letter in simple) return { text: simple[letter], next: at + 1 };
  if (letter >= '0' && letter <= '7') return { text: '', byte: digits(body, at, 3, 8, offset), next: at + 3 };
  if (letter === 'x') return { text: '', byte: digits(body, at + 1, 2, 16, offset), next: at + 3 };
  if (letter !== 'u' && letter !== 'U') {
    const char = String.fromCodePoint(body.codePointAt(at) as number);
    fail(offset, `unknown escape sequence ${describeChar(char)}`);
  }
  const count = letter === 'u' ? 4 : 8;
  const code = digits(body, at + 1, count, 16, offset);
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) invalidCodePoint(offset);
  return { text: String.fromCodePoint(code), next: at + 1 + count };
}

function digits(body: string, at: number, count: number, base: 8 | 16, offset: number): number {
  const wanted = base === 8 ? /^[0-7]$/ : /^[0-9a-fA-F]$/;
  let value = 0;
  for (let i = at; i < at + count; i++) {
    if (i >= body.length) fail(offset, 'escape sequence not terminated');
    const char = String.fromCodePoint(body.codePointAt(i) as number);
    if (!wanted.test(char)) fail(offset, `illegal character ${describeChar(char)} in escape sequence`);
    value = value * base + Number.parseInt(char, base);
  }
  if (base === 8 && value > 255) invalidCodePoint(offset);
  return value;
}

function invalidCodePoint(offset: number): never {
  fail(offset, 'escape sequence is an invalid Unicode code point');
}

/** As Go's `%#U`: `U+0071 'q'`. */
function describeChar(char: string): string {
  const code = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${char}'`;
}

/** Bytes to text; each byte that belongs to no valid sequence becomes a lone surrogate. */
function decodeUtf8(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    text += length === 0 ? String.fromCharCode(0xdc00 + bytes[i]) : decodeSequence(bytes, i, length);
    i += length || 1;
  }
  return text;
}

function decodeSequence(bytes: readonly number[], at: number, length: number): string {
  let code = length === 1 ? bytes[at] : bytes[at] & (0x7f >> length);
  for (let i = at + 1; i < at + length; i++) code = (code << 6) | (bytes[i] & 0x3f);
  return String.fromCodePoint(code);
}

/** Length of the valid UTF-8 sequence at a place, 0 where there is none. */
function sequenceLength(bytes: readonly number[], at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (first < 0xc2 || length === 0 || at + length > bytes.length) return 0;
  for (let i = at + 1; i < at + length; i++) if ((bytes[i] & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1];
  const outside =
    (first === 0xe0 && second < 0xa0) ||
    (first === 0xed && second > 0x9f) ||
    (first === 0xf0 && second < 0x90) ||
    (first === 0xf4 && second > 0x8f);
  return outside ? 0 : length;
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

// Whatever may not stand in a quoted text as it is: quotes, backslashes, controls, separators, lone surrogates.
const special = /["\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const plainText = /^[ !#-[\]-~]*$/;

/** A text in double quotes, escaped as Go's `%q` does. */
export function quote(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  return `"${text.replace(special, escapeChar)}"`;
}

/** As {@link quote}, cut after 40 characters: for messages. */
export function excerpt(text: string): string {
  return text.length > 40 ? `${quote(text.slice(0, 40))}...` : quote(text);
}

function escapeChar(char: string): string {
  const known = escapes[char];
  if (known) return known;
  const code = char.codePointAt(0) as number;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

const legacyLabel = /^[A-Za-z_][A-Za-z0-9_]*$/;
const legacyMetric = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/** True for a name that stands without quotes inside braces. */
export function isPlainLabel(name: string): boolean {
  return legacyLabel.test(name);
}

/** True for a metric name that stands without quotes. */
export function isPlainMetric(name: string): boolean {
  return legacyMetric.test(name);
}

/** True for what Prometheus 3 takes as a label name: any UTF-8 text but the empty one. */
export function isValidLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed();
}

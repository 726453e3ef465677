// String literals of PromQL and of test scripts: Go's escapes in single or double quotes, none in backquotes.

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/**
 * The text that a literal means, and how far it reaches in `source` from `at`.
 * @throws Error where there is no whole literal
 */
export function readQuoted(source: string, at: number): { value: string; end: number } {
  const quote = source[at];
  if (quote === '`') {
    const end = source.indexOf('`', at + 1);
    if (end < 0) throw new Error(`unterminated string: ${source.slice(at)}`);
    return { value: source.slice(at + 1, end), end: end + 1 };
  }
  if (quote !== '"' && quote !== "'") throw new Error(`expected a quoted string at: ${source.slice(at)}`);
  const bytes: number[] = [];
  let i = at + 1;
  for (; i < source.length && source[i] !== quote; ) {
    if (source[i] !== '\\') {
      const point = source.codePointAt(i) ?? 0;
      const char = String.fromCodePoint(point);
      bytes.push(...new TextEncoder().encode(char));
      i += char.length;
    } else i = readEscape(source, i, bytes);
  }
  if (i >= source.length) throw new Error(`unterminated string: ${source.slice(at)}`);
  return { value: new TextDecoder().decode(Uint8Array.from(bytes)), end: i + 1 };
}

/** Appends the bytes of the escape at `i` and gives the place behind it. */
function readEscape(source: string, i: number, bytes: number[]): number {
  const simple = SIMPLE[source[i + 1]];
  if (simple !== undefined) {
    bytes.push(simple.charCodeAt(0));
    return i + 2;
  }
  const found = /^\\(?:x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(
    source.slice(i, i + 10),
  );
  if (!found) throw new Error(`unknown escape in string: ${source.slice(i, i + 2)}`);
  const [all, hex, octal, short, long] = found;
  if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
  else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
  else bytes.push(...new TextEncoder().encode(String.fromCodePoint(Number.parseInt(short ?? long, 16))));
  return i + all.length;
}

/** The text of a literal that is all of `source`. */
export function unquote(source: string): string {
  const { value, end } = readQuoted(source, 0);
  if (end !== source.length) throw new Error(`text behind the closing quote: ${source.slice(end)}`);
  return value;
}

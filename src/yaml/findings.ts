// What is found while a config file is read: errors with their place, notes, and where secrets stand.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLParseError,
} from 'yaml';

/** A value in a file and its path in words, such as `scrape_configs[0].scrape_timeout`. */
export interface Place {
  readonly node: Node;
  readonly path: string;
}

/** A stretch of the text, from start up to but not including end. */
export type TextRange = readonly [start: number, end: number];

/** One YAML file being read. */
export interface Findings {
  readonly file: string;
  readonly text: string;
  /** The top of the document; null where the file is empty. */
  readonly root: Node | null;
  /** Every error so far, `file:line:column: message` each, in the order of the file. */
  errors(): readonly string[];
  readonly notes: readonly string[];
  readonly secrets: readonly TextRange[];
  error(at: Node | undefined, message: string): void;
  note(message: string): void;
  /** Marks a scalar, or a stretch of the file, as not to be shown. */
  secret(range: TextRange): void;
  /** The node that an alias stands for, else the node itself. */
  resolve(node: Node): Node;
  /** Replaces `${VAR}` where the user asked for that; reports a variable that is not set. */
  expand(text: string, at: Node): string;
}

export interface FindingsOptions {
  readonly file: string;
  /** Variables for `${VAR}`; null: no expansion. */
  readonly env: Readonly<Record<string, string | undefined>> | null;
}

/** Parses a YAML text; what the parser refuses is the first of the errors. */
export function openFindings(text: string, { file, env }: FindingsOptions): Findings {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const errors: { readonly offset: number; readonly line: string }[] = [];
  const notes: string[] = [];
  const secrets: TextRange[] = [];
  const report = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset);
    errors.push({ offset, line: `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${message}` });
  };
  for (const error of document.errors) report(error.pos[0], syntaxMessage(error, text));
  const findings: Findings = {
    file,
    text,
    root: document.contents,
    errors: () => errors.toSorted((a, b) => a.offset - b.offset).map(({ line }) => line),
    notes,
    secrets,
    error: (at, message) => report(at?.range?.[0] ?? 0, message),
    note: (message) => void notes.push(message),
    secret: (range) => void secrets.push(range),
    resolve: (node) => {
      if (!isAlias(node)) return node;
      // The parser has already reported an alias to nothing.
      return (node.resolve(document) as Node | undefined) ?? node;
    },
    expand: (value, at) =>
      env ? expandVariables(value, env, (message) => findings.error(at, message)) : value,
  };
  return findings;
}

function syntaxMessage({ code, message, pos: [start] }: YAMLParseError, text: string): string {
  if (code !== 'DUPLICATE_KEY') return message;
  const key = /^[^:\n]*/.exec(text.slice(start))?.[0].trim() ?? '';
  return `the key ${key} stands twice in this mapping`;
}

/** Replaces `${VAR}` and `${VAR:-default}`. */
function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  fail: (message: string) => void,
): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name: string, fallback: string | undefined) => {
    const value = env[name] || (fallback ?? env[name]);
    if (value !== undefined) return value;
    fail(`environment variable ${name} is not set; set it or write \${${name}:-default}`);
    return whole;
  });
}

/** Tells whether a node stands for "nothing was written here". */
export function isEmpty(node: Node | null | undefined): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The text of a scalar as it was written, so that `1.10` or `yes` stay what they look like. */
export function scalarText(node: Scalar): string {
  if (node.type === 'PLAIN') return node.source ?? String(node.value);
  return String(node.value);
}

/** The value under a key of a mapping, for errors about one key; the mapping itself where it has none. */
export function keyNode(node: Node, key: string): Node {
  return (isMap(node) ? (node.get(key, true) as Node | undefined) : undefined) ?? node;
}

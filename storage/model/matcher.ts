// The four label matchers, with RE2 semantics: fully anchored, linear time, `.` matching newlines. Common shapes
// (literals, alternations of literals, a prefix and `.*`) never reach the regular-expression engine.
import { RE2JS } from 're2js';

export type MatchOp = '=' | '!=' | '=~' | '!~';

/** A compiled matcher. An absent label is the empty text. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  /** The text behind the operator as written (unescaped). */
  readonly value: string;
  /**
   * All texts that satisfy the positive form of the matcher, when they are a small finite set: the value itself for
   * `=` and `!=`, the alternatives of a regex such as `a|b|c`; null for any other regex. An index looks these up
   * directly.
   */
  readonly literals: readonly string[] | null;
  /** Tells whether a value passes. */
  matches(value: string): boolean;
}

/** A regular expression that RE2 refuses; the message names the pattern and the reason. */
export class PatternError extends Error {
  override name = 'PatternError';
}

/**
 * Compiles a matcher.
 * @throws PatternError where the pattern of `=~` or `!~` is not RE2 syntax.
 */
export function createMatcher(name: string, op: MatchOp, value: string): Matcher {
  if (op === '=') return { name, op, value, literals: [value], matches: (v) => v === value };
  if (op === '!=') return { name, op, value, literals: [value], matches: (v) => v !== value };
  const literals = literalAlternatives(value);
  const test = compilePattern(value);
  return { name, op, value, literals, matches: op === '=~' ? test : (v) => !test(v) };
}

/**
 * Compiles an anchored RE2 pattern to a test of whole texts.
 * @throws PatternError
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const literals = literalAlternatives(pattern);
  if (literals) {
    if (literals.length === 1) {
      const only = literals[0];
      return (text) => text === only;
    }
    const set = new Set(literals);
    return (text) => set.has(text);
  }
  if (pattern === '.*') return () => true;
  if (pattern === '.+') return (text) => text !== '';
  const around = /^(\.[*+])?([^\\.+*?()|[\]{}^$]*)(\.[*+])?$/s.exec(pattern);
  if (around && (around[1] || around[3])) return wildcard(around[1], around[2], around[3]);
  const regex = compileRegex(pattern);
  return (text) => regex.matcher(text).matches();
}

/**
 * Compiles an RE2 pattern for matching whole texts with capture groups (relabelling, label_replace).
 * @throws PatternError
 */
export function compileRegex(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (error) {
    throw new PatternError(
      `error parsing regexp: ${(error as Error).message.replace(/^error parsing regexp: /, '')}`,
    );
  }
}

/** `.*x`, `x.*`, `.+x.*` … without an engine. */
function wildcard(
  before: string | undefined,
  middle: string,
  after: string | undefined,
): (t: string) => boolean {
  const minBefore = before === '.+' ? 1 : 0;
  const minAfter = after === '.+' ? 1 : 0;
  if (!before) return (t) => t.length >= middle.length + minAfter && t.startsWith(middle);
  if (!after) return (t) => t.length >= middle.length + minBefore && t.endsWith(middle);
  return (t) => {
    // The first place late enough for what must stand before also leaves the most room behind.
    const at = t.indexOf(middle, minBefore);
    return at >= 0 && t.length - at - middle.length >= minAfter;
  };
}

/** The texts of a pattern that is literals joined by `|`, optionally in one group; null for any other pattern. */
function literalAlternatives(pattern: string): readonly string[] | null {
  const group = /^\((?:\?:)?([^()]*)\)$/s.exec(pattern);
  const body = group ? group[1] : pattern;
  if (!/^(?:[^\\.+*?()[\]{}^$]|\\[.+*?()[\]{}^$|\\-])*$/s.test(body)) return null;
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (c === '|') {
      parts.push(part);
      part = '';
    } else part += c === '\\' ? body[++i] : c;
  }
  parts.push(part);
  return [...new Set(parts)];
}

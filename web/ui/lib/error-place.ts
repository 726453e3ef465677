// Where in an expression the server saw a mistake. Its messages begin with `line:column:` (from 1), after words such
// as `invalid parameter "query":`.

/** A stretch of the expression, as offsets; at least one character unless the place is the end. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** The place that a message names, widened to the word that stands there; null when it names none. */
export function errorPlace(expr: string, message: string): Place | null {
  const found = /(?:^|\s)(\d+):(\d+): /.exec(message);
  if (!found) return null;
  const line = Number(found[1]);
  let from = Number(found[2]) - 1;
  const lines = expr.split('\n');
  if (line < 1 || line > lines.length) return null;
  for (let i = 0; i < line - 1; i++) from += lines[i]!.length + 1;
  from = Math.min(Math.max(from, 0), expr.length);
  const word = /^[\w:.]+/.exec(expr.slice(from));
  return { from, to: Math.min(expr.length, from + (word?.[0].length ?? 1)) };
}

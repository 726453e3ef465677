// What is wrong with a query text, and where: thrown inside lang/, turned into a QueryError with line and column at
// its door (parse.ts).
import { QueryError } from '../result.ts';
import type { Span } from './ast.ts';

export class Fault extends Error {
  override name = 'Fault';
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Throws a fault at a place of the text. */
export function fail(where: Span | number, message: string): never {
  throw new Fault(typeof where === 'number' ? where : where.start, message);
}

/** Line and column, both from 1, of an offset in UTF-16 units; a column counts characters, not bytes. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const end = Math.min(offset, text.length);
  let line = 1;
  let column = 1;
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10) {
      line++;
      column = 1;
    } else if (unit < 0xdc00 || unit > 0xdfff) {
      column++;
    }
  }
  return { line, column };
}

/** The error users see: `1:5: parse error: …`. */
export function toQueryError(text: string, fault: Fault): QueryError {
  return new QueryError('parse', `parse error: ${fault.message}`, placeOf(text, fault.offset));
}

// The tree of a query, for looking at what it selects.
import type { Expr } from '../../query/index.ts';
import { parse, QueryError } from '../../query/index.ts';

/** The tree, or null where the text is no PromQL (which may be what a statement wants to see). */
export function parseQuery(query: string): Expr | null {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof QueryError) return null;
    throw error;
  }
}

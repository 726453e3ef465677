// What the Explore page asks the server for, and what it got: each query by itself, so that a wrong one does not take
// the others down.

import { type Answer, type ApiError, queryInstant, queryRange } from '../../lib/api.ts';
import type { QueryData } from '../../lib/api-types.ts';
import { type ExploreState, letterOf } from '../../lib/explore-state.ts';
import { defaultQuery } from '../../lib/first-request.ts';
import { type Grid, gridOf, parseDuration } from '../../lib/range.ts';

export interface QueryResult {
  readonly letter: string;
  readonly expr: string;
  /** Seconds by which it lies earlier: the second half of a comparison. */
  readonly shift: number;
  readonly answer: Answer<QueryData> | null;
  readonly error: ApiError | null;
}

export interface ExploreResult {
  readonly kind: 'range' | 'instant';
  /** Of range queries; for instant ones all three tell the moment. */
  readonly grid: Grid;
  readonly results: readonly QueryResult[];
  /** From sending the first to reading the last, in milliseconds. */
  readonly tookMs: number;
}

export interface Asked {
  readonly letter: string;
  readonly expr: string;
}

/** The queries to run: those that are on and not empty; with none at all, the one that always has an answer. */
export function askedOf(state: ExploreState): Asked[] {
  if (state.queries.every(({ expr }) => expr.trim() === '')) return [{ letter: 'A', expr: defaultQuery }];
  return state.queries.flatMap(({ expr, off }, i) =>
    off || expr.trim() === '' ? [] : [{ letter: letterOf(i), expr: expr.trim() }],
  );
}

/** All that the answer depends on, as one text. */
export function resultKey(state: ExploreState): string {
  const range = state.view === 'graph';
  return JSON.stringify([range, askedOf(state), state.end, ...(range ? [state.seconds, state.compare] : [])]);
}

/** Errors that an expression brings upon itself; all others are the server's, and leave the last picture standing. */
const ownFaults = new Set(['bad_data', 'execution', 'timeout']);

/** Runs the queries side by side. Rejects only when the server answered none, for a reason that is not the query's. */
export async function runQueries(
  state: ExploreState,
  now: number,
  signal: AbortSignal,
): Promise<ExploreResult> {
  const began = performance.now();
  const graph = state.view === 'graph';
  const time = state.end ?? Math.floor(now);
  const grid = graph ? gridOf(state, now) : { start: time, end: time, step: 0 };
  const shifts = graph && state.compare ? [0, parseDuration(state.compare)!] : [0];
  const results = await Promise.all(
    shifts.flatMap((shift) =>
      askedOf(state).map(async ({ letter, expr }): Promise<QueryResult> => {
        const base = { letter, expr, shift };
        try {
          const earlier = { ...grid, start: grid.start - shift, end: grid.end - shift };
          const answer = graph
            ? await queryRange(expr, earlier, signal)
            : await queryInstant(expr, time, signal);
          return { ...base, answer, error: null };
        } catch (error) {
          return { ...base, answer: null, error: error as ApiError };
        }
      }),
    ),
  );
  const failed = results.find(({ error }) => error && !ownFaults.has(error.kind));
  if (failed?.error && results.every(({ answer }) => !answer)) throw failed.error;
  return { kind: graph ? 'range' : 'instant', grid, results, tookMs: performance.now() - began };
}

/** All warnings and infos of the answers, each once. */
export function remarksOf(result: ExploreResult): { warnings: string[]; infos: string[] } {
  const unique = (pick: (answer: Answer<QueryData>) => readonly string[]) => [
    ...new Set(result.results.flatMap(({ answer }) => (answer ? pick(answer) : []))),
  ];
  return { warnings: unique((answer) => answer.warnings), infos: unique((answer) => answer.infos) };
}

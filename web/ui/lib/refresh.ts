// How often a page repeats its request: `refresh=15s` in the address, else the page's own habit.
import { parseDuration } from './range.ts';

export const refreshChoices = [0, 5, 15, 60] as const;

/** Seconds between two loads; 0 for never. */
export function readRefresh(params: URLSearchParams, habit: number): number {
  const text = params.get('refresh');
  if (text === null) return habit;
  return text === 'off' ? 0 : (parseDuration(text) ?? habit);
}

export const refreshText = (seconds: number): string => (seconds === 0 ? 'off' : `${seconds}s`);

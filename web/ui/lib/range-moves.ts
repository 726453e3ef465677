// Ranges made from ranges and from what people type.
import { parseDuration, type TimeRange } from './range.ts';
import { parseTime } from './time.ts';

/** Moves a range by half its length; one that would reach beyond now follows now again. */
export function shifted(range: TimeRange, direction: -1 | 1, now: number): TimeRange {
  const end = Math.round((range.end ?? now) + (direction * range.seconds) / 2);
  return { seconds: range.seconds, end: end >= now ? null : end };
}

/** Twice as long around the same middle, not beyond now. */
export function zoomedOut(range: TimeRange, now: number): TimeRange {
  const end = range.end === null ? null : Math.round(range.end + range.seconds / 2);
  return { seconds: range.seconds * 2, end: end === null || end >= now ? null : end };
}

/** A range from the two fields, or what is wrong with them. */
export function readSpan(from: string, to: string, utc: boolean): TimeRange | string {
  const end = to.trim() === 'now' || to.trim() === '' ? null : parseTime(to, utc);
  if (end === null && to.trim() !== 'now' && to.trim() !== '')
    return `"${to}" is no time; write 2026-11-20 17:00 or now`;
  const length = parseDuration(from.trim().replace(/^-/, ''));
  if (length !== null) return { seconds: length, end };
  const start = parseTime(from, utc);
  if (start === null) return `"${from}" is no time; write 2026-11-20 16:00 or 1h`;
  const seconds = Math.round((end ?? Date.now() / 1000) - start);
  return seconds > 0 ? { seconds, end } : 'From must be earlier than To';
}

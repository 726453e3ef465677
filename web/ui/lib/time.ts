// Times as people read them: ISO order, 24 hours, local or UTC as the switch in the header says.
import { durationText } from './range.ts';

const two = (n: number): string => String(n).padStart(2, '0');

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function partsOf(seconds: number, utc: boolean): Parts {
  const d = new Date(seconds * 1000);
  return utc
    ? {
        year: d.getUTCFullYear(),
        month: d.getUTCMonth() + 1,
        day: d.getUTCDate(),
        hour: d.getUTCHours(),
        minute: d.getUTCMinutes(),
        second: d.getUTCSeconds(),
      }
    : {
        year: d.getFullYear(),
        month: d.getMonth() + 1,
        day: d.getDate(),
        hour: d.getHours(),
        minute: d.getMinutes(),
        second: d.getSeconds(),
      };
}

/** `2026-11-20` of Unix seconds. */
export function dateText(seconds: number, utc: boolean): string {
  const p = partsOf(seconds, utc);
  return `${p.year}-${two(p.month)}-${two(p.day)}`;
}

/** `17:02:11`, with the milliseconds if there are any. */
export function clockText(seconds: number, utc: boolean): string {
  const p = partsOf(seconds, utc);
  const ms = Math.round((seconds - Math.floor(seconds)) * 1000);
  return `${two(p.hour)}:${two(p.minute)}:${two(p.second)}${ms ? `.${String(ms).padStart(3, '0')}` : ''}`;
}

/** `2026-11-20 17:02:11`. */
export function timeText(seconds: number, utc: boolean): string {
  return `${dateText(seconds, utc)} ${clockText(seconds, utc)}`;
}

/** Seconds of `2026-11-20 17:02` or `…T17:02:11Z`, read as local or UTC when it names no zone; null if it is none. */
export function parseTime(text: string, utc: boolean): number | null {
  const trimmed = text.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  const match = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/i.exec(trimmed);
  if (!match) return null;
  // A date alone means UTC to Date.parse, a date with a time means local: give it a time to have one rule.
  const full = match[1] ? trimmed : `${trimmed}T00:00`;
  const ms = Date.parse(match[4] || !utc ? full : `${full}Z`);
  return Number.isNaN(ms) ? null : ms / 1000;
}

/** The ranges that the menu offers, as durations. */
export const rangeChoices = [
  '5m',
  '15m',
  '30m',
  '1h',
  '3h',
  '6h',
  '12h',
  '1d',
  '2d',
  '7d',
  '14d',
  '30d',
] as const;

const unitWords: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day' };

/** `2 hours`; where it takes more than one unit, the duration as it is written (`1h30m`). */
export function rangeName(seconds: number): string {
  const text = durationText(seconds);
  const single = /^(\d+)([smhd])$/.exec(text);
  return single ? `${single[1]} ${unitWords[single[2]!]}${single[1] === '1' ? '' : 's'}` : text;
}

/** `3 s`, `12 min`, `5 h`, `8 d`: how long ago, in one word, for ages that tick. */
export function ageText(seconds: number): string {
  if (!(seconds >= 0)) return 'now';
  if (seconds < 100) return `${Math.floor(seconds)} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/**
 * Labels of a time axis: the clock, and below it the date where the axis begins and where a day begins. `gap` is the
 * distance between two labels in seconds.
 */
export function axisTimes(times: readonly number[], gap: number, utc: boolean): string[] {
  let shown = '';
  return times.map((time) => {
    const date = dateText(time, utc);
    const clock = clockText(time, utc);
    const below = date === shown ? '' : `\n${date.slice(5)}`;
    shown = date;
    if (gap >= 86_400) return date.slice(5);
    return (gap < 60 ? clock : clock.slice(0, 5)) + below;
  });
}

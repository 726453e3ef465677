// Time ranges: durations as text, the step of a range, and the instants that a query is asked for. Small and free
// of imports, because the inline script of the page uses it before the bundle is there.

/** A range as the URL holds it: `end` in Unix seconds, null for "now", so that relative ranges stay relative. */
export interface TimeRange {
  readonly seconds: number;
  readonly end: number | null;
}

/** A range made definite, as `query_range` takes it; all in seconds. */
export interface Grid {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600];

/** Points a curve aims at: about one for every four pixels of a wide chart. */
const pointsWanted = 240;

/** Seconds of a duration such as `90s`, `1h30m` or `2w`; null when the text is none. */
export function parseDuration(text: string | null): number | null {
  let seconds = 0;
  const rest = text?.replace(/(\d+)([smhdw])/g, (_, count: string, unit: string) => {
    seconds += Number(count) * units[unit]!;
    return '';
  });
  return rest ? null : seconds || null;
}

/** The shortest text of a duration: 5400 gives `1h30m`. Whole seconds, at least one. */
export function durationText(seconds: number): string {
  let rest = Math.max(1, Math.round(seconds));
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = units[unit]!;
    if (rest >= size) text += Math.floor(rest / size) + unit;
    rest %= size;
  }
  return text;
}

/**
 * The grid of a range at the moment `now` (whole Unix seconds): the smallest round step that gives at most
 * `pointsWanted` points. The end is rounded down to the step, or to the minute if that is less, so that a curve does
 * not wobble at every refresh and still shows the last minute.
 */
export function gridOf(range: TimeRange, now: number): Grid {
  const least = range.seconds / pointsWanted;
  const step = niceSteps.find((nice) => nice >= least) ?? Math.ceil(least / 86_400) * 86_400;
  const end = range.end ?? now - (now % Math.min(step, 60));
  return { start: end - range.seconds + (range.seconds % step), end, step };
}

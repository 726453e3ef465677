// Durations of test scripts: Prometheus's notation, units in descending order (`1h30m`, `10s53ms`), or a bare 0.

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/**
 * Milliseconds of a duration.
 * @throws Error where the text is none
 */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  let rest = text;
  let sum = 0;
  for (const [unit, ms] of UNITS) {
    const found = /^(\d+)(ms|[ywdhms])/.exec(rest);
    if (!found || found[2] !== unit) continue;
    sum += Number(found[1]) * ms;
    rest = rest.slice(found[0].length);
  }
  if (rest !== '' || text === '')
    throw new Error(`not a duration: "${text}" (expected for example 5m or 1h30m)`);
  return sum;
}

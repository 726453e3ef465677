// Units: which one an expression's values are in, and numbers with three to four digits and their unit.

/** Names as they stand in the address; the texts are for the menu. */
export const unitNames = {
  none: 'number',
  s: 'seconds',
  B: 'bytes',
  percent: 'percent (of 1)',
  '/s': 'per second',
  'B/s': 'bytes per second',
  time: 'time (Unix seconds)',
} as const;
export type Unit = keyof typeof unitNames;

export const isUnit = (text: string): text is Unit => Object.hasOwn(unitNames, text);

type Scale = readonly (readonly [size: number, suffix: string])[];

const decimal: Scale = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const binary: Scale = [
  [2 ** 50, 'PiB'],
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
];
const duration: Scale = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
];

function scaleOf(unit: Unit): { steps: Scale; tail: string; factor: number } {
  switch (unit) {
    case 's':
      return { steps: duration, tail: '', factor: 1 };
    case 'B':
      return { steps: binary, tail: '', factor: 1 };
    case 'B/s':
      return { steps: binary, tail: '/s', factor: 1 };
    case 'percent':
      return { steps: [], tail: '%', factor: 100 };
    case '/s':
      return { steps: decimal, tail: '/s', factor: 1 };
    default:
      return { steps: decimal, tail: '', factor: 1 };
  }
}

/** The special values; each has a sign of its own. */
function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : null;
}

/** Four significant digits at most, trailing zeros gone; an exponent below a millionth. */
function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-6 || size >= 1e18) return value.toExponential(3).replace(/\.?0+e/, 'e');
  return String(Number(value.toPrecision(size >= 1000 ? 5 : 4)));
}

/** A value for reading: `1.234 k/s`, `12.5 MiB`, `340 ms`. The exact one belongs into a title or an export. */
export function formatValue(value: number, unit: Unit): string {
  const word = special(value);
  if (word) return word;
  if (unit === 'time') return new Date(value * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const { steps, tail, factor } = scaleOf(unit);
  const size = Math.abs(value * factor);
  // Plain counts stay as they are up to five digits: 1024 says more than 1.024 k.
  const plain = steps === decimal && size < 1e5;
  const step = plain || size === 0 ? undefined : (steps.find(([least]) => size >= least) ?? steps.at(-1));
  if (!step || plain) return join(digits(value * factor), '', size === 0 && unit === 'B' ? 'B' : tail);
  return join(digits(value / step[0]), step[1], tail);
}

function join(number: string, suffix: string, tail: string): string {
  if (!suffix) return tail === '%' ? `${number}%` : number + (tail ? ` ${tail}` : '');
  return `${number} ${suffix}${tail}`;
}

/** Decimals that write a gap exactly: 2 for 0.25. Nine at most. */
function decimalsOf(gap: number): number {
  let count = 0;
  while (count < 9 && Math.abs(Number(gap.toFixed(count)) - gap) > gap * 1e-6) count++;
  return count;
}

/** Labels of a value axis: one scale and one number of decimals for all of them. */
export function formatAxis(splits: readonly number[], unit: Unit): string[] {
  if (unit === 'time' || splits.length === 0) return splits.map((value) => formatValue(value, unit));
  const { steps, tail, factor } = scaleOf(unit);
  const largest = Math.max(...splits.map((value) => Math.abs(value * factor)));
  const gap = splits.length > 1 ? Math.abs(splits[1]! - splits[0]!) * factor : largest;
  const plain = steps === decimal && largest < 1e4;
  const [size, suffix] = (plain ? undefined : steps.find(([least]) => largest >= least)) ?? [1, ''];
  if (largest > 0 && largest < 1e-6 && !suffix) return splits.map((value) => formatValue(value, unit));
  const decimals = decimalsOf(gap / size);
  return splits.map((value) => {
    const text = ((value * factor) / size).toFixed(decimals);
    return join(text, suffix, tail);
  });
}

/** Gaps of an axis that make round labels in this unit; undefined for the decimal ones. */
export function axisSteps(unit: Unit): number[] | undefined {
  if (unit === 'B' || unit === 'B/s') return Array.from({ length: 60 }, (_, i) => 2 ** i);
  if (unit !== 's') return undefined;
  const below = [-9, -8, -7, -6, -5, -4, -3, -2, -1].flatMap((e) =>
    [1, 2, 5].map((m) => Number(`${m}e${e}`)),
  );
  return [
    ...below,
    ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400],
    ...[2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].map((days) => days * 86_400),
  ];
}

const perSecond = /\b(rate|irate)\s*\(/;
const counting = /\b(count|count_values|count_over_time|absent|changes|resets)\s*(\(|by|without)/;
const strings = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;

/**
 * The unit that the names in an expression suggest (`_seconds`, `_bytes`, `_ratio`, `_total` below `rate`). A guess
 * of names, not of meaning: where names disagree, or values are divided, there is none.
 */
export function guessUnit(expr: string): Unit {
  const bare = expr.replace(/#.*$/gm, '').replace(strings, '""');
  const text = bare
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '$1 ');
  if (/[/%^]/.test(text) || counting.test(text)) return 'none';
  const rated = perSecond.test(text);
  const units = new Set<Unit>();
  for (const [name] of text.matchAll(/[a-zA-Z_:][\w:]*_[\w:]*/g)) {
    const unit = nameUnit(name, rated);
    if (unit) units.add(unit);
  }
  return units.size === 1 ? [...units][0]! : 'none';
}

function nameUnit(name: string, rated: boolean): Unit | null {
  if (/_over_time$|^histogram_|^label_|^predict_linear$|^clamp_|^sort_|^day_|^days_/.test(name)) return null;
  if (/_(timestamp|time)_seconds$/.test(name)) return 'time';
  const stem = name.replace(/_(total|sum|bucket)$/, '');
  if (/_count$/.test(name)) return rated ? '/s' : 'none';
  if (/_seconds$/.test(stem)) return rated && !/_bucket$/.test(name) ? 'none' : 's';
  if (/_bytes$/.test(stem)) return rated && !/_bucket$/.test(name) ? 'B/s' : 'B';
  if (/_ratio$/.test(stem)) return 'percent';
  return rated ? '/s' : 'none';
}

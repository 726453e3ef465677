// What is bad style in an exposition, by the rules of Prometheus's naming guide (https://prometheus.io/docs/practices/naming/)
// as `promtool check metrics` applies them. Pure.

export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';
  readonly help: string;
  readonly labelNames: ReadonlySet<string>;
}

export interface LintProblem {
  readonly metric: string;
  readonly text: string;
}

/** Sorted by metric, then text. */
export function lintMetrics(families: readonly MetricFamily[]): LintProblem[] {
  return families
    .flatMap((family) => RULES.flatMap((rule) => rule(family).map((text) => ({ metric: family.name, text }))))
    .sort((a, b) => compare(a.metric, b.metric) || compare(a.text, b.text));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const RULES: readonly ((family: MetricFamily) => string[])[] = [
  helpMissing,
  notBaseUnit,
  counterSuffix,
  reservedSuffixes,
  typeInName,
  reservedCharacters,
  camelCase,
  abbreviatedUnit,
];

function helpMissing({ help }: MetricFamily): string[] {
  return help === '' ? ['no help text'] : [];
}

/** Each unit's base unit. */
const UNITS = new Map([
  ...['amperes', 'bytes', 'celsius', 'grams', 'joules', 'kelvin', 'meters', 'metres', 'moles', 'seconds'].map(
    (unit) => [unit, unit] as const,
  ),
  ['volts', 'volts'],
  ...['minutes', 'hours', 'days', 'weeks'].map((unit) => [unit, 'seconds'] as const),
  ['kelvins', 'kelvin'],
  ...['fahrenheit', 'rankine'].map((unit) => [unit, 'celsius'] as const),
  ...['inches', 'yards', 'miles'].map((unit) => [unit, 'meters'] as const),
  ['bits', 'bytes'],
  ['calories', 'joules'],
  ...['pounds', 'ounces'].map((unit) => [unit, 'grams'] as const),
]);
const PREFIX =
  /^(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mibi|giga|gibi|tera|tebi|peta|pebi)/;

function notBaseUnit({ name }: MetricFamily): string[] {
  for (const word of name.split('_')) {
    const base = UNITS.get(word) ?? UNITS.get(word.replace(PREFIX, ''));
    if (base !== undefined && base !== word) return [`use base unit "${base}" instead of "${word}"`];
  }
  return [];
}

function counterSuffix({ name, type }: MetricFamily): string[] {
  const hasTotal = name.endsWith('_total');
  if (type === 'counter' && !hasTotal) return ['counter metrics should have "_total" suffix'];
  if (type !== 'counter' && type !== 'unknown' && hasTotal)
    return ['non-counter metrics should not have "_total" suffix'];
  return [];
}

function reservedSuffixes({ name, type, labelNames }: MetricFamily): string[] {
  if (type === 'unknown') return [];
  const isHistogram = type === 'histogram';
  const isSummary = type === 'summary';
  const problems: string[] = [];
  if (!isHistogram && name.endsWith('_bucket'))
    problems.push('non-histogram metrics should not have "_bucket" suffix');
  for (const suffix of ['_count', '_sum'])
    if (!isHistogram && !isSummary && name.endsWith(suffix))
      problems.push(`non-histogram and non-summary metrics should not have "${suffix}" suffix`);
  if (!isHistogram && labelNames.has('le')) problems.push('non-histogram metrics should not have "le" label');
  if (!isSummary && labelNames.has('quantile'))
    problems.push('non-summary metrics should not have "quantile" label');
  return problems;
}

function typeInName({ name }: MetricFamily): string[] {
  const lower = name.toLowerCase();
  return ['counter', 'gauge', 'summary', 'histogram', 'gauge_histogram']
    .filter((type) => lower.includes(`_${type}_`) || lower.endsWith(`_${type}`))
    .map((type) => `metric name should not include type '${type}'`);
}

function reservedCharacters({ name }: MetricFamily): string[] {
  return name.includes(':') ? ["metric names should not contain ':'"] : [];
}

const CAMEL_CASE = /[a-z][A-Z]/;

function camelCase({ name, labelNames }: MetricFamily): string[] {
  const problems: string[] = [];
  if (CAMEL_CASE.test(name)) problems.push("metric names should be written in 'snake_case' not 'camelCase'");
  for (const label of labelNames)
    if (CAMEL_CASE.test(label))
      problems.push("label names should be written in 'snake_case' not 'camelCase'");
  return problems;
}

const ABBREVIATIONS = 's ms us ns sec b kb mb gb tb pb m h d'.split(' ');

function abbreviatedUnit({ name }: MetricFamily): string[] {
  const lower = name.toLowerCase();
  return ABBREVIATIONS.some((unit) => lower.includes(`_${unit}_`) || lower.endsWith(`_${unit}`))
    ? ['metric names should not contain abbreviated units']
    : [];
}

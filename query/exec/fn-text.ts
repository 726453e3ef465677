// Numbers and names as they stand in messages of the functions.

/** Go's `%g`: the shortest digits with an exponent below -4 and from 6 on, or `%.<digits>g`. */
export function formatG(v: number, digits?: number): string {
  if (v !== v) return 'NaN';
  if (v === Infinity) return '+Inf';
  if (v === -Infinity) return '-Inf';
  if (v === 0) return Object.is(v, -0) ? '-0' : '0';
  const [mantissa, power] = (digits === undefined ? v.toExponential() : v.toExponential(digits - 1)).split(
    'e',
  );
  const exponent = Number(power);
  const limit = digits ?? 6;
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (exponent < -4 || exponent >= limit) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${trimmed}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  return String(Number(`${mantissa}e${power}`));
}

/** OpenMetrics' canonical form of a number: `0.5`, `1.0`, `1e+06`, `+Inf`. */
export function formatOpenMetrics(v: number): string {
  const text = formatG(v);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A text in double quotes, as Go's `%q`. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** `of metric`, as messages name a metric that has a name. */
export function forMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quoted(name)}`;
}

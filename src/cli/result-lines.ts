// Query results as people read them: a series a line, as promtool prints them.
import { isPlainLabel, isPlainMetric, quote } from '../../query/lang/quote.ts';

type Metric = Readonly<Record<string, string>>;
type Sample = readonly [seconds: number, value: string];

/** `data` of the API's answer to a query. */
export type ApiData =
  | { readonly resultType: 'vector'; readonly result: readonly VectorEntry[] }
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixEntry[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample };

interface VectorEntry {
  readonly metric: Metric;
  readonly value?: Sample;
  readonly histogram?: readonly [seconds: number, histogram: unknown];
}

interface MatrixEntry {
  readonly metric: Metric;
  readonly values?: readonly Sample[];
  readonly histograms?: readonly (readonly [seconds: number, histogram: unknown])[];
}

/** `up{job="x"} => 1 @[1700000000]`; a range's samples stand behind each other on their series' line. */
export function resultLines(data: ApiData): string[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value, histogram }) => line(metric, [value ?? histogram!]));
    case 'matrix':
      return data.result.map(({ metric, values = [], histograms = [] }) =>
        line(
          metric,
          [...values, ...histograms].toSorted((a, b) => a[0] - b[0]),
        ),
      );
    case 'scalar':
      return [`scalar: ${sample(data.result)}`];
    case 'string':
      return [data.result[1]];
  }
}

function line(metric: Metric, samples: readonly (readonly [number, unknown])[]): string {
  return `${seriesName(metric)} => ${samples.map(sample).join(' ')}`;
}

function sample([seconds, value]: readonly [number, unknown]): string {
  return `${typeof value === 'string' ? value : JSON.stringify(value)} @[${seconds}]`;
}

/** `name{label="value", …}`; a name that needs quotes stands first inside the braces. */
function seriesName({ __name__: name, ...labels }: Metric): string {
  const plain = name === undefined || isPlainMetric(name);
  const pairs = Object.entries(labels).map(
    ([key, value]) => `${isPlainLabel(key) ? key : quote(key)}=${quote(value)}`,
  );
  const inside = (plain ? pairs : [quote(name), ...pairs]).join(', ');
  if (!plain) return `{${inside}}`;
  return inside === '' && name !== undefined ? name : `${name ?? ''}{${inside}}`;
}

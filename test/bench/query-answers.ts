// Whether two servers answered the same: the same series and points, values within a tolerance.

export interface Tolerance {
  /** Largest difference of two values, relative to the larger one. */
  readonly values: number;
  /** Leaves the names of metrics out of the comparison. */
  readonly ignoresNames: boolean;
}

type Metric = Readonly<Record<string, string>>;
type Point = readonly [number, string];

/** A series of a query's answer, or a label set of a listing. */
interface Entry {
  readonly metric: Metric;
  readonly values: readonly Point[];
}

/** How two answers of the API differ; null where they do not. */
export function disagreement(ours: string, theirs: string, tolerance: Tolerance): string | null {
  const got = entriesOf(ours, tolerance);
  const wanted = entriesOf(theirs, tolerance);
  if (got.size === 0) return 'the answer is empty';
  if (got.size !== wanted.size) return `${got.size} series and ${wanted.size}`;
  for (const [key, { values }] of got) {
    const other = wanted.get(key)?.values;
    if (!other) return `${key} is in one answer only`;
    if (values.length !== other.length) return `${key} has ${values.length} points and ${other.length}`;
    for (const [k, point] of values.entries())
      if (!areNear(point, other[k], tolerance.values)) return `${key}: ${point} and ${other[k]}`;
  }
  return null;
}

function entriesOf(text: string, { ignoresNames }: Tolerance): Map<string, Entry> {
  const { data } = JSON.parse(text) as { data: unknown };
  const listed = Array.isArray(data)
    ? (data as Metric[]).map((metric) => ({ metric, values: [] }))
    : (data as { result: { metric: Metric; value?: Point; values?: Point[] }[] }).result.map(
        ({ metric, value, values }) => ({ metric, values: values ?? [value!] }),
      );
  return new Map(listed.map((entry) => [keyOf(entry.metric, ignoresNames && !Array.isArray(data)), entry]));
}

function keyOf(metric: Metric, ignoresName: boolean): string {
  const pairs = Object.entries(metric).filter(([name]) => !(ignoresName && name === '__name__'));
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function areNear([time, text]: Point, [otherTime, otherText]: Point, tolerance: number): boolean {
  if (time !== otherTime) return false;
  const [a, b] = [Number(text), Number(otherText)];
  return text === otherText || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

// The forms in which a query and its result can be taken along. Pure: from data to text.
import { type Frame, valueAt } from '../../chart/frame.ts';
import type { Labels, QueryData } from '../../lib/api-types.ts';
import { durationText } from '../../lib/range.ts';
import type { Asked, ExploreResult } from './result.ts';

/** A value as Prometheus writes it. */
function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

/** A CSV cell (RFC 4180): quoted where it has to be. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

const csv = (rows: readonly (readonly string[])[]) =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();

function labelNamesOf(sets: readonly Labels[]): string[] {
  const names = new Set(sets.flatMap((labels) => Object.keys(labels)));
  return [...names].sort((a, b) => (a === '__name__' ? -1 : b === '__name__' ? 1 : a < b ? -1 : 1));
}

/** One line for each sample: time, query, labels, value. */
export function csvLong(frame: Frame): string {
  const names = labelNamesOf(frame.curves.map((curve) => curve.labels));
  const rows = [['time', 'query', ...names, 'value']];
  for (const curve of frame.curves)
    frame.times.forEach((time, i) => {
      const value = valueAt(curve, i);
      const shift = curve.earlier ? ' earlier' : '';
      if (value !== null)
        rows.push([
          isoTime(time),
          curve.letter + shift,
          ...names.map((name) => curve.labels[name] ?? ''),
          valueText(value),
        ]);
    });
  return csv(rows);
}

/** One line for each time, one column for each series. */
export function csvWide(frame: Frame): string {
  const head = frame.curves.map((curve) => curve.name || curve.letter);
  const lines = frame.times.map((time, i) => [
    isoTime(time),
    ...frame.curves.map((curve) => {
      const value = valueAt(curve, i);
      return value === null ? '' : valueText(value);
    }),
  ]);
  return csv([['time', ...head], ...lines]);
}

/** The vector of an instant query: time, labels, value. */
export function csvVector(data: QueryData): string {
  if (data.resultType !== 'vector')
    return csv([['time', 'value'], ...('0' in data.result ? [data.result.map(String)] : [])]);
  const names = labelNamesOf(data.result.map((item) => item.metric));
  const rows = data.result.flatMap(({ metric, value }) =>
    value ? [[isoTime(value[0]), ...names.map((name) => metric[name] ?? ''), value[1]]] : [],
  );
  return csv([['time', ...names, 'value'], ...rows]);
}

/** The command that asks the same. `base` is the address of the folder of the pages. */
export function curlLine(asked: Asked, result: ExploreResult, base: string): string {
  const quoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`;
  const { start, end, step } = result.grid;
  const range = result.kind === 'range';
  const times = range ? `-d start=${start} -d end=${end} -d step=${step}` : `-d time=${end}`;
  return `curl -s ${quoted(`${base}api/v1/query${range ? '_range' : ''}`)} --data-urlencode ${quoted(`query=${asked.expr}`)} ${times}`;
}

/** A time series panel to paste into a Grafana dashboard. */
export function grafanaPanel(asked: readonly Asked[], title: string): string {
  return JSON.stringify(
    {
      type: 'timeseries',
      title,
      datasource: { type: 'prometheus' },
      gridPos: { h: 8, w: 12, x: 0, y: 0 },
      fieldConfig: { defaults: {}, overrides: [] },
      targets: asked.map(({ letter, expr }) => ({ refId: letter, expr, range: true })),
    },
    null,
    2,
  );
}

/** A rule file with one alert on the expression. */
export function alertRule(expr: string): string {
  // A quoted YAML string is the same as a JSON one.
  return `groups:
  - name: explore
    rules:
      - alert: RenameMe
        expr: ${JSON.stringify(expr)}
        for: ${durationText(300)}
        labels:
          severity: warning
        annotations:
          summary: "{{ $labels.instance }}: {{ $value }}"
`;
}

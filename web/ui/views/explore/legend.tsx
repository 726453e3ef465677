// The legend: labels that all series share once, then a line for each series with its figures.
import { type Curve, type Frame, statsOf } from '../../chart/frame.ts';
import type { Labels } from '../../lib/api-types.ts';
import { isShown } from '../../lib/explore-state.ts';
import { selector } from '../../lib/labels.ts';
import { colourOf } from '../../lib/palette.ts';
import { formatValue, type Unit } from '../../lib/units.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { type Column, Table } from '../../parts/table.tsx';

interface LegendProps {
  readonly frame: Frame;
  readonly curves: readonly Curve[];
  readonly unit: Unit;
  readonly dark: boolean;
  /** Whether several queries are shown, so that each line names its own. */
  readonly letters: boolean;
  readonly hidden: readonly string[];
  readonly only: readonly string[];
  readonly onSolo: (id: string) => void;
  readonly onToggle: (id: string) => void;
}

interface Line {
  readonly curve: Curve;
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  readonly last: number;
}

const none = { min: NaN, avg: NaN, max: NaN, last: NaN };

export function Legend(props: LegendProps) {
  const { frame, unit } = props;
  const lines = props.curves.map((curve): Line => ({ curve, ...(statsOf(curve) ?? none) }));
  const figure = (name: 'min' | 'avg' | 'max' | 'last'): Column<Line> => ({
    name,
    number: true,
    key: (line) => line[name],
    cell: (line) => (Number.isNaN(line[name]) ? '–' : formatValue(line[name], unit)),
    title: (line) => String(line[name]),
  });
  const columns: Column<Line>[] = [
    {
      name: 'series',
      key: ({ curve }) => curve.letter + curve.name,
      cell: (line) => <Name {...props} curve={line.curve} />,
    },
    figure('min'),
    figure('avg'),
    figure('max'),
    figure('last'),
  ];
  return (
    <div class="legend">
      <CommonLabels labels={frame.common} />
      <Table
        caption="Series"
        columns={columns}
        rows={lines}
        rowKey={({ curve }) => curve.id}
        rowClass={({ curve }) => (isShown(curve.id, props) ? '' : 'hidden-series')}
        limit={50}
      />
    </div>
  );
}

function Name({ curve, ...props }: LegendProps & { readonly curve: Curve }) {
  const shown = isShown(curve.id, props);
  return (
    <span class="series-name">
      <button
        type="button"
        class="series"
        aria-pressed={shown}
        title="Click: only this series. Ctrl and click: switch it on or off"
        onClick={(event) => (event.ctrlKey || event.metaKey ? props.onToggle : props.onSolo)(curve.id)}
      >
        <span
          class={curve.earlier ? 'swatch dashed' : 'swatch'}
          style={{ '--c': colourOf(curve.slot, props.dark) }}
        />
        {props.letters && <span class="letter-tag">{curve.letter}</span>}
        <span class="series-text">
          <LabelText labels={curve.labels} common={props.frame.common} fallback={curve.name} />
          {curve.earlier && <span class="quiet"> earlier</span>}
        </span>
      </button>
      <CopyButton class="button bare faint" title="Copy as selector" text={() => selector(curve.labels)} />
    </span>
  );
}

/** Labels with their names in bold; a name made by a template stands as it is. */
export function LabelText(props: {
  readonly labels: Labels;
  readonly common: Labels;
  readonly fallback: string;
}) {
  const { labels, common, fallback } = props;
  const { __name__: metric, ...rest } = labels;
  const own = Object.entries(rest).filter(([name]) => !Object.hasOwn(common, name));
  const parts = own.sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = [
    ...(metric !== undefined && !Object.hasOwn(common, '__name__') ? [metric] : []),
    ...parts.map(([n, v]) => `${n}=${v}`),
  ].join(' ');
  if (plain !== fallback) return <>{fallback}</>;
  if (!plain) return <span class="quiet">{metric ?? 'value'}</span>;
  return (
    <>
      {metric !== undefined && !Object.hasOwn(common, '__name__') && <span class="metric">{metric} </span>}
      {parts.map(([name, value]) => (
        <span class="pair" key={name}>
          <b>{name}</b>={value}{' '}
        </span>
      ))}
    </>
  );
}

function CommonLabels({ labels }: { readonly labels: Labels }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  const { __name__: metric, ...rest } = labels;
  return (
    <p class="common">
      <span class="quiet">All: </span>
      {metric !== undefined && <span class="metric">{metric} </span>}
      {Object.entries(rest).map(([name, value]) => (
        <span class="pair" key={name}>
          <b>{name}</b>={value}{' '}
        </span>
      ))}
    </p>
  );
}

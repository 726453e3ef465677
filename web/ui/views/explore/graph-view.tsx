// The graph of a result: chart, its figures in words, legend, or the points as a table.
import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart } from '../../chart/chart.tsx';
import { type Curve, type Frame, largestCurves, valueAt } from '../../chart/frame.ts';
import { type ExploreState, isShown, solo, toggle } from '../../lib/explore-state.ts';
import { durationText } from '../../lib/range.ts';
import { dark, zone } from '../../lib/settings.ts';
import { useStore } from '../../lib/store.ts';
import { timeText } from '../../lib/time.ts';
import { formatValue, type Unit } from '../../lib/units.ts';
import { Table } from '../../parts/table.tsx';
import { Legend } from './legend.tsx';

/** `15 s`, `2 min`; longer steps as durations. */
const stepText = (seconds: number) =>
  seconds < 60
    ? `${seconds} s`
    : seconds < 3600 && seconds % 60 === 0
      ? `${seconds / 60} min`
      : durationText(seconds);

/** Series drawn before "draw all": more are a carpet, and slow. */
const drawnMax = 100;

interface GraphViewProps {
  readonly frame: Frame;
  readonly state: ExploreState;
  readonly unit: Unit;
  readonly letters: boolean;
  readonly plot: { current: uPlot | null };
  readonly onChange: (change: Partial<ExploreState>) => void;
  readonly onZoom: (from: number, to: number) => void;
  readonly onZoomBack: () => void;
}

export function GraphView({
  frame,
  state,
  unit,
  letters,
  plot,
  onChange,
  onZoom,
  onZoomBack,
}: GraphViewProps) {
  const utc = useStore(zone) === 'utc';
  const isDark = useStore(dark);
  const [all, setAll] = useState(false);
  const offered = useMemo(() => (all ? frame.curves : largestCurves(frame.curves, drawnMax)), [frame, all]);
  const drawn = useMemo(() => offered.filter((curve) => isShown(curve.id, state)), [offered, state]);
  const { zero, log, stacked, join } = state;
  const look = { unit, zero, log, stacked, join, utc, dark: isDark };
  return (
    <>
      {state.points ? (
        <Points frame={frame} curves={drawn} unit={unit} utc={utc} />
      ) : (
        <Chart
          frame={frame}
          curves={drawn}
          look={look}
          plot={plot}
          label={`Graph, ${drawn.length} series, ${timeText(frame.start, utc)} to ${timeText(frame.end, utc)}. Arrow keys move the crosshair.`}
          onZoom={onZoom}
          onZoomBack={onZoomBack}
        />
      )}
      <p class="facts quiet">
        <span
          title={`The smallest round step that gives at most 240 points over ${durationText(state.seconds)}`}
        >
          step {stepText(frame.step)}: {frame.times.length} points
        </span>
        <span>{frame.curves.length} series</span>
        <span>{utc ? 'UTC' : 'local time'}</span>
        {frame.histograms > 0 && <span>{frame.histograms} native histograms not drawn</span>}
        {offered.length < frame.curves.length && (
          <span>
            the {drawnMax} largest are drawn{' '}
            <button type="button" class="textual" onClick={() => setAll(true)}>
              Draw all {frame.curves.length}
            </button>
          </span>
        )}
        <button type="button" class="textual" onClick={() => onChange({ points: !state.points })}>
          {state.points ? 'As graph' : 'As table'}
        </button>
      </p>
      <Legend
        frame={frame}
        curves={offered}
        unit={unit}
        dark={isDark}
        letters={letters}
        hidden={state.hidden}
        only={state.only}
        onSolo={(id) => onChange(solo(id, state))}
        onToggle={(id) => onChange(toggle(id, state))}
      />
    </>
  );
}

const pointColumnsMax = 20;

interface PointsProps {
  readonly frame: Frame;
  readonly curves: readonly Curve[];
  readonly unit: Unit;
  readonly utc: boolean;
}

/** The points of the chart as numbers, newest first. */
function Points({ frame, curves, unit, utc }: PointsProps) {
  const shown = curves.slice(0, pointColumnsMax);
  const rows = frame.times.map((time, i) => ({ time, i })).reverse();
  return (
    <div class="points">
      <Table
        caption="Points of the graph"
        rows={rows}
        rowKey={({ time }) => String(time)}
        limit={60}
        columns={[
          { name: 'time', oneLine: true, key: ({ time }) => time, cell: ({ time }) => timeText(time, utc) },
          ...shown.map((curve) => ({
            id: curve.id,
            name: curve.name || 'value',
            number: true,
            key: ({ i }: { i: number }) => valueAt(curve, i) ?? NaN,
            cell: ({ i }: { i: number }) => {
              const value = valueAt(curve, i);
              return value === null ? '–' : formatValue(value, unit);
            },
            title: ({ i }: { i: number }) => String(valueAt(curve, i) ?? 'no sample'),
          })),
        ]}
      />
      {curves.length > shown.length && (
        <p class="quiet">
          {shown.length} of {curves.length} series shown; the CSV export has all.
        </p>
      )}
    </div>
  );
}

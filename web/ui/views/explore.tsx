// Explore: queries at the top, their graph or table below. The address holds everything that is seen; the fields hold
// what is being typed until it is run.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { buildFrame, type Frame } from '../chart/frame.ts';
import type { MatrixItem } from '../lib/api-types.ts';
import {
  type ExploreQuery,
  type ExploreState,
  exploreLink,
  readExplore,
  type ViewName,
  views,
} from '../lib/explore-state.ts';
import { type Loaded, useLoad } from '../lib/load.ts';
import { go } from '../lib/location.ts';
import type { TimeRange } from '../lib/range.ts';
import { rememberQueries } from '../lib/recent.ts';
import { guessUnit, isUnit, type Unit } from '../lib/units.ts';
import type { ViewProps } from '../pages.ts';
import { ErrorNotice, Remarks, StaleBar, Waiting } from '../parts/notice.tsx';
import { DisplayMenu } from './explore/display-menu.tsx';
import { Empty } from './explore/empty.tsx';
import { ExportMenu } from './explore/export-menu.tsx';
import { GraphView } from './explore/graph-view.tsx';
import { JsonView } from './explore/json-view.tsx';
import { QueryRows } from './explore/query-rows.tsx';
import { askedOf, type ExploreResult, remarksOf, resultKey, runQueries } from './explore/result.ts';
import { TableView } from './explore/table-view.tsx';
import { Welcome } from './explore/welcome.tsx';

export function Explore({ address, refresh }: ViewProps) {
  const search = address.search;
  const state = useMemo(() => readExplore(new URLSearchParams(search)), [search]);
  const load = useLoad(resultKey(state), (now, signal) => runQueries(state, now, signal), refresh);
  const committed = JSON.stringify(state.queries);
  const settled = load.updatedAt !== null || load.error !== null;
  const ready = useAfterPaint(settled);

  const change = (part: Partial<ExploreState>, replace = true) =>
    go(exploreLink({ ...state, ...part }, address.searchParams), replace);
  const run = (queries: readonly ExploreQuery[]) => {
    rememberQueries(queries.map(({ expr }) => expr));
    const same = JSON.stringify(queries) === committed;
    // Series have other names in another query, so what was hidden there means nothing here.
    if (!same) change({ queries, hidden: [], only: [] }, false);
    else load.reload();
  };
  const errors = new Map(load.data?.results.flatMap(({ letter, error }) => (error ? [[letter, error]] : [])));
  const bare = isBare(state);
  useEffect(() => {
    const fitting = bare && !address.searchParams.has('range') && load.data && fittingRange(load.data);
    if (fitting) change({ seconds: fitting });
  }, [load.data]);
  return (
    <>
      {!address.searchParams.has('kiosk') && (
        <QueryRows state={state} ready={ready} errors={errors} onRun={run} />
      )}
      {bare && <Welcome seconds={state.seconds} ready={ready} />}
      <StaleBar load={load} every={refresh} />
      <Result state={state} load={load} address={address} onChange={change} />
    </>
  );
}

/** Ranges for a server that has only just begun to collect. */
const shortRanges = [300, 900, 1800];

/** The shortest range that shows all samples, when they fill less than a quarter of the usual one; else null. */
function fittingRange({ grid, results }: ExploreResult): number | null {
  const first = Math.min(
    ...results.flatMap(({ answer }) =>
      answer?.data.resultType === 'matrix'
        ? answer.data.result.map(({ values }) => values?.[0]?.[0] ?? Infinity)
        : [],
    ),
  );
  const length = grid.end - first;
  return length < (grid.end - grid.start) / 4
    ? (shortRanges.find((seconds) => seconds >= length) ?? null)
    : null;
}

/** True from a moment after the first time that `done` was true: what is fetched then delays no picture. */
function useAfterPaint(done: boolean): boolean {
  const [after, setAfter] = useState(false);
  useEffect(() => {
    if (!done || after) return;
    const timer = setTimeout(() => setAfter(true), 50);
    return () => clearTimeout(timer);
  }, [done]);
  return after;
}

interface ResultProps {
  readonly state: ExploreState;
  readonly load: Loaded<ExploreResult>;
  readonly address: URL;
  readonly onChange: (change: Partial<ExploreState>, replace?: boolean) => void;
}

function Result({ state, load, address, onChange }: ResultProps) {
  const plot = useRef<uPlot | null>(null);
  const { data } = load;
  // While a graph is fetched to replace a table the table stays, and the other way round.
  const graph = data?.kind === 'range';
  const frame = useMemo(() => (data && graph ? frameOf(data, state.queries) : null), [data, state.queries]);
  const guessed = guessFor(state);
  const unit = isUnit(state.unit) ? state.unit : guessed;
  const failed = data?.results.filter(({ error, shift }) => error && shift === 0) ?? [];
  const remarks = data && remarksOf(data);
  const wholeError = load.error && (load.failures < 3 || !data) ? load.error : null;
  return (
    <section class="result" aria-label="Result" aria-busy={load.busySince !== null}>
      <div class="result-bar" hidden={address.searchParams.has('kiosk')}>
        <ViewTabs state={state} address={address} />
        {data && <span class="quiet took">{Math.round(data.tookMs)} ms</span>}
        <Waiting load={load} />
        <span class="spring" />
        {graph && <DisplayMenu state={state} guessed={guessed} onChange={onChange} />}
        {data && <ExportMenu state={state} result={data} frame={frame} plot={plot} />}
      </div>
      {wholeError && (
        <ErrorNotice error={wholeError} expr={askedOf(state)[0]?.expr ?? ''} onRetry={load.reload} />
      )}
      {failed.map(({ letter, expr, error }) => (
        <ErrorNotice key={letter} error={error!} expr={expr} />
      ))}
      {remarks && <Remarks {...remarks} />}
      {!data && !wholeError && <div class="chart idle" />}
      {data && (
        <div class={load.busySince !== null && load.dataKey !== resultKey(state) ? 'old' : ''}>
          <Picture {...{ state, data, frame, unit, plot, onChange }} />
        </div>
      )}
    </section>
  );
}

interface PictureProps {
  readonly state: ExploreState;
  readonly data: ExploreResult;
  readonly frame: Frame | null;
  readonly unit: Unit;
  readonly plot: { current: uPlot | null };
  readonly onChange: (change: Partial<ExploreState>, replace?: boolean) => void;
}

function Picture({ state, data, frame, unit, plot, onChange }: PictureProps) {
  const zooms = useRef<TimeRange[]>([]);
  const answered = data.results.filter(({ answer }) => answer);
  const empty = answered.length > 0 && answered.every(({ answer }) => answer!.data.result.length === 0);
  if (answered.length === 0) return null;
  if (empty) return <Nothing state={state} expr={answered[0]!.expr} onChange={onChange} />;
  if (state.view === 'json') return <JsonView result={data} />;
  if (!frame)
    return (
      <TableView
        result={data}
        unit={state.unit}
        filter={state.find}
        onFilter={(find) => onChange({ find })}
      />
    );
  return (
    <GraphView
      frame={frame}
      state={state}
      unit={unit}
      letters={answered.some(({ letter }) => letter !== answered[0]!.letter)}
      plot={plot}
      onChange={onChange}
      onZoom={(from, to) => {
        zooms.current.push({ seconds: state.seconds, end: state.end });
        const now = Math.floor(Date.now() / 1000);
        const end = Math.round(to);
        onChange({ seconds: Math.max(10, Math.round(to - from)), end: end > now ? null : end }, false);
      }}
      onZoomBack={() => {
        const before = zooms.current.pop();
        if (before) onChange(before, false);
      }}
    />
  );
}

interface NothingProps {
  readonly state: ExploreState;
  readonly expr: string;
  readonly onChange: (change: Partial<ExploreState>, replace?: boolean) => void;
}

function Nothing({ state, expr, onChange }: NothingProps) {
  if (isBare(state))
    return (
      <div class="empty">
        <p class="empty-head">No samples yet</p>
        <p>The first scrape will appear here by itself.</p>
      </div>
    );
  const replace = (by: string) => {
    const queries = state.queries.map((query) =>
      query.expr.trim() === expr ? { ...query, expr: by } : query,
    );
    onChange({ queries }, false);
  };
  return (
    <Empty
      expr={expr}
      seconds={state.seconds}
      onWiden={(seconds) => onChange({ seconds, end: null }, false)}
      onReplace={replace}
    />
  );
}

/** Whether nothing was asked yet. */
const isBare = (state: ExploreState) => state.queries.every(({ expr }) => expr.trim() === '');

function frameOf(data: ExploreResult, queries: readonly ExploreQuery[]): Frame {
  const inputs = data.results.flatMap(({ letter, answer, shift }) => {
    if (answer?.data.resultType !== 'matrix') return [];
    const legend = queries[letter.charCodeAt(0) - 65]?.legend ?? '';
    return [{ letter, legend, shift, series: answer.data.result as readonly MatrixItem[] }];
  });
  return buildFrame(inputs, data.grid);
}

/** The unit that all queries suggest; plain numbers when they disagree. */
function guessFor(state: ExploreState): Unit {
  const units = new Set(askedOf(state).map(({ expr }) => guessUnit(expr)));
  return units.size === 1 ? [...units][0]! : 'none';
}

const viewTitles: Record<ViewName, string> = { graph: 'Graph', table: 'Table', json: 'JSON' };

function ViewTabs({ state, address }: { readonly state: ExploreState; readonly address: URL }) {
  return (
    <nav class="tabs" aria-label="Views">
      {views.map((view) => (
        <a
          key={view}
          href={exploreLink({ ...state, view }, address.searchParams)}
          aria-current={view === state.view ? 'true' : undefined}
        >
          {viewTitles[view]}
        </a>
      ))}
    </nav>
  );
}

// Targets: all of them in one flat table, failing ones first, with their last hour and what went wrong in words.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { targets as loadTargets } from '../lib/api.ts';
import type { Target } from '../lib/api-types.ts';
import { useClock } from '../lib/clock.ts';
import { useLoad } from '../lib/load.ts';
import { go, withParams } from '../lib/location.ts';
import { zone } from '../lib/settings.ts';
import { useStore } from '../lib/store.ts';
import { ageText, timeText } from '../lib/time.ts';
import { formatValue } from '../lib/units.ts';
import type { ViewProps } from '../pages.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { ErrorNotice, StaleBar } from '../parts/notice.tsx';
import { historyKey, loadHistory, type TargetHistory } from './targets/history.ts';
import { NoTargets } from './targets/no-targets.tsx';
import { Strip } from './targets/strip.tsx';
import { stripStates, stripText } from './targets/strip-states.ts';
import { TargetDetail } from './targets/target-detail.tsx';
import {
  countStates,
  errorHint,
  instanceOf,
  jobOf,
  keepOrder,
  listTargets,
  type TargetFilter,
  targetKey,
  targetStates,
} from './targets/target-list.ts';

/** Rows on one page. */
const pageSize = 200;

interface Everything {
  readonly targets: readonly Target[];
  readonly dropped: number;
}

export function Targets({ address, refresh }: ViewProps) {
  const params = address.searchParams;
  const filter: TargetFilter = {
    state: targetStates.find((state) => state === params.get('state')) ?? '',
    search: params.get('search') ?? '',
    job: params.get('job') ?? '',
  };
  const load = useLoad<Everything>(
    'targets',
    async (_now, signal) => {
      const { data } = await loadTargets(signal);
      const counts = Object.values(data.droppedTargetCounts ?? {});
      return { targets: data.activeTargets, dropped: counts.reduce((sum, count) => sum + count, 0) };
    },
    refresh,
  );
  const all = load.data?.targets ?? [];
  const change = (changes: Record<string, string | null>) =>
    go(withParams(address, { page: null, ...changes }), true);
  return (
    <>
      <h1 class="unseen">Targets</h1>
      <StaleBar load={load} every={refresh} />
      {load.error && (load.failures < 3 || !load.data) && (
        <ErrorNotice error={load.error} asked="Targets" onRetry={load.reload} />
      )}
      {!load.data && !load.error && <div class="chart idle" />}
      {load.data && all.length === 0 && <NoTargets />}
      {all.length > 0 && (
        <>
          {!params.has('kiosk') && (
            <FilterBar all={all} filter={filter} dropped={load.data!.dropped} onChange={change} />
          )}
          <TargetTable
            list={listTargets(all, filter)}
            total={all.length}
            page={Math.max(1, Number(params.get('page')) || 1)}
            updatedAt={load.updatedAt ?? 0}
            onPage={(page) => go(withParams(address, { page: page === 1 ? null : String(page) }))}
          />
        </>
      )}
    </>
  );
}

interface FilterBarProps {
  readonly all: readonly Target[];
  readonly filter: TargetFilter;
  readonly dropped: number;
  readonly onChange: (changes: Record<string, string | null>) => void;
}

const stateIcons: Record<Target['health'], IconName> = { up: 'ok', down: 'bad', unknown: 'unknown' };

function FilterBar({ all, filter, dropped, onChange }: FilterBarProps) {
  const counts = countStates(all);
  // A state that no target is in would only take room.
  const offered = targetStates.filter((state) => counts[state] > 0 || state === filter.state);
  const jobs = useMemo(() => [...new Set(all.map(jobOf))].sort(), [all]);
  return (
    <div class="filter-bar">
      <fieldset class="states">
        <legend class="unseen">State</legend>
        <button
          type="button"
          class="state-count"
          aria-pressed={filter.state === ''}
          onClick={() => onChange({ state: null })}
        >
          <b>{all.length}</b> all
        </button>
        {offered.map((state) => (
          <button
            type="button"
            key={state}
            class={`state-count ${state}`}
            aria-pressed={filter.state === state}
            onClick={() => onChange({ state: filter.state === state ? null : state })}
          >
            <Icon name={stateIcons[state]} />
            <b>{counts[state]}</b> {state}
          </button>
        ))}
      </fieldset>
      <input
        class="field search"
        type="search"
        data-search
        placeholder="Filter by label, URL or error"
        aria-label="Filter targets"
        value={filter.search}
        onInput={(event) => onChange({ search: event.currentTarget.value || null })}
      />
      {jobs.length > 1 && (
        <select
          class="field"
          aria-label="Job"
          value={filter.job}
          onChange={(event) => onChange({ job: event.currentTarget.value || null })}
        >
          <option value="">All jobs</option>
          {jobs.map((job) => (
            <option key={job} value={job}>
              {job}
            </option>
          ))}
        </select>
      )}
      {dropped > 0 && <span class="quiet">{dropped} more dropped by relabelling</span>}
    </div>
  );
}

interface TargetTableProps {
  readonly list: readonly Target[];
  readonly total: number;
  readonly page: number;
  readonly updatedAt: number;
  readonly onPage: (page: number) => void;
}

function TargetTable({ list, total, page, updatedAt, onPage }: TargetTableProps) {
  const utc = useStore(zone) === 'utc';
  const [open, setOpen] = useState<string | null>(null);
  // Rows keep their places while somebody is at them.
  const held = useRef<readonly string[] | null>(null);
  const ordered = held.current ? keepOrder(list, held.current) : list;
  const hold = () => {
    held.current ??= ordered.map(targetKey);
  };
  const release = () => {
    held.current = null;
  };
  const pages = Math.max(1, Math.ceil(ordered.length / pageSize));
  const at = Math.min(page, pages);
  const shown = ordered.slice((at - 1) * pageSize, at * pageSize);
  const history = useHistory(shown, updatedAt);
  if (list.length === 0)
    return (
      <div class="empty">
        <p class="empty-head">None of the {total} targets fits this filter</p>
      </div>
    );
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Targets">
        <table
          class="table targets"
          onPointerEnter={hold}
          onPointerLeave={release}
          onFocusIn={hold}
          onFocusOut={release}
        >
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Job</th>
              <th scope="col">Instance</th>
              <th scope="col">Last hour</th>
              <th scope="col" class="number">
                Scraped
              </th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col" class="number">
                Samples
              </th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((target) => {
              const key = targetKey(target);
              return (
                <Row
                  key={key}
                  target={target}
                  history={history}
                  open={open === key}
                  utc={utc}
                  onOpen={() => setOpen(open === key ? null : key)}
                />
              );
            })}
          </tbody>
        </table>
      </section>
      <p class="facts quiet">
        {pages > 1
          ? `${(at - 1) * pageSize + 1}–${(at - 1) * pageSize + shown.length} of ${ordered.length} targets`
          : `${ordered.length} of ${total} targets`}
        {pages > 1 && (
          <span class="pager">
            <button type="button" class="button" disabled={at === 1} onClick={() => onPage(at - 1)}>
              Previous
            </button>
            <button type="button" class="button" disabled={at === pages} onClick={() => onPage(at + 1)}>
              Next
            </button>
          </span>
        )}
      </p>
    </>
  );
}

/** The stored history of the targets shown, asked anew after each load of the list. A failure leaves the strips empty. */
function useHistory(shown: readonly Target[], updatedAt: number): TargetHistory | null {
  const [history, setHistory] = useState<TargetHistory | null>(null);
  const keys = shown.map(targetKey).join('\n');
  useEffect(() => {
    if (shown.length === 0) return;
    const own = new AbortController();
    loadHistory(shown, updatedAt / 1000, own.signal).then(setHistory, () => {});
    return () => own.abort();
  }, [keys, updatedAt]);
  return history;
}

interface RowProps {
  readonly target: Target;
  readonly history: TargetHistory | null;
  readonly open: boolean;
  readonly utc: boolean;
  readonly onOpen: () => void;
}

function Row({ target, history, open, utc, onOpen }: RowProps) {
  const key = historyKey(target.labels);
  const scraped = Date.parse(target.lastScrape);
  const never = Number.isNaN(scraped) || scraped < 0;
  const samples = history?.samples.get(key);
  const added = history?.added.get(key);
  const hint = errorHint(target.lastError);
  return (
    <>
      <tr class={open ? 'opened' : undefined}>
        <td class="cell-state">
          <span class={`state ${target.health}`}>
            <Icon name={stateIcons[target.health]} />
            {target.health}
          </span>
        </td>
        <td class="cell-job">{jobOf(target)}</td>
        <td class="cell-instance">
          <button type="button" class="textual opener" aria-expanded={open} onClick={onOpen}>
            {instanceOf(target)}
          </button>
        </td>
        <td class="cell-strip">{history && <StripOf target={target} history={history} utc={utc} />}</td>
        <td
          class="number"
          data-head="scraped"
          title={never ? undefined : timeText(Math.floor(scraped / 1000), utc)}
        >
          {never ? 'never' : <Ago since={scraped} />}
        </td>
        <td class="number" data-head="took" title={`Timeout ${target.scrapeTimeout}`}>
          {never ? '–' : formatValue(target.lastScrapeDuration, 's')}
        </td>
        <td
          class="number"
          data-head="samples"
          title={added === undefined ? undefined : `${added} series were new in the last scrape`}
        >
          {samples ?? '–'}
        </td>
        <td class="error-cell" title={target.lastError}>
          {target.lastError}
          {hint && <span class="quiet">{hint}</span>}
        </td>
      </tr>
      {open && (
        <tr class="detail-row">
          <td colSpan={8}>
            <TargetDetail target={target} />
          </td>
        </tr>
      )}
    </>
  );
}

/** How long ago a moment (Unix milliseconds) was. */
function Ago({ since }: { readonly since: number }) {
  return <>{ageText((useClock(true) - since) / 1000)}</>;
}

function StripOf({
  target,
  history,
  utc,
}: {
  readonly target: Target;
  readonly history: TargetHistory;
  readonly utc: boolean;
}) {
  const states = stripStates(history.up.get(historyKey(target.labels)), history.grid);
  return <Strip states={states} text={stripText(states, history.grid, utc)} />;
}

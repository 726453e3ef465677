// Targets: all of them in one flat table, failing ones first, with their last hour and what went wrong in words.
import { useEffect, useRef, useState } from 'preact/hooks';
import { targets as loadTargets } from '../lib/api.ts';
import type { Target } from '../lib/api-types.ts';
import { useLoad } from '../lib/load.ts';
import { go, withParams } from '../lib/location.ts';
import { zone } from '../lib/settings.ts';
import { useStore } from '../lib/store.ts';
import type { ViewProps } from '../pages.ts';
import { ErrorNotice, StaleBar } from '../parts/notice.tsx';
import { FilterBar } from './targets/filter-bar.tsx';
import { loadHistory, type TargetHistory } from './targets/history.ts';
import { NoTargets } from './targets/no-targets.tsx';
import { keepOrder, listTargets, type TargetFilter, targetKey, targetStates } from './targets/target-list.ts';
import { TargetRow } from './targets/target-row.tsx';

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

const heads = [
  ['State', false],
  ['Job', false],
  ['Instance', false],
  ['Last hour', false],
  ['Scraped', true],
  ['Duration', true],
  ['Samples', true],
  ['Error', false],
] as const;

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
  const { ordered, hold, release } = useHeldOrder(list);
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
              {heads.map(([name, number]) => (
                <th key={name} scope="col" class={number ? 'number' : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((target) => {
              const key = targetKey(target);
              return (
                <TargetRow
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
      <Pager
        at={at}
        pages={pages}
        shown={shown.length}
        fitting={ordered.length}
        total={total}
        onPage={onPage}
      />
    </>
  );
}

/** Rows keep their places while somebody is at them: from `hold` to `release` a new list does not move them. */
function useHeldOrder(list: readonly Target[]) {
  const held = useRef<readonly string[] | null>(null);
  const ordered = held.current ? keepOrder(list, held.current) : list;
  const hold = () => {
    held.current ??= ordered.map(targetKey);
  };
  const release = () => {
    held.current = null;
  };
  return { ordered, hold, release };
}

interface PagerProps {
  readonly at: number;
  readonly pages: number;
  /** Rows on this page, rows that fit the filter, and all. */
  readonly shown: number;
  readonly fitting: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

function Pager({ at, pages, shown, fitting, total, onPage }: PagerProps) {
  const before = (at - 1) * pageSize;
  if (pages === 1)
    return (
      <p class="facts quiet">
        {fitting} of {total} targets
      </p>
    );
  return (
    <p class="facts quiet">
      {`${before + 1}–${before + shown} of ${fitting} targets`}
      <span class="pager">
        <button type="button" class="button" disabled={at === 1} onClick={() => onPage(at - 1)}>
          Previous
        </button>
        <button type="button" class="button" disabled={at === pages} onClick={() => onPage(at + 1)}>
          Next
        </button>
      </span>
    </p>
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

// Above the table: how many targets are in which state, and what to show of them.
import { useMemo } from 'preact/hooks';
import type { Target } from '../../lib/api-types.ts';
import { Icon } from '../../parts/icons.tsx';
import { stateIcons } from './state-icons.ts';
import { countStates, jobOf, type TargetFilter, targetStates } from './target-list.ts';

interface FilterBarProps {
  readonly all: readonly Target[];
  readonly filter: TargetFilter;
  readonly dropped: number;
  readonly onChange: (changes: Record<string, string | null>) => void;
}

export function FilterBar({ all, filter, dropped, onChange }: FilterBarProps) {
  const jobs = useMemo(() => [...new Set(all.map(jobOf))].sort(), [all]);
  return (
    <div class="filter-bar">
      <StateButtons all={all} chosen={filter.state} onChoose={(state) => onChange({ state })} />
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

interface StateButtonsProps {
  readonly all: readonly Target[];
  readonly chosen: TargetFilter['state'];
  readonly onChoose: (state: Target['health'] | null) => void;
}

/** How many targets are in each state; a click shows those alone. */
function StateButtons({ all, chosen, onChoose }: StateButtonsProps) {
  const counts = countStates(all);
  // A state that no target is in would only take room.
  const offered = targetStates.filter((state) => counts[state] > 0 || state === chosen);
  return (
    <fieldset class="states">
      <legend class="unseen">State</legend>
      <button type="button" class="state-count" aria-pressed={chosen === ''} onClick={() => onChoose(null)}>
        <b>{all.length}</b> all
      </button>
      {offered.map((state) => (
        <button
          type="button"
          key={state}
          class={`state-count ${state}`}
          aria-pressed={chosen === state}
          onClick={() => onChoose(chosen === state ? null : state)}
        >
          <Icon name={stateIcons[state]} />
          <b>{counts[state]}</b> {state}
        </button>
      ))}
    </fieldset>
  );
}

// A line of the table of targets, and the detail below it when it is open.
import type { Target } from '../../lib/api-types.ts';
import { useClock } from '../../lib/clock.ts';
import { ageText, timeText } from '../../lib/time.ts';
import { formatValue } from '../../lib/units.ts';
import { Icon } from '../../parts/icons.tsx';
import { historyKey, type TargetHistory } from './history.ts';
import { stateIcons } from './state-icons.ts';
import { Strip } from './strip.tsx';
import { stripStates, stripText } from './strip-states.ts';
import { TargetDetail } from './target-detail.tsx';
import { errorHint, instanceOf, jobOf } from './target-list.ts';

interface TargetRowProps {
  readonly target: Target;
  readonly history: TargetHistory | null;
  readonly open: boolean;
  readonly utc: boolean;
  readonly onOpen: () => void;
}

export function TargetRow({ target, history, open, utc, onOpen }: TargetRowProps) {
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

interface StripOfProps {
  readonly target: Target;
  readonly history: TargetHistory;
  readonly utc: boolean;
}

function StripOf({ target, history, utc }: StripOfProps) {
  const states = stripStates(history.up.get(historyKey(target.labels)), history.grid);
  return <Strip states={states} text={stripText(states, history.grid, utc)} />;
}

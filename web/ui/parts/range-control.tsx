// The time range in the header: earlier and later, zoom out, the usual ranges, and a range with a fixed end.
import { useState } from 'preact/hooks';
import { endText } from '../lib/explore-state.ts';
import { go, withParams } from '../lib/location.ts';
import { durationText, parseDuration, type TimeRange } from '../lib/range.ts';
import { readSpan, shifted, zoomedOut } from '../lib/range-moves.ts';
import { zone } from '../lib/settings.ts';
import { useStore } from '../lib/store.ts';
import { dateText, rangeChoices, rangeName, timeText } from '../lib/time.ts';
import { Icon } from './icons.tsx';
import { Choice, Menu } from './menu.tsx';

/** The address with another range; a step in the history. */
export function goRange(address: URL, range: TimeRange, replace = false): void {
  go(
    withParams(address, {
      range: durationText(range.seconds),
      end: range.end === null ? null : endText(range.end),
    }),
    replace,
  );
}

interface RangeControlProps {
  readonly range: TimeRange;
  readonly address: URL;
}

export function RangeControl({ range, address }: RangeControlProps) {
  const utc = useStore(zone) === 'utc';
  const now = () => Math.floor(Date.now() / 1000);
  const text = range.end === null ? `Last ${rangeName(range.seconds)}` : spanText(range, range.end, utc);
  return (
    <div class="group range">
      <button
        type="button"
        class="button bare"
        title="Earlier ([)"
        aria-label="Earlier"
        onClick={() => goRange(address, shifted(range, -1, now()))}
      >
        <Icon name="left" />
      </button>
      <Menu text={text} title="Time range" align="start">
        {(close) => <RangePanel range={range} address={address} utc={utc} close={close} />}
      </Menu>
      <button
        type="button"
        class="button bare"
        title="Later (])"
        aria-label="Later"
        disabled={range.end === null}
        onClick={() => goRange(address, shifted(range, 1, now()))}
      >
        <Icon name="right" />
      </button>
      <button
        type="button"
        class="button bare wide-only"
        title="Zoom out (-)"
        aria-label="Zoom out"
        onClick={() => goRange(address, zoomedOut(range, now()))}
      >
        <Icon name="minus" />
      </button>
    </div>
  );
}

/** `2026-11-20 16:00 – 17:00`: the date once when both ends are of one day. */
function spanText(range: TimeRange, end: number, utc: boolean): string {
  const from = timeText(end - range.seconds, utc);
  const to = timeText(end, utc);
  const short = (text: string) => text.replace(/:00$/, '');
  return dateText(end - range.seconds, utc) === dateText(end, utc)
    ? `${short(from)} – ${short(to).slice(11)}`
    : `${short(from)} – ${short(to)}`;
}

interface RangePanelProps extends RangeControlProps {
  readonly utc: boolean;
  readonly close: () => void;
}

function RangePanel({ range, address, utc, close }: RangePanelProps) {
  const end = range.end ?? Math.floor(Date.now() / 1000);
  const [from, setFrom] = useState(timeText(end - range.seconds, utc));
  const [to, setTo] = useState(range.end === null ? 'now' : timeText(end, utc));
  const [wrong, setWrong] = useState('');

  const apply = (event: Event) => {
    event.preventDefault();
    const chosen = readSpan(from, to, utc);
    if (typeof chosen === 'string') return setWrong(chosen);
    goRange(address, chosen);
    close();
  };
  return (
    <div class="range-panel">
      <div class="choices">
        {rangeChoices.map((choice) => (
          <Choice
            key={choice}
            chosen={range.end === null && durationText(range.seconds) === choice}
            onClick={() => {
              goRange(address, { seconds: parseDuration(choice)!, end: null });
              close();
            }}
          >
            Last {rangeName(parseDuration(choice)!)}
          </Choice>
        ))}
      </div>
      <form onSubmit={apply}>
        <label>
          From
          <input class="field" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label>
          To
          <input class="field" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <p class="quiet">
          {utc ? 'UTC' : 'Local time'}; <code>now</code>, or a duration such as <code>90m</code> for From
        </p>
        {wrong && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <button type="submit" class="button strong">
          Show
        </button>
      </form>
    </div>
  );
}

// What went wrong and what the server remarked: errors with the place in the expression and advice, warnings and
// infos counted and collapsible, and the bar of a page that is no longer brought up to date.
import type { ApiError } from '../lib/api.ts';
import { useClock } from '../lib/clock.ts';
import { errorPlace } from '../lib/error-place.ts';
import type { Loaded } from '../lib/load.ts';
import { zone } from '../lib/settings.ts';
import { useStore } from '../lib/store.ts';
import { clockText } from '../lib/time.ts';
import { Icon } from './icons.tsx';

/** What a person can do about a kind of error. */
const advice: Record<string, string> = {
  bad_data: 'Correct the expression and run it again.',
  execution: 'The expression is well formed, but could not be evaluated on this data.',
  timeout: 'Ask for a shorter range or fewer series, or raise --query.timeout.',
  canceled: 'Run it again when you like.',
  network: 'Check that Ferula is running and that this address leads to it.',
  unavailable: 'The server is not ready for this; try again in a moment.',
  bad_response: 'Something between the browser and Ferula (a proxy?) answered instead.',
  internal: 'This is a fault of Ferula; its log says more.',
};

interface ErrorNoticeProps {
  readonly error: ApiError;
  /** The expression that was asked for, shown with the place marked. */
  readonly expr?: string;
  /** What was asked, when it was no expression. */
  readonly asked?: string;
  readonly onRetry?: () => void;
}

export function ErrorNotice({ error, expr, asked, onRetry }: ErrorNoticeProps) {
  const place = expr ? errorPlace(expr, error.message) : null;
  return (
    <div class="notice bad" role="alert">
      <Icon name="bad" />
      <div>
        <p class="notice-head">
          {asked && `${asked}: `}
          {error.message}
        </p>
        {expr && (
          <pre class="notice-expr">
            {place ? (
              <>
                {expr.slice(0, place.from)}
                <mark>{expr.slice(place.from, place.to) || ' '}</mark>
                {expr.slice(place.to)}
              </>
            ) : (
              expr
            )}
          </pre>
        )}
        <p class="quiet">{advice[error.kind] ?? 'The log of the server may say more.'}</p>
      </div>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Warnings and infos of an answer. */
export function Remarks({
  warnings,
  infos,
}: {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}) {
  if (warnings.length + infos.length === 0) return null;
  const count = (n: number, what: string) => (n === 0 ? [] : [`${n} ${what}${n > 1 ? 's' : ''}`]);
  return (
    <details class={`notice ${warnings.length > 0 ? 'warn' : 'info'}`} open={warnings.length > 0}>
      <summary>
        <Icon name={warnings.length > 0 ? 'warning' : 'info'} />
        {[...count(warnings.length, 'warning'), ...count(infos.length, 'info')].join(', ')}
      </summary>
      <ul>
        {[...warnings, ...infos].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}

/** Says that the page has not been brought up to date; shown after three failures in a row. */
export function StaleBar({ load, every }: { readonly load: Loaded<unknown>; readonly every: number }) {
  const utc = useStore(zone) === 'utc';
  if (load.failures < 3 || !load.data || load.updatedAt === null) return null;
  return (
    <div class="notice warn" role="alert">
      <Icon name="warning" />
      <p>
        Not updated since {clockText(Math.floor(load.updatedAt / 1000), utc)}
        {every > 0 && `, retrying every ${every} s`}. {load.error?.message}.
      </p>
    </div>
  );
}

/** For a slow load: how long it has taken, and a way to give up. */
export function Waiting({ load }: { readonly load: Loaded<unknown> }) {
  const now = useClock(load.busySince !== null);
  if (load.busySince === null || now - load.busySince < 1000) return null;
  return (
    <div class="waiting" role="status">
      <span>{Math.round((now - load.busySince) / 1000)} s</span>
      <button type="button" class="button" onClick={load.cancel}>
        Cancel
      </button>
    </div>
  );
}

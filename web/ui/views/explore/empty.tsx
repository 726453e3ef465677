// A query without an answer: which of its metrics exist, and what those that do not might have meant.
import { useEffect, useState } from 'preact/hooks';
import { labelValues } from '../../lib/api.ts';
import { rangeName } from '../../lib/time.ts';
import { metricsIn, nearestNames } from './nearest.ts';

/** Names looked through for the nearest: enough for most servers, and quick. */
const namesMax = 5000;

interface Finding {
  readonly metric: string;
  readonly exists: boolean;
  readonly near: readonly string[];
}

interface EmptyProps {
  readonly expr: string;
  readonly seconds: number;
  readonly onReplace: (expr: string) => void;
  readonly onWiden: (seconds: number) => void;
}

/** The ranges to which an empty one is widened. */
const widths = [86_400, 7 * 86_400, 30 * 86_400];

export function Empty({ expr, seconds, onReplace, onWiden }: EmptyProps) {
  const wider = widths.find((width) => width > seconds);
  const [findings, setFindings] = useState<readonly Finding[]>([]);
  useEffect(() => {
    const own = new AbortController();
    look(expr, own.signal).then(setFindings, () => {});
    return () => own.abort();
  }, [expr]);
  const exact = (name: string, by: string) =>
    expr.replace(new RegExp(`(?<![\\w:])${name}(?![\\w:])`, 'g'), () => by);
  return (
    <div class="empty">
      <p class="empty-head">
        No series for <code>{expr}</code> in this range
      </p>
      {/\[[^\]]+\]/.test(expr) && (
        <p>A window such as [5m] needs two samples in it: just after the first scrape there is only one.</p>
      )}
      {findings.map(({ metric, exists, near }) => (
        <p key={metric}>
          {exists ? (
            <>
              <code>{metric}</code> exists, but nothing of it fits here. Loosen the labels and conditions
              {wider && (
                <>
                  , or{' '}
                  <button type="button" class="textual" onClick={() => onWiden(wider)}>
                    look at the last {rangeName(wider)}
                  </button>
                </>
              )}
              .
            </>
          ) : (
            <>
              There is no metric <code>{metric}</code>.{near.length > 0 && ' Did you mean '}
              {near.map((name, i) => (
                <span key={name}>
                  {i > 0 && (i === near.length - 1 ? ' or ' : ', ')}
                  <button type="button" class="textual" onClick={() => onReplace(exact(metric, name))}>
                    {name}
                  </button>
                </span>
              ))}
              {near.length > 0 && '?'}
            </>
          )}
        </p>
      ))}
    </div>
  );
}

async function look(expr: string, signal: AbortSignal): Promise<Finding[]> {
  const metrics = metricsIn(expr).slice(0, 3);
  let names: readonly string[] | null = null;
  const findings: Finding[] = [];
  for (const metric of metrics) {
    const { data } = await labelValues('__name__', { 'match[]': metric, start: 0, limit: 1 }, signal);
    const exists = data.length > 0;
    if (!exists && names === null) names = (await labelValues('__name__', { limit: namesMax }, signal)).data;
    findings.push({ metric, exists, near: exists ? [] : nearestNames(metric, names!, 3) });
  }
  return findings;
}

// Everything known of one target: its addresses, labels before and after relabelling, and on request which of its
// metrics have the most series.
import { useState } from 'preact/hooks';
import { type ApiError, queryInstant } from '../../lib/api.ts';
import type { Labels, Target } from '../../lib/api-types.ts';
import { exploreLink } from '../../lib/explore-state.ts';
import { selector } from '../../lib/labels.ts';
import { safeLink } from '../../lib/links.ts';
import { parseValue } from '../../lib/values.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { errorHint } from './target-list.ts';

export function TargetDetail({ target }: { readonly target: Target }) {
  const { labels, discoveredLabels, lastError } = target;
  const { job = '', instance = '' } = labels;
  const own = selector({ job, instance });
  const explore = (expr: string) => exploreLink({ queries: [{ expr, off: false, legend: '' }] });
  return (
    <div class="detail">
      {lastError && (
        <div class="detail-error">
          <pre>{lastError}</pre>
          {errorHint(lastError) && <p>{errorHint(lastError)}</p>}
        </div>
      )}
      <dl>
        <dt>Scrape URL</dt>
        <dd>
          <ScrapeUrl url={target.scrapeUrl} />
          <CopyButton class="button bare faint" title="Copy the URL" text={() => target.scrapeUrl} />
        </dd>
        <dt>Interval, timeout</dt>
        <dd>
          {target.scrapeInterval}, {target.scrapeTimeout}
        </dd>
        <dt>Pool</dt>
        <dd>{target.scrapePool}</dd>
        <dt>Labels</dt>
        <dd>
          <LabelList labels={labels} />
        </dd>
        <dt>Discovered as</dt>
        <dd>
          <LabelList labels={discoveredLabels} />
        </dd>
        <dt>Look closer</dt>
        <dd class="links">
          <a href={explore(selector({ __name__: 'up', job, instance }))}>up</a>
          <a href={explore(selector({ __name__: 'scrape_duration_seconds', job, instance }))}>
            scrape duration
          </a>
          <a href={explore(selector({ __name__: 'scrape_samples_scraped', job, instance }))}>samples</a>
        </dd>
        <dt>Cardinality</dt>
        <dd>
          <Cardinality selector={own} />
        </dd>
      </dl>
    </div>
  );
}

/** A link only where a browser may follow it; anything else stays text. */
export function ScrapeUrl({ url }: { readonly url: string }) {
  const href = safeLink(url);
  return href ? (
    <a href={href} rel="noopener noreferrer" target="_blank" class="url">
      {url}
    </a>
  ) : (
    <span class="url">{url}</span>
  );
}

function LabelList({ labels }: { readonly labels: Labels }) {
  return (
    <span class="labels">
      {Object.entries(labels).map(([name, value]) => (
        <span class="pair" key={name}>
          <b>{name}</b>={value}
        </span>
      ))}
    </span>
  );
}

function Cardinality({ selector: own }: { readonly selector: string }) {
  const [rows, setRows] = useState<readonly (readonly [string, number])[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const count = async () => {
    setError(null);
    try {
      const { data } = await queryInstant(
        `topk(10, count by (__name__) (${own}))`,
        Math.floor(Date.now() / 1000),
      );
      if (data.resultType !== 'vector') return;
      setRows(
        data.result.map(
          ({ metric, value }) => [metric.__name__ ?? '', parseValue(value?.[1] ?? '')] as const,
        ),
      );
    } catch (failed) {
      setError(failed as ApiError);
    }
  };
  if (error) return <ErrorNotice error={error} asked="Counting the series" onRetry={() => void count()} />;
  if (!rows)
    return (
      <button type="button" class="textual" onClick={() => void count()}>
        Count series by metric
      </button>
    );
  if (rows.length === 0) return <span class="quiet">No series now</span>;
  return (
    <ol class="cardinality">
      {rows.map(([name, series]) => (
        <li key={name}>
          <code>{name}</code> {series}
        </li>
      ))}
    </ol>
  );
}

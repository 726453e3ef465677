// What the page offers before anything was asked: three queries made from the metrics that are there, and those that
// were run last.
import { useEffect, useState } from 'preact/hooks';
import { labelNames, labelValues } from '../../lib/api.ts';
import { exploreLink } from '../../lib/explore-state.ts';
import { recentQueries } from '../../lib/recent.ts';
import { byEndpoint, type Suggestion, suggestions, suggestMatcher } from './suggest.ts';

const recentShown = 6;

interface WelcomeProps {
  readonly seconds: number;
  /** Whether the first picture is there: until then nothing else is asked for. */
  readonly ready: boolean;
}

export function Welcome({ seconds, ready }: WelcomeProps) {
  const [offered, setOffered] = useState<readonly Suggestion[] | null>(null);
  useEffect(() => {
    if (!ready) return;
    const own = new AbortController();
    const end = Math.ceil(Date.now() / 1000);
    const params = { 'match[]': suggestMatcher, start: end - seconds, end, limit: 1000 };
    offers(params, own.signal).then(
      setOffered,
      // The chart below already says that the server does not answer.
      () => setOffered([]),
    );
    return () => own.abort();
  }, [ready, seconds]);
  const recent = recentQueries().slice(0, recentShown);
  const to = (expr: string) => exploreLink({ queries: [{ expr, off: false, legend: '' }], seconds });
  return (
    <>
      {offered?.length !== 0 && (
        <nav class="welcome" aria-label="Queries to begin with">
          {offered === null
            ? [0, 1, 2].map((i) => <span key={i} class="card idle" />)
            : offered.map(({ title, expr }) => (
                <a key={expr} class="card" href={to(expr)}>
                  <span class="card-title">{title}</span>
                  <code>{expr}</code>
                </a>
              ))}
        </nav>
      )}
      {recent.length > 0 && (
        <nav class="recent" aria-label="Recent queries">
          <span class="quiet">Recent</span>
          {recent.map((expr) => (
            <a key={expr} href={to(expr)} title={expr}>
              <code>{expr}</code>
            </a>
          ))}
        </nav>
      )}
    </>
  );
}

async function offers(params: Record<string, string | number>, signal: AbortSignal): Promise<Suggestion[]> {
  const { data } = await labelValues('__name__', params, signal);
  const found = suggestions(data, 3);
  return Promise.all(
    found.map(async (one) => {
      if (!one.endpoints) return one;
      const labels = await labelNames({ ...params, 'match[]': one.metric }, signal);
      return byEndpoint(one, labels.data);
    }),
  );
}

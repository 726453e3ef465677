// What the page offers before anything was asked: three queries made from the metrics that are there.
import { useEffect, useState } from 'preact/hooks';
import { labelValues } from '../../lib/api.ts';
import { exploreLink } from '../../lib/explore-state.ts';
import { type Suggestion, suggestions, suggestMatcher } from './suggest.ts';

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
    labelValues('__name__', params, own.signal).then(
      ({ data }) => setOffered(suggestions(data, 3)),
      // The chart above already says that the server does not answer.
      () => setOffered([]),
    );
    return () => own.abort();
  }, [ready, seconds]);
  if (offered?.length === 0) return null;
  return (
    <nav class="welcome" aria-label="Queries to begin with">
      {offered === null
        ? [0, 1, 2].map((i) => <span key={i} class="card idle" />)
        : offered.map(({ title, expr }) => (
            <a
              key={expr}
              class="card"
              href={exploreLink({ queries: [{ expr, off: false, legend: '' }], seconds })}
            >
              <span class="card-title">{title}</span>
              <code>{expr}</code>
            </a>
          ))}
    </nav>
  );
}

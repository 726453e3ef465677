// What the stored series say of the targets on the page: an hour of `up`, and the samples of their last scrapes.
import { queryInstant, queryRange } from '../../lib/api.ts';
import type { Labels, Target, WireSample } from '../../lib/api-types.ts';
import { escapeRegex, labelsKey, quote } from '../../lib/labels.ts';
import type { Grid } from '../../lib/range.ts';
import { parseValue } from '../../lib/values.ts';
import { stripGrid } from './strip-states.ts';

export interface TargetHistory {
  readonly grid: Grid;
  /** By the key of the labels without the metric's name. */
  readonly up: ReadonlyMap<string, readonly WireSample[]>;
  readonly samples: ReadonlyMap<string, number>;
  readonly added: ReadonlyMap<string, number>;
}

export function historyKey({ __name__: _, ...labels }: Labels): string {
  return labelsKey(labels);
}

/** A matcher for the instances of these targets; all series when none has an instance. */
function instancesOf(targets: readonly Target[]): string {
  const instances = [...new Set(targets.flatMap(({ labels }) => labels.instance ?? []))];
  return instances.length === 0 ? '' : `instance=~${quote(instances.map(escapeRegex).join('|'))}`;
}

/** Asks for the history of the targets of one page, in three queries. */
export async function loadHistory(
  targets: readonly Target[],
  now: number,
  signal: AbortSignal,
): Promise<TargetHistory> {
  const grid = stripGrid(now);
  const matcher = instancesOf(targets);
  const newest = async (metric: string) => {
    const { data } = await queryInstant(`${metric}{${matcher}}`, Math.floor(now), signal);
    const found = new Map<string, number>();
    if (data.resultType !== 'vector') return found;
    for (const { metric: labels, value } of data.result)
      if (value) found.set(historyKey(labels), parseValue(value[1]));
    return found;
  };
  const [range, samples, added] = await Promise.all([
    queryRange(`up{${matcher}}`, grid, signal),
    newest('scrape_samples_scraped'),
    newest('scrape_series_added'),
  ]);
  const up = new Map(range.data.result.map(({ metric, values = [] }) => [historyKey(metric), values]));
  return { grid, up, samples, added };
}

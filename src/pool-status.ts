// What the API tells of scrape jobs as they are configured: their section of the file, what their relabelling does to
// labels, and which targets a selector means.
import { parse, stringify } from 'yaml';
import { labelsFromObject, labelsToObject } from '../storage/model/labels.ts';
import { createMatcher, type MatchOp } from '../storage/model/matcher.ts';
import type { Config, RelabelRule } from './config/config.ts';
import { relabelSteps } from './relabel.ts';
import { type QueryService, ServiceError } from './threads/services.ts';

/** A job's section of the configuration as written, without secrets. @throws ServiceError `not_found` */
export function poolText(config: Config, job: string): string {
  poolOf(config, job);
  const file = parse(config.display) as { scrape_configs?: { job_name?: string }[] } | null;
  const written = file?.scrape_configs?.find(({ job_name: name }) => name === job);
  if (!written)
    throw new ServiceError('not_found', `the job "${job}" comes from another file, which is not shown`);
  return stringify(written);
}

/** Each relabel rule of a job with the labels behind it. @throws ServiceError `not_found` */
export function poolRelabelSteps(
  config: Config,
  job: string,
  labels: Readonly<Record<string, string>>,
): readonly unknown[] {
  const { relabelConfigs } = poolOf(config, job);
  return relabelSteps(labelsFromObject(labels), relabelConfigs).map(({ rule, output, keep }) => ({
    rule: ruleToJson(rule),
    output: labelsToObject(output),
    keep,
  }));
}

function poolOf(config: Config, job: string): Config['scrapeConfigs'][number] {
  const found = config.scrapeConfigs.find(({ jobName }) => jobName === job);
  if (!found) throw new ServiceError('not_found', `no scrape job is named "${job}"`);
  return found;
}

/** A rule with the keys that it has in the file. */
function ruleToJson(rule: RelabelRule): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rule).map(([key, value]) => [key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]),
  );
}

/** A test of label sets, from a selector such as `{job="x"}`; parsed where the parser is. @throws ServiceError */
export async function labelMatcher(
  queries: QueryService,
  selector: string,
): Promise<(labels: Readonly<Record<string, string>>) => boolean> {
  const chunks = await queries.answer({ kind: 'parse_query', query: selector });
  const { data } = JSON.parse(Buffer.concat(chunks).toString()) as {
    data: { type: string; matchers?: { name: string; type: MatchOp; value: string }[] };
  };
  if (data.type !== 'vectorSelector' || !data.matchers)
    throw new ServiceError('bad_data', `invalid parameter "match_target": ${selector} is not a selector`);
  const matchers = data.matchers.map(({ name, type, value }) => createMatcher(name, type, value));
  return (labels) => matchers.every((matcher) => matcher.matches(labels[matcher.name] ?? ''));
}

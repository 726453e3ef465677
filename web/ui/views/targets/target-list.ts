// Which targets are shown and in which order, and what their errors mean in words.
import type { Target } from '../../lib/api-types.ts';

export interface TargetFilter {
  /** Empty for all. */
  readonly state: '' | 'up' | 'down' | 'unknown';
  /** Words that must all occur in the labels, the URL or the error. */
  readonly search: string;
  /** A job, or empty for all. */
  readonly job: string;
}

export const targetStates = ['down', 'unknown', 'up'] as const;

/** A key that stays the same from load to load. */
export const targetKey = (target: Target): string =>
  `${target.scrapePool}\0${target.scrapeUrl}\0${JSON.stringify(target.labels)}`;

const collator = new Intl.Collator('en', { numeric: true });

function textOf(target: Target): string {
  return [target.scrapePool, target.scrapeUrl, target.lastError, ...Object.values(target.labels)]
    .join(' ')
    .toLowerCase();
}

/** The targets that pass, failing ones first, then by job and instance. */
export function listTargets(targets: readonly Target[], filter: TargetFilter): Target[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = targets.filter((target) => {
    if (filter.state && target.health !== filter.state) return false;
    if (filter.job && jobOf(target) !== filter.job) return false;
    if (words.length === 0) return true;
    const text = textOf(target);
    return words.every((word) => text.includes(word));
  });
  const rank = (target: Target) => targetStates.indexOf(target.health);
  return kept.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      collator.compare(jobOf(a), jobOf(b)) ||
      collator.compare(instanceOf(a), instanceOf(b)),
  );
}

/** Keeps the order of a list that is under the pointer: known rows where they were, new ones at the end. */
export function keepOrder(list: readonly Target[], before: readonly string[]): Target[] {
  const place = new Map(before.map((key, i) => [key, i]));
  const at = (target: Target) => place.get(targetKey(target)) ?? before.length;
  return [...list].sort((a, b) => at(a) - at(b));
}

export const jobOf = (target: Target): string => target.labels.job ?? target.scrapePool;
export const instanceOf = (target: Target): string => target.labels.instance ?? target.scrapeUrl;

/** How many targets are in each state. */
export function countStates(targets: readonly Target[]): Record<Target['health'], number> {
  const counts = { up: 0, down: 0, unknown: 0 };
  for (const { health } of targets) counts[health]++;
  return counts;
}

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED|connection refused/i,
    'Nothing listens at this address: is the program running, and is the port right?',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|no such host|getaddrinfo/i,
    'The host name cannot be resolved: check its spelling and DNS.',
  ],
  [/EHOSTUNREACH|ENETUNREACH|no route|unreachable/i, 'There is no way through the network to this host.'],
  [
    /ECONNRESET|EPIPE|socket hang up|connection reset|EOF$/i,
    'The target closed the connection before it had answered.',
  ],
  [
    /certificate|self.signed|CERT_|x509|unable to verify/i,
    'The certificate is not trusted: see tls_config (ca_file, server_name).',
  ],
  [
    /ssl|tls|wrong version number|EPROTO/i,
    'TLS could not be agreed on: does the target speak https at this port?',
  ],
  [/\b401\b/, 'The target wants credentials: see basic_auth or authorization.'],
  [/\b403\b/, 'The credentials do not give access to this path.'],
  [/\b404\b/, 'There is nothing at this path: see metrics_path.'],
  [/\b5\d\d\b/, 'The target itself failed to answer: look at its log.'],
  [/deadline|timed? ?out|ETIMEDOUT|aborted/i, 'The target took longer than scrape_timeout.'],
  [/body.*(limit|size)|too large/i, 'The answer is larger than body_size_limit.'],
  [
    /sample_limit|label_limit|limit exceeded/i,
    'A limit of this job was exceeded; the whole scrape is dropped.',
  ],
  [
    /content.type/i,
    'The answer says it is no metrics: is this the right path? See fallback_scrape_protocol.',
  ],
  [
    /parse|expected|invalid|unexpected|line \d+/i,
    'The answer is not valid exposition text; the message names the place.',
  ],
];

/** Advice for an error of a scrape; empty when there is none to give. */
export function errorHint(error: string): string {
  return hints.find(([pattern]) => pattern.test(error))?.[1] ?? '';
}

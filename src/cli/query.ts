// `ferula query`: evaluates PromQL on a file (beside a running server or without one) or on a server, and prints what
// comes out, a series a line. Both ways give the HTTP API's JSON, so both print alike.
import { formatDuration, parseDuration } from '../durations.ts';
import { DEFAULT_STORE_PATH } from '../options.ts';
import type { ReadRequest } from '../threads/services.ts';
import { type ApiData, resultLines } from './result-lines.ts';
import { CommandError, createCommand, parseArguments, UsageError } from './usage.ts';

/** What the flags of `ferula query` say. */
export interface QueryFlags {
  readonly query: string;
  /** A server's address; '': a file. */
  readonly url: string;
  readonly storagePath: string;
  readonly startMs: number;
  /** The same as `startMs` for an instant query. */
  readonly endMs: number;
  /** 0: an instant query. */
  readonly stepMs: number;
  readonly json: boolean;
}

const DEFAULT_RANGE_MS = 3_600_000;
/** Steps of a range query without --step. */
const DEFAULT_STEPS = 250;
const QUERY_TIMEOUT_MS = 120_000;

/** Prints the result; resolves with the exit code. */
export async function runQuery(args: readonly string[]): Promise<number> {
  const flags = parseQueryFlags(args, Date.now());
  const text = flags.url === '' ? await queryFile(flags) : await queryServer(flags);
  const body = JSON.parse(text) as ApiBody;
  if (body.status !== 'success') {
    process.stderr.write(`ferula: ${body.errorType}: ${body.error}\n`);
    return 1;
  }
  for (const warning of [...(body.warnings ?? []), ...(body.infos ?? [])])
    process.stderr.write(`${warning}\n`);
  if (flags.json) process.stdout.write(`${text.trimEnd()}\n`);
  else for (const line of resultLines(body.data)) process.stdout.write(`${line}\n`);
  return 0;
}

interface ApiBody {
  readonly status: 'success' | 'error';
  readonly data: ApiData;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/**
 * Reads the arguments behind `ferula query`.
 * @throws UsageError, or Printed where help was asked for
 */
export function parseQueryFlags(args: readonly string[], nowMs: number): QueryFlags {
  const command = createCommand('ferula query')
    .description('Evaluate PromQL: at one time, or with --start, --end or --step over a range.')
    .argument('<expression>', "The query, such as 'sum by (job) (rate(http_requests_total[5m]))'.")
    .option('--storage.path <file>', 'File to read; a server may be running on it.')
    .option('--url <url>', 'Server to ask instead, such as http://127.0.0.1:9090.')
    .option('--time <time>', 'Moment of evaluation, RFC 3339 or Unix seconds (default: now).')
    .option('--start <time>', 'Start of a range (default: an hour before its end).')
    .option('--end <time>', 'End of a range (default: now).')
    .option('--step <duration>', 'Step of a range, such as 30s (default: a 250th of it).')
    .option('--json', 'Print the JSON of the HTTP API.')
    .helpOption('-h, --help', 'Show this.');
  parseArguments(command, args);
  const given = command.opts<Record<string, string | boolean | undefined>>();
  const text = (name: string): string | undefined => given[name] as string | undefined;
  const url = text('url');
  const path = text('storage.path');
  if (url !== undefined && path !== undefined)
    throw new UsageError('--storage.path and --url say two places; give one of them');
  if (url !== undefined && !URL.canParse(url))
    throw new UsageError(`--url: ${JSON.stringify(url)} is not a URL such as http://127.0.0.1:9090`);
  return {
    query: command.args[0],
    url: url ?? '',
    storagePath: path ?? DEFAULT_STORE_PATH,
    ...times(text, nowMs),
    json: given.json === true,
  };
}

function times(
  text: (name: string) => string | undefined,
  nowMs: number,
): { startMs: number; endMs: number; stepMs: number } {
  const isRange = ['start', 'end', 'step'].some((name) => text(name) !== undefined);
  if (!isRange) {
    const timeMs = time('time', text('time')) ?? nowMs;
    return { startMs: timeMs, endMs: timeMs, stepMs: 0 };
  }
  if (text('time') !== undefined)
    throw new UsageError('--time is for one moment, --start and --end for a range');
  const endMs = time('end', text('end')) ?? nowMs;
  const startMs = time('start', text('start')) ?? endMs - DEFAULT_RANGE_MS;
  if (endMs < startMs) throw new UsageError('--end lies before --start');
  const usualMs = Math.max(1000, Math.round((endMs - startMs) / DEFAULT_STEPS / 1000) * 1000);
  return { startMs, endMs, stepMs: step(text('step')) ?? usualMs };
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;

function time(name: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const ms = NUMBER.test(written) ? Math.round(Number(written) * 1000) : rfc3339(written);
  if (ms === undefined)
    throw new UsageError(`--${name}: expected RFC 3339 or Unix seconds, found ${JSON.stringify(written)}`);
  return ms;
}

function rfc3339(written: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(written)) return undefined;
  const ms = Date.parse(written);
  return Number.isNaN(ms) ? undefined : ms;
}

function step(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const ms = NUMBER.test(written) ? Number(written) * 1000 : parseDuration(written);
  if (ms === undefined || ms <= 0)
    throw new UsageError(`--step: expected a duration such as 30s, found ${JSON.stringify(written)}`);
  return ms;
}

/** Asks the file itself, with an engine of our own. */
async function queryFile(flags: QueryFlags): Promise<string> {
  const [
    { openStore },
    { createEngine },
    { answer },
    { DEFAULT_ENGINE },
    { nativeBinding },
    { ServiceError },
  ] = await Promise.all([
    import('../../storage/index.ts'),
    import('../../query/engine.ts'),
    import('../threads/answer.ts'),
    import('../options.ts'),
    import('../packaging.ts'),
    import('../threads/services.ts'),
  ]);
  const store = openStore(flags.storagePath, { readOnly: true, nativeBinding: nativeBinding() });
  try {
    const chunks = answer(store.reader(), createEngine(DEFAULT_ENGINE), request(flags), {
      timeoutMs: QUERY_TIMEOUT_MS,
    });
    return Buffer.concat(chunks).toString();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return JSON.stringify({ status: 'error', errorType: error.type, error: error.message });
  } finally {
    store.close();
  }
}

function request({ query, startMs, endMs, stepMs }: QueryFlags): ReadRequest {
  const options = { timeoutMs: 0, limit: 0, lookbackMs: 0, stats: '' } as const;
  return stepMs === 0
    ? { kind: 'query', query, timeMs: startMs, options }
    : { kind: 'query_range', query, startMs, endMs, stepMs, options };
}

/** Asks a server over its API. */
async function queryServer({ url, query, startMs, endMs, stepMs }: QueryFlags): Promise<string> {
  const form: Record<string, string> =
    stepMs === 0
      ? { query, time: String(startMs / 1000) }
      : { query, start: String(startMs / 1000), end: String(endMs / 1000), step: formatDuration(stepMs) };
  const address = `${url.replace(/\/+$/, '')}/api/v1/${stepMs === 0 ? 'query' : 'query_range'}`;
  let response: Response;
  try {
    response = await fetch(address, { method: 'POST', body: new URLSearchParams(form) });
  } catch (error) {
    const { cause } = error as Error & { cause?: Error };
    throw new CommandError(`${address} does not answer: ${cause?.message ?? (error as Error).message}`);
  }
  const text = await response.text();
  if (!/^\s*\{/.test(text))
    throw new CommandError(`${address} answers ${response.status}: ${text.slice(0, 200)}`);
  return text;
}

// Helper of the engine's tests: runs a query against series in memory and writes the result as lines of text,
// `metric{a="b"} 1 _ 3`, one value a step, `_` where there is none.
import { createEngine, type EngineOptions, type QueryRequest } from '../../../query/engine.ts';
import { formatApiValue } from '../../../query/lang/number.ts';
import { QueryError, type QueryResult } from '../../../query/result.ts';
import { hasBit } from '../../../storage/model/sample.ts';
import type { Symbols } from '../../../storage/source.ts';
import type { MemorySource } from '../../support/memory-source.ts';

export const OPTIONS: EngineOptions = {
  lookbackMs: 300_000,
  defaultStepMs: 60_000,
  maxSamples: 50_000_000,
  maxMemoryBytes: 512 * 1024 * 1024,
  features: { delayedNameRemoval: false, typeAndUnitLabels: false, strict: false },
};

export const MINUTE = 60_000;

/** When to ask: at one moment in minutes, or from and to in minutes by steps in minutes. */
export type When = number | readonly [from: number, to: number, step: number];

export function run(
  source: MemorySource,
  query: string,
  when: When,
  options: Partial<EngineOptions> = {},
  more: Partial<QueryRequest> = {},
): QueryResult {
  const [from, to, step] = typeof when === 'number' ? [when, when, 0] : when;
  const times = { startMs: from * MINUTE, endMs: to * MINUTE, stepMs: step * MINUTE };
  return createEngine({ ...OPTIONS, ...options }).run(source, { query, ...times, ...more });
}

/** The result as lines. */
export function ask(
  source: MemorySource,
  query: string,
  when: When,
  options: Partial<EngineOptions> = {},
): string[] {
  return lines(run(source, query, when, options));
}

/** The message of the error that a query ends in. */
export function askError(
  source: MemorySource,
  query: string,
  when: When,
  options: Partial<EngineOptions> = {},
): string {
  try {
    run(source, query, when, options);
  } catch (error) {
    if (error instanceof QueryError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  throw new Error(`${query} did not fail`);
}

export function lines(result: QueryResult): string[] {
  const { value } = result;
  switch (value.type) {
    case 'string':
      return [value.value];
    case 'scalar':
      return [Array.from(value.values, formatApiValue).join(' ')];
    case 'raw':
      return value.series.map(({ labels, timesMs, values }) => {
        const samples = Array.from(values, (v, j) => `${formatApiValue(v)}@${timesMs[j] / 1000}`);
        return `${show(labels, value.symbols)} ${samples.join(' ')}`;
      });
    default:
      return value.series.map(({ labels, vector }) => {
        const values = Array.from(vector.values, (v, k) =>
          !vector.present || hasBit(vector.present, k) ? formatApiValue(v) : '_',
        );
        return `${show(labels, value.symbols)} ${values.join(' ')}`;
      });
  }
}

function show(labels: Int32Array, symbols: Symbols): string {
  let name = '';
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    const label = symbols.text(labels[i]);
    if (label === '__name__') name = symbols.text(labels[i + 1]);
    else pairs.push(`${label}=${JSON.stringify(symbols.text(labels[i + 1]))}`);
  }
  return pairs.length > 0 || name === '' ? `${name}{${pairs.join(',')}}` : name;
}

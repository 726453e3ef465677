// `ferula check metrics`: reads metrics in text format from standard input, as a scrape would, and looks at their style.
import { readFileSync } from 'node:fs';
import type { MetricMetadata } from '../../storage/source.ts';
import { createExpositionReader } from '../scrape/exposition.ts';
import { createMetadataCache } from '../scrape/metadata.ts';
import type { CheckResult } from './check.ts';
import { lintMetrics, type MetricFamily } from './metrics-lint.ts';

const STANDARD_INPUT = 0;

export function runCheckMetrics(): CheckResult {
  let families: MetricFamily[];
  try {
    families = readFamilies(readFileSync(STANDARD_INPUT));
  } catch (error) {
    process.stderr.write(`error while linting: ${(error as Error).message}\n`);
    return 'failed';
  }
  const problems = lintMetrics(families);
  for (const { metric, text } of problems) process.stderr.write(`${metric} ${text}\n`);
  return problems.length > 0 ? 'lint' : 'good';
}

interface Family {
  readonly name: string;
  type: MetricFamily['type'];
  help: string;
  readonly labelNames: Set<string>;
}

/** @throws Error with line and reason where the text is not the text format, or OpenMetrics where it ends as that does */
export function readFamilies(text: Uint8Array): MetricFamily[] {
  const isOpenMetrics = /(?:^|\n)# EOF\n?$/.test(Buffer.from(text.subarray(-7)).toString('latin1'));
  const series: string[][] = [];
  const metadata = createMetadataCache();
  const reader = createExpositionReader(
    {
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      sampleLimit: 0,
      decide: (texts) => {
        series.push([...texts]);
        return null;
      },
    },
    metadata,
    0,
  );
  const body = new Uint8Array(text.length + 1);
  body.set(text);
  reader.read(body, text.length, isOpenMetrics ? 'openmetrics' : 'text');
  return gather(series, metadata.list(), isOpenMetrics);
}

function gather(
  series: readonly (readonly string[])[],
  metadata: readonly MetricMetadata[],
  isOpenMetrics: boolean,
): MetricFamily[] {
  const stated = new Map(metadata.map((one) => [one.metric, one]));
  const families = new Map<string, Family>();
  for (const texts of series) {
    const owner = ownerOf(texts[1], stated);
    // OpenMetrics names a counter without the suffix that its samples have.
    const name = isOpenMetrics && owner?.type === 'counter' ? texts[1] : (owner?.metric ?? texts[1]);
    const family: Family = families.get(name) ?? {
      name,
      type: typeOf(owner),
      help: owner?.help ?? '',
      labelNames: new Set(),
    };
    families.set(name, family);
    const isPart = (label: string): boolean =>
      (label === 'le' && family.type === 'histogram') || (label === 'quantile' && family.type === 'summary');
    for (let i = 2; i < texts.length; i += 2) if (!isPart(texts[i])) family.labelNames.add(texts[i]);
  }
  return [...families.values()];
}

/** What the text says of a sample's metric: under its own name, or under that of the metric it is a part of. */
function ownerOf(sample: string, stated: ReadonlyMap<string, MetricMetadata>): MetricMetadata | undefined {
  const own = stated.get(sample);
  if (own) return own;
  const whole = stated.get(sample.replace(/_(?:bucket|count|sum|total|created|info)$/, ''));
  const parts = whole && PARTS[whole.type];
  return parts?.some((part) => sample === whole!.metric + part) ? whole : undefined;
}

const PARTS: Partial<Record<MetricMetadata['type'], readonly string[]>> = {
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['_count', '_sum', '_created'],
  counter: ['_total', '_created'],
  info: ['_info'],
};

function typeOf(owner: MetricMetadata | undefined): MetricFamily['type'] {
  switch (owner?.type) {
    case 'counter':
    case 'gauge':
    case 'histogram':
    case 'summary':
      return owner.type;
    default:
      return 'unknown';
  }
}

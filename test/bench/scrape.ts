// What parsing an exposition costs: bodies whose series are known from the body before, and bodies of a new target.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import {
  createExpositionReader,
  createSharedTools,
  type ExpositionReader,
} from '../../src/scrape/exposition.ts';
import { createMetadataCache } from '../../src/scrape/metadata.ts';
import { createLabelAttacher } from '../../src/scrape/series-labels.ts';
import type { Labels } from '../../storage/model/labels.ts';

export interface ScrapeFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** One target's bodies, in order; each with room for one byte more. */
type Bodies = readonly Uint8Array[];

const tools = createSharedTools();
const TARGET: Labels = ['instance', 'localhost:9100', 'job', 'node'];

/** @param captureDir a folder of recorded exporter bodies (`*.metrics.zst`); without it, bodies are made up. */
export async function benchScrape(captureDir?: string): Promise<ScrapeFigure[]> {
  const targets = captureDir === undefined ? [madeUpBodies()] : readCapture(captureDir);
  return [
    { name: 'scrape/parse/stable', value: stableCost(targets), unit: 'ns/sample' },
    { name: 'scrape/parse/new', value: newCost(targets), unit: 'ns/sample' },
  ];
}

/** The best of three passes over all bodies; the first one warms up. */
function stableCost(targets: readonly Bodies[]): number {
  let best = Number.POSITIVE_INFINITY;
  const readers = targets.map(() => createReader());
  for (let pass = 0; pass < 4; pass++) {
    let samples = 0;
    const start = process.cpuUsage();
    targets.forEach((bodies, i) => {
      for (const body of bodies) samples += readBody(readers[i], body);
    });
    best = Math.min(best, nanoseconds(start) / samples);
  }
  return best;
}

/** Every body as a target's first one. */
function newCost(targets: readonly Bodies[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 4; pass++) {
    let samples = 0;
    const start = process.cpuUsage();
    for (const bodies of targets) {
      for (const body of bodies.slice(0, 60)) samples += readBody(createReader(), body);
    }
    best = Math.min(best, nanoseconds(start) / samples);
  }
  return best;
}

function nanoseconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000;
}

function createReader(): ExpositionReader {
  return createExpositionReader(
    {
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      sampleLimit: 0,
      decide: createLabelAttacher(TARGET, false),
    },
    createMetadataCache(),
    5,
    tools,
  );
}

function readBody(reader: ExpositionReader, body: Uint8Array): number {
  let id = 0;
  reader.read(body, body.length - 1, 'text');
  reader.accept(body, () => ++id);
  return reader.scraped;
}

function readCapture(dir: string): Bodies[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.metrics.zst'))
    .sort()
    .map((file) => {
      const records = zstdDecompressSync(readFileSync(join(dir, file)));
      const bodies: Uint8Array[] = [];
      for (let at = 0; at < records.length; ) {
        const lineEnd = records.indexOf(10, at);
        const length = Number(records.toString('latin1', at, lineEnd).split(' ')[2]);
        bodies.push(withSpareByte(records.subarray(lineEnd + 1, lineEnd + 1 + length)));
        at = lineEnd + 1 + length + 1;
      }
      return bodies;
    });
}

/** Two hundred bodies of one program: counters, gauges and histograms of 600 series. */
function madeUpBodies(): Bodies {
  return Array.from({ length: 200 }, (_, scrape) => {
    let text = '';
    for (let metric = 0; metric < 30; metric++) {
      text += `# HELP app_metric_${metric}_total What happened in part ${metric}.\n`;
      text += `# TYPE app_metric_${metric}_total counter\n`;
      for (let i = 0; i < 20; i++) {
        const value = metric % 3 === 0 ? (scrape * 17 + i) / 8 : scrape * (i + 1) * 31;
        text += `app_metric_${metric}_total{method="GET",handler="/api/v1/item/${i}",code="200"} ${value}\n`;
      }
    }
    return withSpareByte(Buffer.from(text));
  });
}

function withSpareByte(bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(bytes.length + 1);
  body.set(bytes);
  return body;
}

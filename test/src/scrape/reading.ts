// Expositions in and out as text, for tests: what a reader made of a body, one line a sample.
import {
  createExpositionReader,
  type ExpositionFormat,
  type ExpositionOptions,
  type ExpositionReader,
} from '../../../src/scrape/exposition.ts';
import { createMetadataCache, type MetadataCache } from '../../../src/scrape/metadata.ts';
import { attachTargetLabels } from '../../../src/scrape/series-labels.ts';
import type { Labels } from '../../../storage/model/labels.ts';

/** A reader with a table of ids of its own. */
export interface TestReader {
  readonly reader: ExpositionReader;
  readonly metadata: MetadataCache;
  /** Reads and accepts a body: the row's samples in order, then those with times of their own (`name value @ms`). */
  read(body: string | Uint8Array, format?: ExpositionFormat): string[];
  /** Series that the last accepted body lost. */
  readonly vanished: string[];
  readonly rowChanged: boolean;
}

export function createTestReader(options: Partial<ExpositionOptions> = {}): TestReader {
  const ids = new Map<string, number>();
  const names: string[] = [''];
  const metadata = createMetadataCache();
  const reader = createExpositionReader(
    {
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      sampleLimit: 0,
      decide: (texts) => attachTargetLabels(texts, [], false),
      ...options,
    },
    metadata,
    0,
  );
  const idOf = (labels: Labels): number => {
    const name = seriesText(labels);
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, names.push(name) - 1);
    return names.length - 1;
  };
  return {
    reader,
    metadata,
    vanished: [],
    rowChanged: false,
    read(body, format = 'text') {
      const bytes = withRoom(typeof body === 'string' ? Buffer.from(body) : body);
      reader.read(bytes, bytes.length - 1, format);
      const change = reader.accept(bytes, idOf);
      Object.assign(this, {
        vanished: Array.from(change.vanishedIds, (id) => names[id]),
        rowChanged: change.rowChanged,
      });
      const { rowIds, values, timed } = reader;
      return [
        ...Array.from(rowIds, (id, slot) => `${names[id]} ${numberText(values[slot])}`),
        ...Array.from(
          { length: timed.count },
          (_, k) => `${names[timed.seriesIds[k]]} ${numberText(timed.values[k])} @${timed.timesMs[k]}`,
        ),
      ];
    },
  };
}

/** The samples of one body, read by a new reader. */
export function samplesOf(body: string | Uint8Array, format: ExpositionFormat = 'text'): string[] {
  return createTestReader().read(body, format);
}

export function withRoom(bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(bytes.length + 1);
  body.set(bytes);
  return body;
}

function seriesText(labels: Labels): string {
  let name = '';
  const pairs: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === '__name__') name = labels[i + 1];
    else pairs.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`);
  }
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

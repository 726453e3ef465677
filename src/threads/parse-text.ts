// One exposition that somebody pushed, read as a whole: its series with labels as they are to be stored.
import { compareText, type Labels } from '../../storage/model/labels.ts';
import type { MetricMetadata } from '../../storage/source.ts';
import { createExpositionReader } from '../scrape/exposition.ts';
import { createMetadataCache } from '../scrape/metadata.ts';

/** The samples of a text. Those with times of their own stand behind the others. */
export interface ParsedText {
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  /** Milliseconds; NaN where the sample has no time of its own. */
  readonly timesMs: Float64Array;
  readonly metadata: readonly MetricMetadata[];
  /** Samples left out because their series stands in the text before, with another value. */
  readonly duplicates: number;
}

/**
 * Reads exposition text of format 0.0.4 or 1.0.0. Every series gets `extra`, which wins over labels of its own.
 * @throws ExpositionError where the format is broken, Error where a series has no name or repeats a label
 */
export function parseText(body: Uint8Array, extra: Readonly<Record<string, string>>): ParsedText {
  const metadata = createMetadataCache();
  const decide = (texts: string[]): Labels => {
    const merged = new Map<string, string>();
    for (let i = 0; i < texts.length; i += 2) {
      if (merged.has(texts[i])) throw new Error(`label ${JSON.stringify(texts[i])} stands twice in a series`);
      merged.set(texts[i], texts[i + 1]);
    }
    for (const [name, value] of Object.entries(extra)) merged.set(name, value);
    return [...merged.keys()]
      .filter((name) => merged.get(name) !== '')
      .sort(compareText)
      .flatMap((name) => [name, merged.get(name)!]);
  };
  const options = { honorTimestamps: true, trackTimestampsStaleness: false, sampleLimit: 0, decide };
  const reader = createExpositionReader(options, metadata, 0);
  const bytes = new Uint8Array(body.length + 1);
  bytes.set(body);
  reader.read(bytes, body.length, 'text');
  const known: Labels[] = [];
  const ids = new Map<string, number>();
  reader.accept(bytes, (labels) => {
    const key = labels.join('\0');
    const id = ids.get(key) ?? known.push(labels);
    ids.set(key, id);
    return id;
  });
  const { rowIds, timed } = reader;
  const count = rowIds.length + timed.count;
  const values = new Float64Array(count);
  const timesMs = new Float64Array(count).fill(Number.NaN);
  // Copied as bytes, so that a stale marker keeps its bits.
  values.set(reader.values.subarray(0, rowIds.length));
  values.set(timed.values.subarray(0, timed.count), rowIds.length);
  timesMs.set(timed.timesMs.subarray(0, timed.count), rowIds.length);
  const all = [...rowIds, ...timed.seriesIds.subarray(0, timed.count)];
  return {
    labels: all.map((id) => known[id - 1]),
    values,
    timesMs,
    metadata: metadata.list(),
    duplicates: reader.duplicates,
  };
}

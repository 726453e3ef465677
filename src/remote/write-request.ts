// Decodes prometheus.WriteRequest, the message of remote write 1.0: series with labels, samples and metadata.
// Field numbers are those of prometheus/prompb (remote.proto, types.proto).
import { PbfReader } from 'pbf';
import { compareText, type Labels, labelValue, METRIC_NAME } from '../../storage/model/labels.ts';
import type { MetricMetadata, MetricType } from '../../storage/source.ts';
import { SampleColumns } from './sample-columns.ts';
import { hashBytes, type SeriesCache } from './series-cache.ts';

/** A message that breaks the format or the data model; nothing of it was stored. */
export class WriteRequestError extends Error {
  override name = 'WriteRequestError';
}

/** A request's samples in columns. Arrays may be longer than `count`. */
export interface WriteRequest {
  readonly count: number;
  /** Which series a sample belongs to: an index into `seriesIds`. */
  readonly seriesIds: Int32Array;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly metadata: readonly MetricMetadata[];
  /** Exemplars and native histograms met, which are not stored yet. */
  readonly exemplars: number;
  readonly histograms: number;
  /** A metric that has native histograms, '' where there are none. */
  readonly histogramMetric: string;
}

export const METRIC_TYPES: readonly MetricType[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];

const WIRE_BYTES = 2;
const tagOf = (field: number, wireType: number): number => (field << 3) | wireType;
const TIMESERIES = tagOf(1, WIRE_BYTES);
const METADATA = tagOf(3, WIRE_BYTES);
const LABEL = tagOf(1, WIRE_BYTES);
const SAMPLE = tagOf(2, WIRE_BYTES);
const EXEMPLAR = tagOf(3, WIRE_BYTES);
const HISTOGRAM = tagOf(4, WIRE_BYTES);
const FIRST_TEXT = tagOf(1, WIRE_BYTES);
const SECOND_TEXT = tagOf(2, WIRE_BYTES);

/** A series that the cache does not know: its samples wait for an id until the whole message has proved sound. */
interface NewSeries {
  readonly labels: Labels;
  readonly firstSample: number;
  readonly lastSample: number;
  readonly from: number;
  readonly to: number;
  readonly hash: number;
}

/**
 * Decodes a request. Ids of series come from `cache`, or from `seriesId` for label bytes that are new; `seriesId` is
 * called only after the whole message was read, so a broken one creates nothing.
 * @throws WriteRequestError
 */
export function decodeWriteRequest(
  bytes: Uint8Array,
  cache: SeriesCache,
  seriesId: (labels: Labels) => number,
): WriteRequest {
  const decoder = new Decoder(bytes, cache);
  try {
    decoder.run();
  } catch (error) {
    if (error instanceof WriteRequestError) throw error;
    throw new WriteRequestError(`malformed remote-write message: ${(error as Error).message}`);
  }
  for (const { labels, firstSample, lastSample, from, to, hash } of decoder.newSeries) {
    const id = seriesId(labels);
    decoder.seriesIds.fill(id, firstSample, lastSample);
    if (to > from) cache.add(bytes, from, to, hash, id);
  }
  return decoder;
}

class Decoder extends SampleColumns implements WriteRequest {
  readonly metadata: MetricMetadata[] = [];
  readonly newSeries: NewSeries[] = [];
  exemplars = 0;
  histograms = 0;
  histogramMetric = '';
  readonly #cache: SeriesCache;
  readonly #pbf: PbfReader;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, cache: SeriesCache) {
    super();
    this.#cache = cache;
    this.#pbf = new PbfReader(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    const pbf = this.#pbf;
    const end = pbf.length;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === TIMESERIES) this.#series(this.#messageEnd(end));
      else if (tag === METADATA) this.#metadata(this.#messageEnd(end));
      else pbf.skip(tag);
    }
    if (pbf.pos !== end)
      throw new WriteRequestError('malformed remote-write message: it ends in the middle of a field');
  }

  /** End of the message whose length comes next; inside its parent, or the message is cut off. */
  #messageEnd(parentEnd: number): number {
    const length = this.#pbf.readVarint();
    const end = this.#pbf.pos + length;
    if (end > parentEnd)
      throw new WriteRequestError('malformed remote-write message: a field is longer than the message');
    return end;
  }

  #series(end: number): void {
    const pbf = this.#pbf;
    const firstSample = this.count;
    let labelsFrom = -1;
    let labelsTo = -1;
    let scattered = false;
    const start = pbf.pos;
    while (pbf.pos < end) {
      const at = pbf.pos;
      const tag = pbf.readVarint();
      if (tag === LABEL) {
        pbf.pos = this.#messageEnd(end);
        if (labelsFrom < 0) labelsFrom = at;
        else if (labelsTo !== at) scattered = true;
        labelsTo = pbf.pos;
      } else if (tag === SAMPLE) this.read(pbf, this.#messageEnd(end));
      else {
        if (tag === EXEMPLAR) this.exemplars++;
        if (tag === HISTOGRAM) this.histograms++;
        pbf.skip(tag);
      }
    }
    if (labelsFrom < 0) throw new WriteRequestError('a series has no labels');
    if (this.histograms > 0) this.histogramMetric ||= labelValue(this.#labels(start, end), METRIC_NAME);
    if (scattered) this.#decodeSeries(start, end, firstSample, 0, 0, 0);
    else this.#identify(labelsFrom, labelsTo, firstSample);
    pbf.pos = end;
  }

  #identify(from: number, to: number, firstSample: number): void {
    let id = this.#cache.follow(this.#view, from, to);
    let hash = 0;
    if (id === 0) {
      hash = hashBytes(this.#pbf.buf, from, to);
      id = this.#cache.find(this.#view, from, to, hash);
    }
    if (id > 0) for (let i = firstSample; i < this.count; i++) this.seriesIds[i] = id;
    else this.#decodeSeries(from, to, firstSample, from, to, hash);
  }

  #decodeSeries(
    start: number,
    end: number,
    firstSample: number,
    from: number,
    to: number,
    hash: number,
  ): void {
    const labels = this.#labels(start, end);
    this.newSeries.push({ labels, firstSample, lastSample: this.count, from, to, hash });
  }

  #labels(start: number, end: number): Labels {
    const pbf = this.#pbf;
    const pairs: [string, string][] = [];
    pbf.pos = start;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag !== LABEL) {
        pbf.skip(tag);
        continue;
      }
      const labelEnd = this.#messageEnd(end);
      let name = '';
      let value = '';
      while (pbf.pos < labelEnd) {
        const field = pbf.readVarint();
        if (field === FIRST_TEXT) name = this.#text(labelEnd);
        else if (field === SECOND_TEXT) value = this.#text(labelEnd);
        else pbf.skip(field);
      }
      pairs.push([name, value]);
    }
    return checkedLabels(pairs);
  }

  #text(parentEnd: number): string {
    const end = this.#messageEnd(parentEnd);
    const bytes = this.#pbf.buf.subarray(this.#pbf.pos, end);
    this.#pbf.pos = end;
    try {
      return utf8.decode(bytes);
    } catch {
      throw new WriteRequestError('a text is not valid UTF-8');
    }
  }

  #metadata(end: number): void {
    const pbf = this.#pbf;
    let type = 0;
    let metric = '';
    let help = '';
    let unit = '';
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === tagOf(1, 0)) type = pbf.readVarint();
      else if (tag === tagOf(2, WIRE_BYTES)) metric = this.#text(end);
      else if (tag === tagOf(4, WIRE_BYTES)) help = this.#text(end);
      else if (tag === tagOf(5, WIRE_BYTES)) unit = this.#text(end);
      else pbf.skip(tag);
    }
    if (metric !== '') this.metadata.push({ metric, type: METRIC_TYPES[type] ?? 'unknown', help, unit });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Sorted label set of the pairs; refuses what is no series in Prometheus's data model. */
export function checkedLabels(pairs: [string, string][]): Labels {
  const kept = pairs.filter(([, value]) => value !== '').sort(([a], [b]) => compareText(a, b));
  for (let i = 0; i < kept.length; i++) {
    const name = kept[i][0];
    if (name === '') throw new WriteRequestError(`a label of ${describe(kept)} has an empty name`);
    if (i > 0 && kept[i - 1][0] === name)
      throw new WriteRequestError(`the label "${name}" stands twice in ${describe(kept)}`);
  }
  if (!kept.some(([name]) => name === METRIC_NAME))
    throw new WriteRequestError(`the series ${describe(kept)} has no metric name`);
  return kept.flat();
}

function describe(pairs: readonly [string, string][]): string {
  const text = `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

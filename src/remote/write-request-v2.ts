// Decodes io.prometheus.write.v2.Request, the message of remote write 2.0: texts stand once in a symbol table, and each
// series brings its metadata along. Field numbers are those of prometheus/prompb (io/prometheus/write/v2/types.proto).
import { PbfReader } from 'pbf';
import { type Labels, labelValue, METRIC_NAME } from '../../storage/model/labels.ts';
import type { MetricMetadata } from '../../storage/source.ts';
import { SampleColumns } from './sample-columns.ts';
import { hashBytes, type SeriesCache } from './series-cache.ts';
import { checkedLabels, METRIC_TYPES, type WriteRequest, WriteRequestError } from './write-request.ts';

const BYTES = 2;
const tagOf = (field: number, wireType: number): number => (field << 3) | wireType;
const SYMBOL = tagOf(4, BYTES);
const TIMESERIES = tagOf(5, BYTES);
const LABEL_REFS = tagOf(1, BYTES);
const SAMPLE = tagOf(2, BYTES);
const HISTOGRAM = tagOf(3, BYTES);
const EXEMPLAR = tagOf(4, BYTES);
const METADATA = tagOf(5, BYTES);

/** A text is known under one number over all requests; the table starts over when it has grown to this. */
const TEXTS_MAX = 1_000_000;

/** What decoding keeps from request to request. */
export interface SymbolCache {
  readonly numbers: Map<string, number>;
  readonly series: SeriesCache;
}

/**
 * Decodes a request; see `decodeWriteRequest`. Symbols change from request to request, so series are known by numbers
 * that `cache` gives to texts for good.
 * @throws WriteRequestError
 */
export function decodeWriteRequestV2(
  bytes: Uint8Array,
  cache: SymbolCache,
  seriesId: (labels: Labels) => number,
): WriteRequest {
  if (cache.numbers.size > TEXTS_MAX) {
    cache.numbers.clear();
    cache.series.clear();
  }
  const decoder = new Decoder(bytes, cache);
  try {
    decoder.run();
  } catch (error) {
    if (error instanceof WriteRequestError) throw error;
    throw new WriteRequestError(`malformed remote-write message: ${(error as Error).message}`);
  }
  for (const { labels, firstSample, lastSample, key } of decoder.newSeries) {
    const id = seriesId(labels);
    decoder.seriesIds.fill(id, firstSample, lastSample);
    // The same series may stand in a message twice.
    const view = new DataView(key.buffer);
    const hash = hashBytes(key, 0, key.length);
    if (cache.series.find(view, 0, key.length, hash) === 0) cache.series.add(key, 0, key.length, hash, id);
  }
  return decoder;
}

interface NewSeries {
  readonly labels: Labels;
  readonly firstSample: number;
  readonly lastSample: number;
  readonly key: Uint8Array;
}

class Decoder extends SampleColumns implements WriteRequest {
  readonly metadata: MetricMetadata[] = [];
  readonly newSeries: NewSeries[] = [];
  exemplars = 0;
  histograms = 0;
  histogramMetric = '';
  readonly #cache: SymbolCache;
  readonly #pbf: PbfReader;
  readonly #symbols: string[] = [];
  readonly #numbers: number[] = [];
  readonly #refs: number[] = [];
  /** The numbers of one series' texts, as bytes. */
  #key = new Uint32Array(64);
  #keyBytes = new Uint8Array(this.#key.buffer);
  #keyView = new DataView(this.#key.buffer);
  /** Metrics whose metadata was met, by symbol of their name. */
  readonly #described = new Set<number>();

  constructor(bytes: Uint8Array, cache: SymbolCache) {
    super();
    this.#cache = cache;
    this.#pbf = new PbfReader(bytes);
  }

  run(): void {
    const pbf = this.#pbf;
    const end = pbf.length;
    // Symbols first, wherever in the message they stand.
    const series: number[] = [];
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === SYMBOL) this.#symbol(this.#messageEnd(end));
      else if (tag === TIMESERIES) {
        const to = this.#messageEnd(end);
        series.push(pbf.pos, to);
        pbf.pos = to;
      } else pbf.skip(tag);
    }
    if (pbf.pos !== end)
      throw new WriteRequestError('malformed remote-write message: it ends in the middle of a field');
    if (this.#symbols.length > 0 && this.#symbols[0] !== '')
      throw new WriteRequestError('the first symbol is not the empty text');
    for (let i = 0; i < series.length; i += 2) {
      pbf.pos = series[i];
      this.#series(series[i + 1]);
    }
  }

  #messageEnd(parentEnd: number): number {
    const length = this.#pbf.readVarint();
    const end = this.#pbf.pos + length;
    if (end > parentEnd)
      throw new WriteRequestError('malformed remote-write message: a field is longer than the message');
    return end;
  }

  #symbol(end: number): void {
    const pbf = this.#pbf;
    let text: string;
    try {
      text = utf8.decode(pbf.buf.subarray(pbf.pos, end));
    } catch {
      throw new WriteRequestError('a text is not valid UTF-8');
    }
    pbf.pos = end;
    const { numbers } = this.#cache;
    let number = numbers.get(text);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(text, number);
    }
    this.#symbols.push(text);
    this.#numbers.push(number);
  }

  #series(end: number): void {
    const pbf = this.#pbf;
    const firstSample = this.count;
    const histogramsBefore = this.histograms;
    const refs = this.#refs;
    refs.length = 0;
    let metadataAt = -1;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === LABEL_REFS)
        for (const to = this.#messageEnd(end); pbf.pos < to; ) refs.push(pbf.readVarint());
      else if (tag === SAMPLE) this.read(pbf, this.#messageEnd(end));
      else if (tag === METADATA) {
        metadataAt = pbf.pos;
        pbf.skip(tag);
      } else {
        if (tag === HISTOGRAM) this.histograms++;
        if (tag === EXEMPLAR) this.exemplars++;
        pbf.skip(tag);
      }
    }
    if (refs.length === 0) throw new WriteRequestError('a series has no labels');
    if (refs.length % 2 !== 0) throw new WriteRequestError('a series has a label name without a value');
    for (const ref of refs)
      if (ref >= this.#symbols.length)
        throw new WriteRequestError(`a label refers to symbol ${ref} of ${this.#symbols.length}`);
    this.#identify(firstSample);
    if (this.histograms > histogramsBefore) this.histogramMetric ||= labelValue(this.#labels(), METRIC_NAME);
    if (metadataAt >= 0) {
      pbf.pos = metadataAt;
      this.#metadata(this.#messageEnd(end));
    }
    pbf.pos = end;
  }

  #identify(firstSample: number): void {
    const refs = this.#refs;
    if (this.#key.length < refs.length) this.#useKey(new Uint32Array(refs.length * 2));
    for (let i = 0; i < refs.length; i++) this.#key[i] = this.#numbers[refs[i]];
    const { series } = this.#cache;
    const length = refs.length * 4;
    let id = series.follow(this.#keyView, 0, length);
    if (id === 0) {
      const hash = hashBytes(this.#keyBytes, 0, length);
      id = series.find(this.#keyView, 0, length, hash);
    }
    if (id > 0) for (let i = firstSample; i < this.count; i++) this.seriesIds[i] = id;
    else
      this.newSeries.push({
        labels: this.#labels(),
        firstSample,
        lastSample: this.count,
        key: this.#keyBytes.slice(0, length),
      });
  }

  #useKey(key: Uint32Array<ArrayBuffer>): void {
    this.#key = key;
    this.#keyBytes = new Uint8Array(key.buffer);
    this.#keyView = new DataView(key.buffer);
  }

  #labels(): Labels {
    const refs = this.#refs;
    const pairs: [string, string][] = [];
    for (let i = 0; i < refs.length; i += 2) pairs.push([this.#symbols[refs[i]], this.#symbols[refs[i + 1]]]);
    return checkedLabels(pairs);
  }

  #metadata(end: number): void {
    const refs = this.#refs;
    let name = -1;
    for (let i = 0; i < refs.length; i += 2) if (this.#symbols[refs[i]] === METRIC_NAME) name = refs[i + 1];
    if (name < 0 || this.#described.has(name)) return;
    this.#described.add(name);
    const pbf = this.#pbf;
    let type = 0;
    let help = 0;
    let unit = 0;
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === tagOf(1, 0)) type = pbf.readVarint();
      else if (tag === tagOf(3, 0)) help = pbf.readVarint();
      else if (tag === tagOf(4, 0)) unit = pbf.readVarint();
      else pbf.skip(tag);
    }
    const known = METRIC_TYPES[type] ?? 'unknown';
    const entry: MetricMetadata = {
      metric: familyOf(this.#symbols[name], known),
      type: known,
      help: this.#symbols[help] ?? '',
      unit: this.#symbols[unit] ?? '',
    };
    if (entry.type !== 'unknown' || entry.help !== '' || entry.unit !== '') this.metadata.push(entry);
  }
}

/** The metric that a series' metadata is about: its parts share it. */
function familyOf(metric: string, type: MetricMetadata['type']): string {
  if (type === 'histogram') return metric.replace(/_(?:bucket|sum|count)$/, '');
  if (type === 'gaugehistogram') return metric.replace(/_(?:bucket|gsum|gcount)$/, '');
  if (type === 'summary') return metric.replace(/_(?:sum|count)$/, '');
  return metric;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

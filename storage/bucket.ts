// Which series lie together in large pages. A bucket holds the series of some metrics, about 384 of them: enough to
// compress well, few enough to read one metric without much else.
//
// While there are few targets many metrics share a bucket. A full bucket is followed by others that each take half
// of its metrics, so that with many targets a metric ends up with buckets of its own: reading one metric of 1,000
// targets touches some ten buckets, and the most of its series lie in buckets of their own.
import type { SeriesIndex } from './series-index.ts';

/**
 * Bytes a sample of a small install's whole file, by this number: 128 0.411, 256 0.401, 384 0.397, 512 0.394 (a blob ends
 * somewhere in a page of SQLite). Against more speaks that a page is read whole, be it for one series.
 */
const BUCKET_SERIES = 384;

interface Bucket {
  readonly id: number;
  /** How many metrics may enter. */
  readonly metricsMax: number;
  metrics: number;
  series: number;
  /** The bucket that takes metrics which find this one full, while it has room for metrics. */
  next: Bucket | null;
}

export class Buckets {
  /** The bucket that a metric's next series goes to, by the symbol of its name. */
  readonly #byMetric = new Map<number, Bucket>();
  /** The bucket for metrics never seen before. */
  #open: Bucket | null = null;
  #lastId = 0;

  /** Learns the buckets of the series that exist. */
  constructor(index: SeriesIndex) {
    const known = new Map<number, Bucket>();
    for (let id = 1; id <= index.count; id++) {
      const metric = index.metric(id);
      const number = index.bucket(id);
      let bucket = known.get(number);
      if (!bucket) {
        bucket = { id: number, metricsMax: 0, metrics: 0, series: 0, next: null };
        known.set(number, bucket);
        this.#lastId = Math.max(this.#lastId, number);
      }
      bucket.series++;
      const present = this.#byMetric.get(metric);
      if (present !== bucket && (!present || present.id < number)) {
        bucket.metrics++;
        this.#byMetric.set(metric, bucket);
      }
    }
  }

  /** The bucket for a new series of a metric (-1 for a series without name). */
  assign(metric: number): number {
    let bucket = this.#byMetric.get(metric);
    if (!bucket) {
      if (!this.#open || this.#open.series >= BUCKET_SERIES) this.#open = this.#create(BUCKET_SERIES);
      bucket = this.#enter(metric, this.#open);
    } else if (bucket.series >= BUCKET_SERIES) {
      const next = bucket.next;
      const hasRoom = next && next.metrics < next.metricsMax && next.series < BUCKET_SERIES;
      if (!hasRoom) bucket.next = this.#create(Math.max(1, bucket.metrics >>> 1));
      bucket = this.#enter(metric, bucket.next as Bucket);
    }
    bucket.series++;
    return bucket.id;
  }

  #create(metricsMax: number): Bucket {
    return { id: ++this.#lastId, metricsMax, metrics: 0, series: 0, next: null };
  }

  #enter(metric: number, bucket: Bucket): Bucket {
    bucket.metrics++;
    this.#byMetric.set(metric, bucket);
    return bucket;
  }
}

// The data set of the query benchmark: 2,660 series of 20 instances, a sample every 15 s, as remote-write messages.
// Messages are written byte by byte: 16 million samples as objects would take longer than all that is measured.
import { randomNumbers } from './store-data.ts';

export const INTERVAL_MS = 15_000;
const INSTANCES = 20;
const HANDLERS = 50;
const GAUGES = 50;
const ROUTES = 2;
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
const CONSTANTS = 9;
/** A message holds 40 minutes of all series: 7.8 MB. */
const ROWS_A_MESSAGE = 160;

/** Where an instance's samples lie within the interval, so that no query's window ends on one. */
const PHASE_MS = 300;
const PHASE_STEP_MS = 700;
const JITTER_MS = 4;
/** No sample is within some milliseconds of a time that is this much behind a whole interval. */
export const QUIET_MS = 50;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly instance: number;
  /** The next value; called once a row, in order of the series. */
  readonly next: () => number;
}

/**
 * The messages of `rows` rows that end at `endMs` (a multiple of the interval), oldest first, not compressed: every
 * message has the next samples of all series.
 */
export function* writeRequests(endMs: number, rows: number): Generator<Uint8Array> {
  const series = makeSeries();
  const heads = series.map(({ labels }) => encodeLabels(labels));
  const random = randomNumbers(11);
  const startMs = endMs - rows * INTERVAL_MS;
  for (let from = 0; from < rows; from += ROWS_A_MESSAGE) {
    const count = Math.min(ROWS_A_MESSAGE, rows - from);
    const times = Array.from({ length: INSTANCES }, (_, instance) =>
      Float64Array.from(
        { length: count },
        (_, k) =>
          startMs +
          (from + k) * INTERVAL_MS +
          PHASE_MS +
          instance * PHASE_STEP_MS +
          Math.floor(random() * JITTER_MS),
      ),
    );
    const size = heads.reduce((sum, head) => sum + head.length + 12 + count * SAMPLE_BYTES, 0);
    const message = new MessageWriter(size);
    const values = nextValues(series, count);
    for (const [i, { instance }] of series.entries()) message.series(heads[i], times[instance], values[i]);
    yield message.finish();
  }
}

/** Values by series, made row by row as a target would have them. */
function nextValues(series: readonly Series[], rows: number): Float64Array[] {
  const values = series.map(() => new Float64Array(rows));
  for (let k = 0; k < rows; k++) for (let i = 0; i < series.length; i++) values[i][k] = series[i].next();
  return values;
}

/**
 * 1,000 counters by handler and instance, 1,000 gauges by sensor and instance, 480 buckets by route, instance and
 * bound, 180 constants.
 */
function makeSeries(): Series[] {
  const random = randomNumbers(7);
  const all: Series[] = [];
  for (let instance = 0; instance < INSTANCES; instance++) {
    const common = { job: 'made', instance: `host-${String(instance).padStart(2, '0')}:9100` };
    const add = (name: string, labels: Record<string, string>, next: () => number): void => {
      const named = { __name__: name, ...labels, ...common };
      const sorted = Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1));
      all.push({ labels: Object.fromEntries(sorted), instance, next });
    };
    for (let i = 0; i < HANDLERS; i++)
      add('made_requests_total', { handler: `/api/v1/item${i}` }, counter(random));
    for (let i = 0; i < GAUGES; i++) add('made_temperature', { sensor: `s${i}` }, gauge(random, i));
    for (let i = 0; i < ROUTES; i++)
      for (const [b, next] of histogram(random).entries())
        add('made_seconds_bucket', { route: `/r${i}`, le: BOUNDS[b] }, next);
    for (let i = 0; i < CONSTANTS; i++) add(`made_limit_${i}`, {}, () => 1 + i);
  }
  return all;
}

/** Goes up by random steps, and starts anew about once a day. */
function counter(random: () => number): () => number {
  const width = 1 + Math.floor(random() * 100);
  let value = Math.floor(random() * 1e6);
  return () => {
    value = random() < 1 / 5760 ? 0 : value + Math.floor(random() * (width + 1));
    return value;
  };
}

/** Wanders, in decimals of two or three places. */
function gauge(random: () => number, i: number): () => number {
  const scale = i % 2 === 0 ? 100 : 1000;
  const width = 1 + random() * 20;
  let units = Math.floor(random() * 1e5);
  return () => {
    units += Math.round((random() * 2 - 1) * width);
    return units / scale;
  };
}

/** The buckets of one histogram, cumulative; the first one draws for all. */
function histogram(random: () => number): (() => number)[] {
  const counts = new Float64Array(BOUNDS.length);
  const width = 2 + random() * 20;
  const observe = (): void => {
    for (let n = Math.floor(random() * width); n > 0; n--) {
      const bucket = Math.min(BOUNDS.length - 1, Math.floor(-1.5 * Math.log(1 - random())));
      for (let b = bucket; b < counts.length; b++) counts[b]++;
    }
  };
  return BOUNDS.map((_, b) => () => {
    if (b === 0) observe();
    return counts[b];
  });
}

const TAG_LABEL = 0x0a;
const TAG_SAMPLE = 0x12;
const TAG_SERIES = 0x0a;
/** Tag, length, value (tag and 8 bytes), time (tag and 6 bytes). */
const SAMPLE_BYTES = 18;

function encodeLabels(labels: Readonly<Record<string, string>>): Uint8Array {
  const field = (tag: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Uint8Array.of(tag, bytes.length), bytes]);
  return Buffer.concat(
    Object.entries(labels).map(([name, value]) =>
      field(TAG_LABEL, Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, Buffer.from(value))])),
    ),
  );
}

class MessageWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  series(labels: Uint8Array, times: Float64Array, values: Float64Array): void {
    this.#bytes[this.#at++] = TAG_SERIES;
    this.#varint(labels.length + times.length * SAMPLE_BYTES);
    this.#bytes.set(labels, this.#at);
    this.#at += labels.length;
    for (let k = 0; k < times.length; k++) this.#sample(times[k], values[k]);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #sample(timeMs: number, value: number): void {
    const bytes = this.#bytes;
    bytes[this.#at] = TAG_SAMPLE;
    bytes[this.#at + 1] = SAMPLE_BYTES - 2;
    bytes[this.#at + 2] = 0x09;
    this.#view.setFloat64(this.#at + 3, value, true);
    bytes[this.#at + 11] = 0x10;
    this.#at += 12;
    this.#varint(timeMs);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#at++] = rest;
  }
}

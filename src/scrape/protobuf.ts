// The protobuf exposition (length-delimited io.prometheus.client.MetricFamily messages), turned into text so that all
// behind it is the path of every body. It is asked for only where the configuration says so; classic histograms and
// summaries are read, what native histograms, exemplars and start times add is skipped.
import { ExpositionError } from './exposition-error.ts';
import { openMetricsFloat } from './float.ts';

/** Types by number, as text 0.0.4 writes them; a gauge histogram has no word of its own there. */
const TYPES = ['counter', 'gauge', 'summary', 'untyped', 'histogram', 'histogram'];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Text of format 1.0.0 for the messages in `body[0..length)`, with a spare byte behind it.
 * @throws ExpositionError where the messages are broken
 */
export function protobufToText(body: Uint8Array, length: number): { bytes: Uint8Array; length: number } {
  const reader = createReader(body, length);
  const lines: string[] = [];
  while (reader.at < length) {
    const end = messageEnd(reader, length);
    writeFamily(reader, end, lines);
  }
  const text = lines.join('');
  const size = Buffer.byteLength(text);
  const bytes = new Uint8Array(size + 1);
  Buffer.from(bytes.buffer).write(text);
  return { bytes, length: size };
}

interface Reader {
  readonly body: Uint8Array;
  readonly view: DataView;
  at: number;
}

function createReader(body: Uint8Array, length: number): Reader {
  return { body, view: new DataView(body.buffer, body.byteOffset, length), at: 0 };
}

function broken(reader: Reader, what: string): ExpositionError {
  return new ExpositionError(`byte ${reader.at}: ${what}`);
}

/** A varint as a number: exact to 2^53, rounded beyond, as the value of a sample would be. */
function readVarint(reader: Reader, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (reader.at >= end) throw broken(reader, 'expected a varint, got the end of the message');
    const byte = reader.body[reader.at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
  throw broken(reader, 'expected a varint of at most 10 bytes');
}

function messageEnd(reader: Reader, end: number): number {
  const size = readVarint(reader, end);
  if (size > end - reader.at)
    throw broken(reader, `expected a message of ${size} bytes, got ${end - reader.at}`);
  return reader.at + size;
}

function readDouble(reader: Reader, end: number): number {
  if (end - reader.at < 8) throw broken(reader, 'expected a double, got the end of the message');
  reader.at += 8;
  return reader.view.getFloat64(reader.at - 8, true);
}

function readText(reader: Reader, end: number): string {
  const to = messageEnd(reader, end);
  const from = reader.at;
  reader.at = to;
  try {
    return utf8.decode(reader.body.subarray(from, to));
  } catch {
    throw broken(reader, 'expected UTF-8 text');
  }
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Calls `field` with each field's number and wire type up to `end`. It must read the field and return true, or leave
 * it alone and return false.
 */
function readFields(reader: Reader, end: number, field: (number: number, wire: number) => boolean): void {
  while (reader.at < end) {
    const tag = readVarint(reader, end);
    const wire = tag % 8;
    if (field(Math.floor(tag / 8), wire)) continue;
    if (wire === VARINT) readVarint(reader, end);
    else if (wire === BYTES) reader.at = messageEnd(reader, end);
    else if (wire === FIXED64 || wire === FIXED32) {
      reader.at += wire === FIXED64 ? 8 : 4;
      if (reader.at > end) throw broken(reader, 'expected a fixed-width field, got the end of the message');
    } else throw broken(reader, `expected a known wire type, got ${wire}`);
  }
}

/** One MetricFamily as lines. The family's metrics may stand before its type, so they are read in a second pass. */
function writeFamily(reader: Reader, end: number, lines: string[]): void {
  let name = '';
  let help: string | null = null;
  let type = 0;
  const metrics: [from: number, to: number][] = [];
  readFields(reader, end, (number, wire) => {
    if (number === 1 && wire === BYTES) name = readText(reader, end);
    else if (number === 2 && wire === BYTES) help = readText(reader, end);
    else if (number === 3 && wire === VARINT) type = readVarint(reader, end);
    else if (number === 4 && wire === BYTES) {
      const to = messageEnd(reader, end);
      metrics.push([reader.at, to]);
      reader.at = to;
    } else return false;
    return true;
  });
  if (name === '') throw broken(reader, 'expected a metric family with a name');
  const word = TYPES[type];
  if (word === undefined)
    throw broken(reader, `expected a metric type from 0 to ${TYPES.length - 1}, got ${type}`);
  const shown = NAME.test(name) ? name : quote(name);
  if (help !== null) lines.push(`# HELP ${shown} ${escapeHelp(help)}\n`);
  lines.push(`# TYPE ${shown} ${word}\n`);
  for (const [from, to] of metrics) {
    reader.at = from;
    writeMetric(reader, to, name, lines);
  }
}

type Sample = readonly [suffix: string, label: string, value: number];

function writeMetric(reader: Reader, end: number, name: string, lines: string[]): void {
  const labels: string[] = [];
  const samples: Sample[] = [];
  let time = '';
  readFields(reader, end, (number, wire) => {
    if (number === 6 && wire === VARINT) {
      const timeMs = readVarint(reader, end);
      // 0 is how upstream's writers say that there is none.
      time = timeMs === 0 ? '' : ` ${timeMs}`;
      return true;
    }
    if (wire !== BYTES) return false;
    if (number === 1) labels.push(readLabel(reader, messageEnd(reader, end)));
    else if (number === 2 || number === 3 || number === 5) {
      samples.push(['', '', readValue(reader, messageEnd(reader, end))]);
    } else if (number === 4) readSummary(reader, messageEnd(reader, end), samples);
    else if (number === 7) readHistogram(reader, messageEnd(reader, end), samples);
    else return false;
    return true;
  });
  for (const [suffix, label, value] of samples) {
    const metric = name + suffix;
    const plain = NAME.test(metric);
    const inside = [...(plain ? [] : [quote(metric)]), ...labels, ...(label === '' ? [] : [label])].join(',');
    const braces = inside === '' ? '' : `{${inside}}`;
    lines.push(`${plain ? metric : ''}${braces} ${valueText(value)}${time}\n`);
  }
}

function readLabel(reader: Reader, end: number): string {
  let name = '';
  let value = '';
  readFields(reader, end, (number, wire) => {
    if (wire !== BYTES || number > 2) return false;
    if (number === 1) name = readText(reader, end);
    else value = readText(reader, end);
    return true;
  });
  return `${LABEL_NAME.test(name) ? name : quote(name)}=${quote(value)}`;
}

/** Gauge, Counter and Untyped: the value is their first field. */
function readValue(reader: Reader, end: number): number {
  let value = 0;
  readFields(reader, end, (number, wire) => {
    if (number !== 1 || wire !== FIXED64) return false;
    value = readDouble(reader, end);
    return true;
  });
  return value;
}

function readSummary(reader: Reader, end: number, samples: Sample[]): void {
  let count = 0;
  let sum = 0;
  readFields(reader, end, (number, wire) => {
    if (number === 1 && wire === VARINT) count = readVarint(reader, end);
    else if (number === 2 && wire === FIXED64) sum = readDouble(reader, end);
    else if (number === 3 && wire === BYTES) {
      const [quantile, value] = readDoubles(reader, messageEnd(reader, end));
      samples.push(['', `quantile="${openMetricsFloat(quantile)}"`, value]);
    } else return false;
    return true;
  });
  samples.push(['_count', '', count], ['_sum', '', sum]);
}

/** The doubles in fields 1 and 2 of a message. */
function readDoubles(reader: Reader, end: number): [number, number] {
  const doubles: [number, number] = [0, 0];
  readFields(reader, end, (number, wire) => {
    if (wire !== FIXED64 || (number !== 1 && number !== 2)) return false;
    doubles[number - 1] = readDouble(reader, end);
    return true;
  });
  return doubles;
}

function readHistogram(reader: Reader, end: number, samples: Sample[]): void {
  let count = 0;
  let sum = 0;
  let infinite = false;
  readFields(reader, end, (number, wire) => {
    if (number === 1 && wire === VARINT) count = readVarint(reader, end);
    else if (number === 2 && wire === FIXED64) sum = readDouble(reader, end);
    else if (number === 3 && wire === BYTES) {
      const [bound, value] = readBucket(reader, messageEnd(reader, end));
      infinite ||= bound === Number.POSITIVE_INFINITY;
      samples.push(['_bucket', `le="${openMetricsFloat(bound)}"`, value]);
    } else if (number === 4 && wire === FIXED64) count = readDouble(reader, end) || count;
    else return false;
    return true;
  });
  // The bucket that holds everything may be left out, as its count is known.
  if (!infinite) samples.push(['_bucket', 'le="+Inf"', count]);
  samples.push(['_count', '', count], ['_sum', '', sum]);
}

/** Upper bound and cumulative count; a float count, where there is one, counts. */
function readBucket(reader: Reader, end: number): [bound: number, count: number] {
  let bound = 0;
  let count = 0;
  readFields(reader, end, (number, wire) => {
    if (number === 1 && wire === VARINT) count = readVarint(reader, end);
    else if (number === 2 && wire === FIXED64) bound = readDouble(reader, end);
    else if (number === 4 && wire === FIXED64) count = readDouble(reader, end) || count;
    else return false;
    return true;
  });
  return [bound, count];
}

function valueText(value: number): string {
  if (value !== value) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function quote(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`;
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'));
}

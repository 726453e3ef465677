// A query's answer as Prometheus's API sends it, written as bytes: no text is made for a sample. Labels are looked
// up and escaped once a series, times once a step.
import type { Symbols } from '../storage/source.ts';
import type { Grid } from './exec/operator.ts';
import { MAX_NUMBER_BYTES, writeInteger, writeNumber, writeNumberOf } from './float-text.ts';
import { formatPlain } from './lang/number.ts';
import type { QueryResult, QueryStats, RawResult, ScalarResult, SeriesResult } from './result.ts';

/** Size of the chunks of an answer; each is an ArrayBuffer of its own and can be transferred. */
export const CHUNK_BYTES = 256 * 1024;
/** The first chunk of an answer: most answers are small. */
const FIRST_CHUNK_BYTES = 16 * 1024;
/** Room for `[`, a time and `,"`. */
const MAX_START_BYTES = 24 + 3;
/** Room for `,[`, a time, `,"`, a number and `"]`. */
const MAX_SAMPLE_BYTES = 24 + MAX_NUMBER_BYTES + 8;
/** Of warnings and of infos each so many are sent, as upstream does. */
const MAX_ANNOTATIONS = 10;

const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN = 0x5b;
const CLOSE = 0x5d;

const encoder = new TextEncoder();

/** Bytes that grow chunk by chunk; each chunk is four times the one before it, up to the full size. */
class ChunkWriter {
  readonly chunks: Uint8Array[] = [];
  bytes = new Uint8Array(FIRST_CHUNK_BYTES);
  at = 0;

  /** Makes room for `size` bytes in one piece. */
  reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    this.chunks.push(this.bytes.subarray(0, this.at));
    this.bytes = new Uint8Array(Math.max(Math.min(CHUNK_BYTES, this.bytes.length * 4), size));
    this.at = 0;
  }

  raw(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.at = at;
  }

  copy(from: Uint8Array): void {
    this.reserve(from.length);
    this.bytes.set(from, this.at);
    this.at += from.length;
  }

  finish(): Uint8Array[] {
    // The last chunk is cut to size where it would carry much air.
    const { bytes, at } = this;
    this.chunks.push(at * 2 < bytes.length ? bytes.slice(0, at) : bytes.subarray(0, at));
    return this.chunks;
  }
}

/**
 * The whole envelope `{"status":"success","data":{…},"warnings":[…],"infos":[…]}` in chunks, UTF-8.
 * With `stats`, `data.stats` is written, by step where the query counted so; `data.explain` where it was asked for.
 */
export function writeAnswer(result: QueryResult, options?: { readonly stats?: boolean }): Uint8Array[] {
  const out = new ChunkWriter();
  out.raw('{"status":"success","data":{"resultType":"');
  writeValue(result.value, out);
  if (options?.stats) {
    out.raw(',"stats":');
    out.copy(encoder.encode(JSON.stringify(statsObject(result))));
  }
  if (result.explain) {
    out.raw(',"explain":');
    out.copy(encoder.encode(JSON.stringify(result.explain)));
  }
  out.raw('}');
  writeAnnotations('warnings', 'warning', result.warnings, out);
  writeAnnotations('infos', 'info', result.infos, out);
  out.raw('}');
  return out.finish();
}

function writeAnnotations(key: string, kind: string, texts: readonly string[], out: ChunkWriter): void {
  if (texts.length === 0) return;
  const shown = texts.slice(0, MAX_ANNOTATIONS);
  const more = texts.length - shown.length;
  if (more > 0) shown.push(`${more} more ${kind} annotations omitted`);
  out.copy(encoder.encode(`,"${key}":${JSON.stringify(shown)}`));
}

function writeValue(value: QueryResult['value'], out: ChunkWriter): void {
  switch (value.type) {
    case 'string':
      out.copy(encoder.encode(`string","result":[${value.timeMs / 1000},${JSON.stringify(value.value)}]`));
      return;
    case 'scalar':
      writeScalar(value, out);
      return;
    case 'raw':
      out.raw('matrix","result":[');
      writeRaw(value, out);
      break;
    case 'vector':
      out.raw('vector","result":[');
      writeVector(value, out);
      break;
    case 'matrix':
      out.raw('matrix","result":[');
      writeMatrix(value, out);
  }
  out.raw(']');
}

/**
 * A scalar, whose text upstream always writes without exponent, and whose time without trailing zeros; of a range query
 * it is a matrix of one series without labels.
 */
function writeScalar({ grid, values }: ScalarResult, out: ChunkWriter): void {
  if (grid.stepMs === 0) {
    out.raw(`scalar","result":[${grid.startMs / 1000},"${formatPlain(values[0])}"]`);
    return;
  }
  const { texts, offsets } = stepTexts(grid);
  out.raw('matrix","result":[{"metric":{},"values":[');
  writeSteps(values, null, texts, offsets, out);
  out.raw(']}]');
}

/** Seconds with three decimals, or none. */
function writeTime(timeMs: number, out: ChunkWriter): void {
  out.reserve(24);
  const { bytes } = out;
  let at = out.at;
  let rest = timeMs;
  if (rest < 0) {
    bytes[at++] = 0x2d;
    rest = -rest;
  }
  const seconds = Math.floor(rest / 1000);
  const millis = Math.floor(rest - seconds * 1000);
  if (seconds < 2147483648) at = writeInteger(seconds, bytes, at);
  else at = writeNumber(seconds, bytes, at);
  if (millis > 0) {
    bytes[at++] = 0x2e;
    bytes[at++] = 0x30 + Math.floor(millis / 100);
    bytes[at++] = 0x30 + (Math.floor(millis / 10) % 10);
    bytes[at++] = 0x30 + (millis % 10);
  }
  out.at = at;
}

/** `[time,"` */
function writeSampleStart(timeMs: number, out: ChunkWriter): void {
  out.reserve(MAX_SAMPLE_BYTES);
  out.bytes[out.at++] = OPEN;
  writeTime(timeMs, out);
  out.bytes[out.at++] = COMMA;
  out.bytes[out.at++] = QUOTE;
}

/** A value and `"]`. */
function writeSampleEnd(value: number, out: ChunkWriter): void {
  out.reserve(MAX_SAMPLE_BYTES);
  const at = writeNumber(value, out.bytes, out.at);
  out.bytes[at] = QUOTE;
  out.bytes[at + 1] = CLOSE;
  out.at = at + 2;
}

function writeVector(value: SeriesResult, out: ChunkWriter): void {
  const metric = metricWriter(value.symbols);
  for (let i = 0; i < value.series.length; i++) {
    const { labels, vector } = value.series[i];
    out.raw(i === 0 ? '{"metric":' : ',{"metric":');
    metric(labels, out);
    out.raw(',"value":');
    writeSampleStart(value.grid.startMs, out);
    writeSampleEnd(vector.values[0], out);
    out.raw('}');
  }
}

function writeMatrix(value: SeriesResult, out: ChunkWriter): void {
  const metric = metricWriter(value.symbols);
  const { texts, offsets } = stepTexts(value.grid);
  for (let i = 0; i < value.series.length; i++) {
    const { labels, vector } = value.series[i];
    out.raw(i === 0 ? '{"metric":' : ',{"metric":');
    metric(labels, out);
    out.raw(',"values":[');
    writeSteps(vector.values, vector.present, texts, offsets, out);
    out.raw(']}');
  }
}

/** What the samples of every step begin with, `[time,"`, one behind the other. */
function stepTexts(grid: Grid): { texts: Uint8Array; offsets: Int32Array } {
  const out = new ChunkWriter();
  // Each start asks for the room of a whole sample.
  out.reserve(grid.count * MAX_START_BYTES + MAX_SAMPLE_BYTES);
  const offsets = new Int32Array(grid.count + 1);
  for (let k = 0; k < grid.count; k++) {
    writeSampleStart(grid.startMs + k * grid.stepMs, out);
    offsets[k + 1] = out.at;
  }
  return { texts: out.bytes, offsets };
}

/** The present samples of a series; step k begins with the bytes `texts[offsets[k] … offsets[k + 1])`. */
function writeSteps(
  values: Float64Array,
  present: Uint32Array | null,
  texts: Uint8Array,
  offsets: Int32Array,
  out: ChunkWriter,
): void {
  const steps = offsets.length - 1;
  let isFirst = true;
  for (let k = 0; k < steps; k++) {
    if (present && (present[k >>> 5] & (1 << (k & 31))) === 0) continue;
    out.reserve(MAX_SAMPLE_BYTES);
    const { bytes } = out;
    let at = out.at;
    if (isFirst) isFirst = false;
    else bytes[at++] = COMMA;
    const end = offsets[k + 1];
    for (let from = offsets[k]; from < end; from++) bytes[at++] = texts[from];
    at = writeNumberOf(values, k, bytes, at);
    bytes[at++] = QUOTE;
    bytes[at++] = CLOSE;
    out.at = at;
  }
}

function writeRaw(value: RawResult, out: ChunkWriter): void {
  const metric = metricWriter(value.symbols);
  for (let i = 0; i < value.series.length; i++) {
    const { labels, timesMs, values } = value.series[i];
    out.raw(i === 0 ? '{"metric":' : ',{"metric":');
    metric(labels, out);
    out.raw(',"values":[');
    for (let j = 0; j < values.length; j++) {
      out.reserve(MAX_SAMPLE_BYTES);
      if (j > 0) out.bytes[out.at++] = COMMA;
      writeSampleStart(timesMs[j], out);
      writeSampleEnd(values[j], out);
    }
    out.raw(']}');
  }
}

/** Writes label sets as JSON objects; the escaped text of a symbol is kept for the next series that has it. */
function metricWriter(symbols: Symbols): (labels: Int32Array, out: ChunkWriter) => void {
  const escaped = new Map<number, Uint8Array>();
  const textOf = (id: number): Uint8Array => {
    let text = escaped.get(id);
    if (!text) {
      text = encoder.encode(JSON.stringify(symbols.text(id)));
      escaped.set(id, text);
    }
    return text;
  };
  return (labels, out) => {
    out.raw('{');
    for (let i = 0; i < labels.length; i += 2) {
      if (i > 0) out.raw(',');
      out.copy(textOf(labels[i]));
      out.raw(':');
      out.copy(textOf(labels[i + 1]));
    }
    out.raw('}');
  };
}

/** The stats of the API, from what the engine measures. */
function statsObject(result: QueryResult): unknown {
  const { seconds, totalSamples, peakSamples, samplesPerStep }: QueryStats = result.stats;
  const grid = 'grid' in result.value ? result.value.grid : null;
  return {
    timings: {
      evalTotalTime: seconds.evaluate,
      resultSortTime: 0,
      queryPreparationTime: seconds.prepare,
      innerEvalTime: seconds.evaluate,
      execQueueTime: 0,
      execTotalTime: seconds.prepare + seconds.evaluate,
    },
    samples: {
      ...(samplesPerStep && grid
        ? {
            totalQueryableSamplesPerStep: Array.from(samplesPerStep, (count, k) => [
              (grid.startMs + k * grid.stepMs) / 1000,
              count,
            ]),
          }
        : {}),
      totalQueryableSamples: totalSamples,
      peakSamples,
    },
  };
}

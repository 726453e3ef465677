// Makes remote-write 1.0 messages for tests and benchmarks.
import { PbfWriter } from 'pbf';
import { compress } from 'snappyjs';

export interface WriteRequestParts {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    /** Time in ms and value; a one-element array gives a value by its bits. */
    readonly samples: readonly (readonly [number, number | Float64Array])[];
  }[];
  readonly metadata?: readonly { metric: string; type: number; help: string; unit: string }[];
}

/** The message as protobuf, not compressed. */
export function encodeWriteRequest({ series, metadata = [] }: WriteRequestParts): Uint8Array {
  const pbf = new PbfWriter();
  for (const one of series) pbf.writeMessage(1, writeSeries, one);
  for (const one of metadata) pbf.writeMessage(3, writeMetadata, one);
  return pbf.finish();
}

export interface WriteRequestV2Parts {
  readonly symbols: readonly string[];
  readonly series: readonly {
    readonly refs: readonly number[];
    readonly samples: readonly (readonly [number, number | Float64Array])[];
    /** Type, help and unit; the texts by symbol. */
    readonly metadata?: readonly [number, number, number];
    readonly exemplars?: number;
    readonly histograms?: number;
  }[];
}

/** A remote-write 2.0 message as protobuf, not compressed. */
export function encodeWriteRequestV2({ symbols, series }: WriteRequestV2Parts): Uint8Array {
  const pbf = new PbfWriter();
  for (const text of symbols) pbf.writeStringField(4, text);
  for (const one of series) pbf.writeMessage(5, writeSeriesV2, one);
  return pbf.finish();
}

function writeSeriesV2(one: WriteRequestV2Parts['series'][number], pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [...one.refs]);
  for (const sample of one.samples) pbf.writeMessage(2, writeSample, sample);
  for (let i = 0; i < (one.histograms ?? 0); i++) pbf.writeBytesField(3, Uint8Array.of(0x08, 1));
  for (let i = 0; i < (one.exemplars ?? 0); i++) pbf.writeBytesField(4, Uint8Array.of(0x18, 1));
  if (!one.metadata) return;
  const [type, help, unit] = one.metadata;
  pbf.writeMessage(
    5,
    (_, metadata) => {
      metadata.writeVarintField(1, type);
      metadata.writeVarintField(3, help);
      metadata.writeVarintField(4, unit);
    },
    null,
  );
}

/** The message as a sender posts it: snappy block format. */
export function writeRequestBody(parts: WriteRequestParts): Uint8Array {
  return compress(encodeWriteRequest(parts));
}

function writeSeries({ labels, samples }: WriteRequestParts['series'][number], pbf: PbfWriter): void {
  for (const pair of Object.entries(labels)) pbf.writeMessage(1, writeLabel, pair);
  for (const sample of samples) pbf.writeMessage(2, writeSample, sample);
}

function writeLabel([name, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeStringField(2, value);
}

function writeSample([timeMs, value]: readonly [number, number | Float64Array], pbf: PbfWriter): void {
  const bits = new BigUint64Array(
    (typeof value === 'number' ? Float64Array.of(value) : value).buffer,
    0,
    1,
  )[0];
  pbf.writeTag(1, 1);
  pbf.writeFixed32(Number(bits & 0xffffffffn));
  pbf.writeFixed32(Number(bits >> 32n));
  pbf.writeVarintField(2, timeMs);
}

function writeMetadata(
  { metric, type, help, unit }: NonNullable<WriteRequestParts['metadata']>[number],
  pbf: PbfWriter,
): void {
  pbf.writeVarintField(1, type);
  pbf.writeStringField(2, metric);
  pbf.writeStringField(4, help);
  pbf.writeStringField(5, unit);
}

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

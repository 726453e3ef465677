// Protobuf expositions, written by an independent encoder.
import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { ExpositionError } from '../../../src/scrape/exposition-error.ts';
import { protobufToText } from '../../../src/scrape/protobuf.ts';
import { ScrapeError } from '../../../src/scrape/series-labels.ts';
import { createTestReader } from './reading.ts';

type Write = (pbf: PbfWriter) => void;

/** A message of fields, as a field of another one. */
const message =
  (field: number, ...fields: Write[]): Write =>
  (pbf) =>
    pbf.writeMessage(
      field,
      (_, inner) => {
        for (const write of fields) write(inner);
      },
      null,
    );
const text =
  (field: number, value: string): Write =>
  (pbf) =>
    pbf.writeStringField(field, value);
const varint =
  (field: number, value: number): Write =>
  (pbf) =>
    pbf.writeVarintField(field, value);
const double =
  (field: number, value: number): Write =>
  (pbf) =>
    pbf.writeDoubleField(field, value);
const label = (name: string, value: string): Write => message(1, text(1, name), text(2, value));

/** Families, each behind its length. */
function encode(...families: Write[][]): Uint8Array {
  const parts = families.map((fields) => {
    const pbf = new PbfWriter();
    for (const write of fields) write(pbf);
    const bytes = pbf.finish();
    const size = new PbfWriter();
    size.writeVarint(bytes.length);
    return Buffer.concat([size.finish(), bytes]);
  });
  return Buffer.concat(parts);
}

function read(body: Uint8Array) {
  const reader = createTestReader();
  const { bytes, length } = protobufToText(body, body.length);
  return { samples: reader.read(bytes.subarray(0, length)), metadata: reader.metadata.list() };
}

describe('protobufToText', () => {
  it('reads counters, gauges and untyped metrics', () => {
    const body = encode(
      [
        text(1, 'a_total'),
        text(2, 'All \\ of\nit'),
        varint(3, 0),
        message(4, label('x', 'y"\\\nz'), label('b', ''), message(3, double(1, 1.5))),
        message(4, label('x', '2'), message(3, double(1, 7)), varint(6, 1_700_000_000_123)),
      ],
      [
        text(1, 'g'),
        varint(3, 1),
        message(4, message(2, double(1, -0))),
        message(4, label('n', '1'), message(2)),
      ],
      [text(1, 'u.v'), varint(3, 3), message(4, label('l.m', 'é'), message(5, double(1, Number.NaN)))],
    );
    expect(read(body)).toEqual({
      samples: [
        'a_total{x="y\\"\\\\\\nz"} 1.5',
        'g -0',
        'g{n="1"} 0',
        'u.v{l.m="é"} NaN',
        'a_total{x="2"} 7 @1700000000123',
      ],
      metadata: [
        { metric: 'a_total', type: 'counter', help: 'All \\ of\nit', unit: '' },
        { metric: 'g', type: 'gauge', help: '', unit: '' },
        { metric: 'u.v', type: 'unknown', help: '', unit: '' },
      ],
    });
  });

  it('reads classic histograms and adds the bucket of everything', () => {
    const bucket = (bound: number, count: number): Write => message(3, varint(1, count), double(2, bound));
    const body = encode([
      text(1, 'h'),
      varint(3, 4),
      message(4, message(7, varint(1, 3), double(2, 4.5), bucket(1, 2), bucket(2.5, 3))),
      message(
        4,
        label('x', '1'),
        message(7, varint(1, 2), double(2, 1), bucket(Number.POSITIVE_INFINITY, 2)),
      ),
    ]);
    expect(read(body).samples).toEqual([
      'h_bucket{le="1.0"} 2',
      'h_bucket{le="2.5"} 3',
      'h_bucket{le="+Inf"} 3',
      'h_count 3',
      'h_sum 4.5',
      'h_bucket{le="+Inf",x="1"} 2',
      'h_count{x="1"} 2',
      'h_sum{x="1"} 1',
    ]);
  });

  it('reads summaries', () => {
    const quantile = (q: number, value: number): Write => message(3, double(1, q), double(2, value));
    const body = encode([
      text(1, 's'),
      varint(3, 2),
      message(4, message(4, varint(1, 9), double(2, 3), quantile(0.5, 1), quantile(1, 2))),
    ]);
    expect(read(body).samples).toEqual([
      's{quantile="0.5"} 1',
      's{quantile="1.0"} 2',
      's_count 9',
      's_sum 3',
    ]);
  });

  it('skips what it does not know', () => {
    const body = encode([
      text(1, 'a'),
      varint(3, 1),
      text(5, 'seconds'),
      message(4, message(2, double(1, 1), message(99, text(1, 'x'))), varint(50, 7), double(51, 1)),
    ]);
    expect(read(body).samples).toEqual(['a 1']);
  });

  it('reads nothing out of nothing', () => {
    expect(read(new Uint8Array(0)).samples).toEqual([]);
  });

  it.each<[what: string, body: Uint8Array, message: string]>([
    ['a family without name', encode([varint(3, 0)]), 'expected a metric family with a name'],
    ['an unknown type', encode([text(1, 'a'), varint(3, 9)]), 'expected a metric type from 0 to 5, got 9'],
    [
      'a cut message',
      encode([text(1, 'abcdef')]).subarray(0, 5),
      'byte 1: expected a message of 8 bytes, got 4',
    ],
    ['a cut length', Uint8Array.of(0x80), 'expected a varint, got the end of the message'],
    ['an endless varint', new Uint8Array(20).fill(0xff), 'expected a varint of at most 10 bytes'],
    ['a group', Uint8Array.of(1, 0x0b), 'expected a known wire type, got 3'],
    ['bytes that are no UTF-8', Uint8Array.of(3, 0x0a, 1, 0xff), 'expected UTF-8 text'],
    [
      'an inner message longer than its outer one',
      Uint8Array.of(3, 0x22, 9, 1),
      'expected a message of 9 bytes, got 1',
    ],
  ])('refuses %s', (_, body, message) => {
    expect(() => read(body)).toThrow(message);
  });

  it('reads or refuses any bytes', () => {
    const good = encode([
      text(1, 'h'),
      varint(3, 4),
      message(4, label('a', 'b'), message(7, varint(1, 1), message(3, varint(1, 1), double(2, 1)))),
    ]);
    const mutated = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((edits) => {
        const bytes = Uint8Array.from(good);
        for (const [at, byte] of edits) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          expect(error instanceof ExpositionError || error instanceof ScrapeError).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

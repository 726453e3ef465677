// Body after body through one reader: whatever it remembers, the result is that of a reader that remembers nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpositionError } from '../../../src/scrape/exposition-error.ts';
import { ScrapeError } from '../../../src/scrape/series-labels.ts';
import { createTestReader, samplesOf, withRoom } from './reading.ts';

const seriesLine = fc
  .record({
    name: fc.constantFrom('a', 'ab', 'b', 'abc:d', 'a_b'),
    label: fc.constantFrom('', '{}', '{x="1"}', '{x="1",}', '{x="2"}', '{x="1\\n",y="€"}', '{x="1\n"}'),
    gap: fc.constantFrom(' ', '  ', '\t', ' \t'),
    value: fc.oneof(
      fc.double().map((v) => (Number.isNaN(v) ? 'NaN' : String(v).replace('Infinity', 'Inf'))),
      fc.constantFrom('0', '1', '17', '-0'),
    ),
    time: fc.constantFrom('', '', '', '', ' 1234'),
    indent: fc.constantFrom('', '', '', ' '),
  })
  .map(({ name, label, gap, value, time, indent }) => `${indent}${name}${label}${gap}${value}${time}`);
const otherLine = fc.constantFrom(
  '',
  '  ',
  '# TYPE a counter',
  '# TYPE a histogram',
  '# HELP a some text',
  '# comment',
);
const line = fc.oneof({ weight: 5, arbitrary: seriesLine }, { weight: 1, arbitrary: otherLine });
/** Bodies that share most of their lines, as real ones do. */
const bodies = fc
  .tuple(
    fc.array(line, { maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(12), fc.nat(3), fc.array(line, { maxLength: 2 }), fc.boolean()), {
      maxLength: 6,
    }),
  )
  .map(([first, edits]) => {
    const all = [first];
    for (const [at, drop, inserted, newValues] of edits) {
      const lines = all[all.length - 1].toSpliced(at, drop, ...inserted);
      all.push(newValues ? lines.map((text) => text.replace(/ 17$/, ' 42')) : lines);
    }
    return all.map((lines) => lines.join('\n'));
  });

describe('ExpositionReader', () => {
  it('gives every body the samples that a new reader gives it', () => {
    fc.assert(
      fc.property(bodies, (texts) => {
        const reader = createTestReader();
        for (const text of texts) expect(reader.read(text).sort()).toEqual(samplesOf(text).sort());
      }),
      { numRuns: 1000 },
    );
  });

  it('names the series that vanished from the row, and no others', () => {
    fc.assert(
      fc.property(bodies, (texts) => {
        const reader = createTestReader();
        let before: string[] = [];
        for (const text of texts) {
          const samples = reader.read(text).filter((line) => !/ @\d+$/.test(line));
          const row = samples.map((line) => line.replace(/ \S+$/, ''));
          expect([...reader.vanished].sort()).toEqual(before.filter((name) => !row.includes(name)).sort());
          expect(reader.rowChanged || row.join() === before.join()).toBe(true);
          before = row;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('adds no series for lines that only moved, and keeps the row', () => {
    const reader = createTestReader();
    reader.read('a 1\nb 2\nc 3\n');
    expect(reader.read('c 6\n\n# x\na 4\nb 5\n')).toEqual(['a 4', 'b 5', 'c 6']);
    expect(reader.rowChanged).toBe(false);
    expect(reader.reader.seriesAdded).toBe(0);
  });

  it('puts new series where the exposition has them', () => {
    const reader = createTestReader();
    reader.read('a 1\nc 3\n');
    expect(reader.read('a 1\nb 2\nc 3\n')).toEqual(['a 1', 'b 2', 'c 3']);
    expect(reader.reader.seriesAdded).toBe(1);
    expect(reader.vanished).toEqual([]);
  });

  it('knows one series under two spellings', () => {
    const reader = createTestReader();
    const head = '# TYPE h histogram\n';
    reader.read(`${head}h_bucket{le="1"} 1\n`);
    expect(reader.read(`${head}h_bucket{le="1.0"} 2\n`)).toEqual(['h_bucket{le="1.0"} 2']);
    expect(reader.vanished).toEqual([]);
  });

  it('moves a series between the row and samples with times of their own', () => {
    const reader = createTestReader();
    reader.read('a 1\nb 2\n');
    expect(reader.read('a 1 5000\nb 2\n')).toEqual(['b 2', 'a 1 @5000']);
    expect(reader.vanished).toEqual(['a']);
    expect(reader.read('a 3\nb 4\n')).toEqual(['a 3', 'b 4']);
    expect(reader.vanished).toEqual([]);
  });

  it('ignores timestamps where they are not honoured', () => {
    const reader = createTestReader({ honorTimestamps: false });
    expect(reader.read('a 1 5000\n')).toEqual(['a 1']);
    expect(reader.read('a 2 6000\n')).toEqual(['a 2']);
    expect(reader.reader.seriesAdded).toBe(0);
  });

  it('names vanished series with times of their own only where they are tracked', () => {
    for (const trackTimestampsStaleness of [false, true]) {
      const reader = createTestReader({ trackTimestampsStaleness });
      reader.read('a 1 5000\nb 1 5000\n');
      reader.read('b 1 6000\n');
      expect(reader.vanished).toEqual(trackTimestampsStaleness ? ['a'] : []);
    }
  });

  it('stores the bits of NaN that Prometheus stores', () => {
    const reader = createTestReader();
    for (const text of ['a NaN\nb nan 5\n', 'a NaN\nb nan 6\n', 'c 1\na NaN\nb nan 7\n']) reader.read(text);
    const { values, timed } = reader.reader;
    expect(new BigUint64Array(values.slice(1, 2).buffer)[0]).toBe(0x7ff8000000000001n);
    expect(new BigUint64Array(timed.values.slice(0, 1).buffer)[0]).toBe(0x7ff8000000000001n);
  });

  it('drops what is decided to be dropped, and counts it', () => {
    const reader = createTestReader({ decide: (texts) => (texts[1].startsWith('go_') ? null : texts) });
    for (let n = 1; n < 4; n++) {
      expect(reader.read(`go_a 1\na ${n}\ngo_b 2 77\n`)).toEqual([`a ${n}`]);
      expect(reader.reader).toMatchObject({ scraped: 3, kept: 1, seriesAdded: n === 1 ? 1 : 0 });
    }
  });

  it('counts on behind the sample limit but decides no more series', () => {
    let decided = 0;
    const reader = createTestReader({
      sampleLimit: 2,
      decide: (texts) => {
        decided++;
        return texts;
      },
    });
    const bytes = withRoom(Buffer.from('a 1\nb 2\nc 3\nd 4\n'));
    reader.reader.read(bytes, bytes.length - 1, 'text');
    expect(reader.reader.kept).toBe(4);
    expect(decided).toBe(2);
    expect(reader.read('a 1\nb 2\n')).toEqual(['a 1', 'b 2']);
  });

  it('does not take leftovers of a longer body for lines of this one', () => {
    const reader = createTestReader();
    reader.read('a 1\nb 2\nc 3\n');
    const bytes = Buffer.from('a 5\nb 6\nc 7\n');
    reader.reader.read(bytes, 4, 'text');
    expect(reader.reader.scraped).toBe(1);
    const cut = Buffer.from('a 5\nb 6\nc 7\n');
    reader.reader.read(cut, 7, 'text');
    expect(reader.reader.scraped).toBe(2);
  });

  it('changes format from body to body', () => {
    const reader = createTestReader();
    expect(reader.read('a 1\nb 2\n')).toEqual(['a 1', 'b 2']);
    expect(reader.read('a 3\n# EOF\n', 'openmetrics')).toEqual(['a 3']);
    expect(reader.vanished).toEqual(['b']);
    expect(reader.read('a 4\nb 5\n')).toEqual(['a 4', 'b 5']);
  });
});

describe('ExpositionReader on hostile bodies', () => {
  const good =
    'a{x="1"} 1\nb 2.5 77\n# TYPE h histogram\nh_bucket{le="1"} 3 # {t="x"} 1\n# HELP c d\nc 1e5\n# EOF\n';
  const mutations = fc.array(fc.tuple(fc.nat(good.length), fc.nat(6), fc.uint8Array({ maxLength: 5 })), {
    maxLength: 4,
  });
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .string({ unit: fc.constantFrom(...'ab{}"=,\\ \t\n\r\0#1.e+-:é'), maxLength: 80 })
      .map((s) => Buffer.from(s)),
    mutations.map((edits) => {
      let bytes = Buffer.from(good);
      for (const [at, drop, inserted] of edits) {
        bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + drop)]);
      }
      return bytes;
    }),
  );

  it('either reads random bytes or refuses them with a line, and reads the next body as ever', () => {
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 5 }), fc.boolean(), (bodiesOfBytes, strict) => {
        const format = strict ? 'openmetrics' : 'text';
        const reader = createTestReader();
        const fresh = (bytes: Uint8Array) => {
          try {
            return [...samplesOf(bytes, format)].sort();
          } catch (error) {
            return (error as Error).message;
          }
        };
        for (const bytes of bodiesOfBytes) {
          let result: string[] | string;
          try {
            result = [...reader.read(bytes, format)].sort();
          } catch (error) {
            expect(error instanceof ExpositionError || error instanceof ScrapeError).toBe(true);
            result = (error as Error).message;
          }
          expect(result).toEqual(fresh(bytes));
        }
        expect(reader.read('z 1\n# EOF\n', format)).toEqual(['z 1']);
      }),
      { numRuns: 3000 },
    );
  });
});

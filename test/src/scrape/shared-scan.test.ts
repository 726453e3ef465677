// Series that begin as the one before them are read from where they differ: that must never show.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplesOf } from './reading.ts';

const BASES = [
  'm{a="1",b="22",c="3"} 1',
  'm{a="1",b="22",le="0.5"} 2',
  'm{a="1",b="22",} 3',
  'm{a="1" , b="2"} 4',
  'm{a="1"b="2",c="3"} 4',
  'm{a="1\\",b=\\"",c="3"} 5',
  'm{"a"="1","b"="2"} 6',
  '{"m",a="1",b="22"} 7',
  'm{} 8',
  'm 9',
  'm{a="ü",b="2"} 10',
];
const PIECES = ['', 'a', 'b', 'm', '1', '2', '"', '\\', ',', '=', '{', '}', ' ', 'é', '\\n'];

/** A base with a few places replaced, most of them late in the line. */
const line = fc
  .tuple(
    fc.constantFrom(...BASES),
    fc.array(fc.tuple(fc.nat(30), fc.nat(2), fc.constantFrom(...PIECES)), { maxLength: 2 }),
  )
  .map(([base, edits]) =>
    edits.reduce((text, [at, cut, piece]) => text.slice(0, at) + piece + text.slice(at + cut), base),
  );

function read(lines: readonly string[], format: 'text' | 'openmetrics'): string[] | null {
  try {
    return samplesOf(
      lines.map((one) => `${one}\n`).join('') + (format === 'openmetrics' ? '# EOF\n' : ''),
      format,
    );
  } catch {
    return null;
  }
}

describe.each(['text', 'openmetrics'] as const)('%s', (format) => {
  it('reads many lines as it reads each of them', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 6 }), (lines) => {
        const each = lines.map((one) => read([one], format));
        // A quote that is not closed may be closed by the next line, in the format that takes line feeds in values.
        if (each.includes(null)) {
          if (format === 'openmetrics') expect(read(lines, format)).toBe(null);
          const good = lines.filter((_, i) => each[i] !== null);
          expect(read(good, format)).toEqual(firstOfEach(each.filter((one) => one !== null).flat()));
        } else expect(read(lines, format)).toEqual(firstOfEach(each.flat() as string[]));
      }),
      { numRuns: 3000 },
    );
  });
});

/** The first sample of each series in the order of the body; those with times of their own come last. */
function firstOfEach(samples: readonly string[]): string[] {
  const seen = new Set<string>();
  const first = samples.filter((sample) => {
    const name = sample.includes(' @') ? sample : sample.slice(0, sample.lastIndexOf(' '));
    if (!sample.includes(' @') && seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  return [...first.filter((one) => !one.includes(' @')), ...first.filter((one) => one.includes(' @'))];
}

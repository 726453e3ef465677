// The parts of remote read that need no store; what the whole answers is compared with Prometheus in test/e2e.
import { compress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/remote/crc32c.ts';
import { decodeReadRequest } from '../../../src/remote/read-request.ts';
import { withExternalLabels } from '../../../src/remote/read-response.ts';
import { encodeXorChunk } from '../../../src/remote/xor-chunk.ts';
import { readRequestBody } from '../../support/remote-read.ts';

describe('remote read', () => {
  it('reads queries and the answer that is wanted', () => {
    const matchers = [
      [0, '__name__', 'up'],
      [3, 'job', 'a|b'],
    ] as const;
    const body = readRequestBody([{ startMs: -5, endMs: 1_700_000_000_000, matchers }], true);
    expect(decodeReadRequest(body)).toEqual({
      streamed: true,
      queries: [
        {
          startMs: -5,
          endMs: 1_700_000_000_000,
          matchers: [
            { name: '__name__', op: '=', value: 'up' },
            { name: 'job', op: '!~', value: 'a|b' },
          ],
        },
      ],
    });
    expect(decodeReadRequest(readRequestBody([], false))).toEqual({ streamed: false, queries: [] });
  });

  it('refuses what is no request', () => {
    const wrong = readRequestBody([{ startMs: 0, endMs: 1, matchers: [[7, 'a', 'b']] }], true);
    expect(() => decodeReadRequest(wrong)).toThrow('unknown matcher type 7');
    expect(() => decodeReadRequest(compress(Uint8Array.of(0x0a, 0x7f)))).toThrow('longer than the message');
    expect(() => decodeReadRequest(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04))).toThrow('malformed');
  });

  it('adds external labels where a series has none of that name', () => {
    expect(withExternalLabels(['a', '1', 'z', '2'], ['m', '3', 'z', '4'])).toEqual([
      'a',
      '1',
      'm',
      '3',
      'z',
      '2',
    ]);
    expect(withExternalLabels(['a', '1'], [])).toEqual(['a', '1']);
  });

  it('checks sums as RFC 3720 has them', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  it('writes a constant series as a bit of time and a bit of value a sample', () => {
    const times = Float64Array.from({ length: 100 }, (_, i) => i * 1000);
    const words = new Uint32Array(new Float64Array(100).fill(1).buffer);
    const chunk = encodeXorChunk(times, words, 0, 100);
    // Count, time 0, value 1, a difference of 1,000 (two bytes) with an equal value, then two bits each.
    expect(Buffer.from(chunk.subarray(0, 13)).toString('hex')).toBe('0064003ff0000000000000e807');
    expect(chunk.length).toBe(13 + Math.ceil((1 + 98 * 2) / 8));
  });
});

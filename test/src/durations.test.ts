// Durations and sizes, as Prometheus writes them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseSize } from '../../src/durations.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['1ms', 1],
    ['15s', 15_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1w', 604_800_000],
    ['1y', 31_536_000_000],
    ['1y2w3d4h5m6s7ms', 33_019_506_007],
    ['292y', 9_208_512_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '1', '-1s', '1.5s', '1s1m', '1 s', 's', '1S', '1x', '1s ', '293y'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('reads what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [15_000, '15s'],
    [90_000, '1m30s'],
    [86_400_000, '1d'],
    [90_000_000, '1d1h'],
    [7_776_000_000, '90d'],
    [604_800_000, '1w'],
    [1500, '1s500ms'],
  ])('%s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['1B', 1],
    ['1KB', 1024],
    ['1KiB', 1024],
    ['1.5MB', 1_572_864],
    ['10GB', 10_737_418_240],
    ['1MB512KB', 1_572_864],
    ['.5KB', 512],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '1', 'MB', '1mb', '1 MB', '-1MB', '1MBx', '1M'])('refuses %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

// Sizes as Prometheus writes them; durations are tested where PromQL reads them.
import { describe, expect, it } from 'vitest';
import { parseSize } from '../../src/durations.ts';

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

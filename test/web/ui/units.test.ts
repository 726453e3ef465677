import { describe, expect, it } from 'vitest';
import { axisSteps, formatAxis, formatValue, guessUnit, type Unit } from '../../../web/ui/lib/units.ts';

describe('formatValue()', () => {
  const cases: [number, Unit, string][] = [
    [0, 'none', '0'],
    [1, 'none', '1'],
    [1024, 'none', '1024'],
    [12_345.678, 'none', '12346'],
    [123_456, 'none', '123.5 k'],
    [1.5e9, 'none', '1.5 G'],
    [0.1 + 0.2, 'none', '0.3'],
    [0.000_012_34, 'none', '0.00001234'],
    [1.234_56e-9, 'none', '1.235e-9'],
    [-2_500_000, 'none', '-2.5 M'],
    [42.5, '/s', '42.5 /s'],
    [1_234_567, '/s', '1.235 M/s'],
    [0, 'B', '0 B'],
    [512, 'B', '512 B'],
    [1536, 'B', '1.5 KiB'],
    [2 ** 30, 'B', '1 GiB'],
    [2 ** 20, 'B/s', '1 MiB/s'],
    [0.034, 's', '34 ms'],
    [2.5e-7, 's', '250 ns'],
    [90, 's', '1.5 min'],
    [172_800, 's', '2 d'],
    [0, 's', '0'],
    [0.1234, 'percent', '12.34%'],
    [1_795_201_200, 'time', '2026-11-20 19:00:00'],
    [Number.NaN, 'B', 'NaN'],
    [Infinity, 's', '+Inf'],
    [-Infinity, 'none', '-Inf'],
  ];
  for (const [value, unit, text] of cases)
    it(`gives ${text} for ${value} (${unit})`, () => expect(formatValue(value, unit)).toBe(text));
});

describe('formatAxis()', () => {
  it('uses one scale and as many decimals as the gap asks for', () => {
    expect(formatAxis([0, 0.25, 0.5], 'none')).toEqual(['0.00', '0.25', '0.50']);
    expect(formatAxis([0, 10, 20], '/s')).toEqual(['0 /s', '10 /s', '20 /s']);
    expect(formatAxis([0, 2 ** 20, 2 ** 21], 'B')).toEqual(['0 MiB', '1 MiB', '2 MiB']);
    expect(formatAxis([0.01, 0.015, 0.02], 's')).toEqual(['10 ms', '15 ms', '20 ms']);
    expect(formatAxis([0.1, 0.2], 'percent')).toEqual(['10%', '20%']);
    expect(formatAxis([1_000_000, 1_500_000], 'none')).toEqual(['1.0 M', '1.5 M']);
    expect(formatAxis([], 'none')).toEqual([]);
  });
  it('has gaps of powers of two for bytes', () => {
    expect(axisSteps('B')!.slice(8, 12)).toEqual([256, 512, 1024, 2048]);
    expect(axisSteps('none')).toBeUndefined();
  });
});

describe('guessUnit()', () => {
  const cases: [string, Unit][] = [
    ['up', 'none'],
    ['process_resident_memory_bytes', 'B'],
    ['sum by (route) (rate(http_requests_total[5m]))', '/s'],
    ['rate(node_network_receive_bytes_total[1m])', 'B/s'],
    ['rate(process_cpu_seconds_total[5m])', 'none'],
    ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', 's'],
    ['rate(http_request_duration_seconds_count[5m])', '/s'],
    ['disk_used_ratio', 'percent'],
    ['process_start_time_seconds', 'time'],
    ['a_bytes / b_bytes', 'none'],
    ['count by (job) (a_bytes)', 'none'],
    ['a_bytes + b_seconds', 'none'],
    ['x{path="/a_bytes"}', 'none'],
    ['max_over_time(queue_wait_seconds[5m]) # rate(', 's'],
  ];
  for (const [expr, unit] of cases) it(`takes ${unit} for ${expr}`, () => expect(guessUnit(expr)).toBe(unit));
});

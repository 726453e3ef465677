import { describe, expect, it } from 'vitest';
import { parse } from '../../../query/lang/parse.ts';
import { print } from '../../../query/lang/print.ts';
import { resolveDurations } from '../../../query/lang/resolve.ts';

const times = { startMs: 1_000_000, endMs: 1_060_000, stepMs: 15_000 };

describe('resolveDurations', () => {
  it.each([
    ['up[step()]', 'up[15s]'],
    ['up[range() / 2]', 'up[30s]'],
    ['up[2 * (step() + 1m) - 30]', 'up[2m]'],
    ['up[max_of(step(), 1m) % 50s]', 'up[10s]'],
    ['up[min_of(step(), 1m) + 1ms]', 'up[15s1ms]'],
    ['up[-5m + 2^3^2]', 'up[3m32s]'],
    ['up[10m - 4m - 1m]', 'up[5m]'],
    ['up[1h / 7]', 'up[8m34s285ms]'],
    ['up offset (-step() * 2)', 'up offset -30s'],
    ['up offset (step() - 15)', 'up'],
    ['up offset (step() - 14 + 1ms)', 'up offset 1s1ms'],
    ['up[1m:step()] offset -range()', 'up[1m:15s] offset -1m'],
    ['sum(rate(up[step()])) / -(up offset step() + 1)', 'sum(rate(up[15s])) / -(up offset 15s + 1)'],
    ['topk(scalar(up offset step()), up)', 'topk(scalar(up offset 15s), up)'],
    ['max_over_time(rate(up[step()])[1h:])', 'max_over_time(rate(up[15s])[1h:])'],
  ])('%s', (text, expected) => {
    expect(print(resolveDurations(parse(text), times, text))).toBe(expected);
  });

  it('gives back a tree without expressions as it is', () => {
    const expr = parse('sum by (x) (rate(a[5m] offset 1m)) / -(b or c) > bool scalar(vector(time()))');
    expect(resolveDurations(expr, times)).toBe(expr);
  });

  it.each([
    ['up[step() - 15s]', '1:4: parse error: duration must be greater than 0'],
    ['up + rate(up[1m:5s - step()])', '1:17: parse error: duration must be greater than 0'],
    ['up[1m / (step() - 15)]', '1:9: parse error: division by zero'],
    ['up[1m % (range() - 60)]', '1:9: parse error: modulo by zero'],
    ['up[10 ^ 15]', '1:4: parse error: duration is out of range'],
    ['up[(0-8) ^ 0.5]', '1:4: parse error: duration is out of range'],
  ])('refuses %s', (text, message) => {
    expect(() => resolveDurations(parse(text), times, text)).toThrow(message);
  });

  it('knows no step and no range in an instant query', () => {
    const instant = { startMs: 5000, endMs: 5000, stepMs: 0 };
    expect(() => resolveDurations(parse('up[step()]'), instant)).toThrow('duration must be greater than 0');
    expect(print(resolveDurations(parse('up offset range()'), instant))).toBe('up');
  });
});

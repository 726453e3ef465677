// Style of metrics: every rule, and side by side with promtool.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readFamilies } from '../../../src/cli/check-metrics.ts';
import { lintMetrics } from '../../../src/cli/metrics-lint.ts';
import { needProgram } from '../../support/programs.ts';

function lint(text: string): string[] {
  return lintMetrics(readFamilies(Buffer.from(text))).map((problem) => `${problem.metric} ${problem.text}`);
}
const gauge = (name: string): string => `# HELP ${name} x\n# TYPE ${name} gauge\n${name} 1\n`;

const GOOD = `# HELP requests_total x
# TYPE requests_total counter
requests_total 1
# HELP latency_seconds x
# TYPE latency_seconds histogram
latency_seconds_bucket{le="+Inf"} 1
latency_seconds_sum 1
latency_seconds_count 1
# HELP sizes_bytes x
# TYPE sizes_bytes summary
sizes_bytes{quantile="0.5"} 1
sizes_bytes_sum 1
sizes_bytes_count 1
${gauge('temperature_celsius')}`;

const CASES: readonly (readonly [string, string])[] = [
  ['a 1\n', 'a no help text'],
  ['# HELP a x\n# TYPE a counter\na 1\n', 'a counter metrics should have "_total" suffix'],
  [gauge('a_total'), 'a_total non-counter metrics should not have "_total" suffix'],
  [gauge('a_bucket'), 'a_bucket non-histogram metrics should not have "_bucket" suffix'],
  [gauge('a_count'), 'a_count non-histogram and non-summary metrics should not have "_count" suffix'],
  [gauge('a_sum'), 'a_sum non-histogram and non-summary metrics should not have "_sum" suffix'],
  ['# HELP a x\n# TYPE a gauge\na{le="1"} 1\n', 'a non-histogram metrics should not have "le" label'],
  [
    '# HELP a x\n# TYPE a gauge\na{quantile="1"} 1\n',
    'a non-summary metrics should not have "quantile" label',
  ],
  [gauge('my_gauge'), "my_gauge metric name should not include type 'gauge'"],
  [gauge('a:b'), "a:b metric names should not contain ':'"],
  [gauge('aB'), "aB metric names should be written in 'snake_case' not 'camelCase'"],
  [
    '# HELP a x\n# TYPE a gauge\na{bC="1"} 1\n',
    "a label names should be written in 'snake_case' not 'camelCase'",
  ],
  [gauge('a_ms'), 'a_ms metric names should not contain abbreviated units'],
  [gauge('a_milliseconds'), 'a_milliseconds use base unit "seconds" instead of "milliseconds"'],
  [gauge('a_kibibytes'), 'a_kibibytes use base unit "bytes" instead of "kibibytes"'],
  [gauge('a_hours_x'), 'a_hours_x use base unit "seconds" instead of "hours"'],
  [gauge('a_fahrenheit'), 'a_fahrenheit use base unit "celsius" instead of "fahrenheit"'],
];

describe('lintMetrics', () => {
  it('has nothing against good style', () => {
    expect(lint(GOOD)).toEqual([]);
    expect(lint('')).toEqual([]);
  });

  it.each(CASES)('%j', (text, problem) => {
    expect(lint(text)).toEqual([problem]);
  });

  it('knows OpenMetrics, whose counters are named without their suffix', () => {
    expect(lint('# TYPE a counter\n# HELP a x\na_total 1\n# EOF\n')).toEqual([]);
  });

  it('refuses what is no exposition', () => {
    expect(() => lint('foo bar\n')).toThrow('line 1: expected a number as value');
  });

  it('finds what promtool finds', (context) => {
    const promtool = needProgram(context, 'promtool');
    const input = [GOOD, ...CASES.map(([text]) => text)];
    for (const text of input) {
      const { stderr, status } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
      const theirs = stderr.split('\n').filter((line) => line !== '');
      expect([lint(text), lint(text).length > 0 ? 3 : 0], text).toEqual([theirs, status]);
    }
  });
});

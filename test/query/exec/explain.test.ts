import { describe, expect, it } from 'vitest';
import type { ExplainNode } from '../../../query/result.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { run, type When } from './ask.ts';

const source = new MemorySource().load(
  60_000,
  `
  http_requests_total{job="api", instance="0"} 0+10x20
  http_requests_total{job="api", instance="1"} 0+10x20
  http_requests_total{job="app", instance="0"} 0+10x20
  limits{job="api"} 1 1 1
  `,
);

/** The tree as lines: name, series, reads, samples. */
function tree(node: ExplainNode, indent = ''): string[] {
  const line = `${indent}${node.name} series=${node.series} reads=${node.reads} samples=${node.samples}`;
  return [line, ...node.inputs.flatMap((input) => tree(input, `${indent}  `))];
}

function explain(query: string, when: When): { lines: string[]; hints: readonly string[] } {
  const { explain } = run(source, query, when, {}, { explain: true });
  return { lines: explain?.root ? tree(explain.root) : [], hints: explain?.hints ?? [] };
}

describe('explain', () => {
  it('tells what each node named and read', () => {
    expect(explain('sum by (job) (rate(http_requests_total[5m])) > 1', 10).lines).toEqual([
      '> series=2 reads=2 samples=15',
      '  sum by (job) series=2 reads=2 samples=15',
      '    rate(http_requests_total[5m]) series=3 reads=3 samples=15',
    ]);
    expect(explain('limits * on (job) group_right http_requests_total', 2).lines).toEqual([
      '* on (job) series=2 reads=2 samples=9',
      '  limits series=1 reads=1 samples=3',
      '  http_requests_total series=3 reads=2 samples=6',
    ]);
  });

  it('is not there unless asked for', () => {
    expect(run(source, 'limits', 0).explain).toBeNull();
  });

  it('has no tree for scalars', () => {
    expect(explain('1 + 1', 0)).toEqual({ lines: [], hints: [] });
  });

  it.each([
    ['http_request_total', 'no metric is called http_request_total; did you mean http_requests_total?'],
    ['sum(completely_different)', 'no metric is called completely_different'],
    ['http_requests_total{job="apo"}', 'no series of http_requests_total has job="apo"; did you mean api?'],
    ['http_requests_total{job=~"x.*"}', 'no series of http_requests_total has job=~"x.*"'],
    ['{job="limits"}', 'no series of any metric has job="limits"'],
    [
      'http_requests_total{job="app",instance="1"}',
      'each matcher of http_requests_total{job="app",instance="1"} fits some series, but no series fits all of them',
    ],
    [
      'limits offset 1w',
      'limits offset 1w has series, but none with a sample in the time asked for, or nothing is left of them',
    ],
  ])('says why %s is empty', (query, hint) => {
    expect(explain(query, 5).hints).toEqual([hint]);
  });
});

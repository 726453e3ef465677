// Rule files: what they mean, and what is refused, with its place.
import { describe, expect, it } from 'vitest';
import { duplicateRules, loadRuleFile, RuleFileError } from '../../../src/rules/load.ts';

const load = (text: string) => loadRuleFile(text, { file: 'rules.yml' });

describe('loadRuleFile', () => {
  it('reads groups and rules', () => {
    const [group, second] = load(`groups:
  - name: a
    interval: 30s
    query_offset: 1m
    limit: 10
    labels: {team: x, tier: "1"}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {tier: "2"}
      - alert: Down
        expr: |
          up == 0
        for: 5m
        keep_firing_for: 1m
        annotations: {summary: "{{ $labels.instance }} is down"}
  - name: b
`);
    expect(group).toMatchObject({
      name: 'a',
      file: 'rules.yml',
      intervalMs: 30_000,
      queryOffsetMs: 60_000,
      limit: 10,
      rules: [
        {
          kind: 'recording',
          record: 'job:up:sum',
          expr: 'sum by (job) (up)',
          labels: { team: 'x', tier: '2' },
        },
        {
          kind: 'alerting',
          alert: 'Down',
          expr: 'up == 0\n',
          forMs: 300_000,
          keepFiringForMs: 60_000,
          labels: { team: 'x', tier: '1' },
          annotations: { summary: '{{ $labels.instance }} is down' },
        },
      ],
    });
    expect(second).toEqual({
      name: 'b',
      file: 'rules.yml',
      intervalMs: null,
      queryOffsetMs: null,
      limit: 0,
      rules: [],
    });
  });

  it.each(['', '# nothing', 'groups:', 'groups: []'])('takes an empty file: %j', (text) => {
    expect(load(text)).toEqual([]);
  });

  const rule = (text: string): string => `groups:\n  - name: a\n    rules:\n      - ${text}\n`;
  it.each([
    ['a list', '- a', 'rules.yml:1:1: expected a mapping (key: value), found a list'],
    ['an unknown key', 'group: []', 'rules.yml:1:1: unknown key "group"; did you mean "groups"?'],
    ['a group without a name', 'groups:\n  - rules: []', 'rules.yml:2:5: groups[0]: name is missing'],
    ['an empty name', 'groups: [{name: ""}]', 'groups[0].name: is empty'],
    [
      'two groups of one name',
      'groups: [{name: a}, {name: a}]',
      'groups[1].name: there is another group "a"',
    ],
    ['a wrong interval', 'groups: [{name: a, interval: 5}]', 'interval: expected a duration'],
    ['a wrong limit', 'groups: [{name: a, limit: -1}]', 'limit: expected a whole number'],
    [
      'neither record nor alert',
      rule('expr: up'),
      'rules.yml:4:9: groups[0].rules[0]: one of record and alert',
    ],
    ['both', rule('{record: a, alert: b, expr: up}'), 'only one of record and alert'],
    ['no expr', rule('record: a'), 'rules.yml:4:9: groups[0].rules[0]: expr is missing'],
    ['an empty expr', rule('{record: a, expr: " "}'), 'groups[0].rules[0].expr: expr is missing'],
    ['a wrong expr', rule('{record: a, expr: sum(}'), 'rules.yml:4:27: groups[0].rules[0].expr: 1:'],
    ['an expr of a wrong type', rule('{record: a, expr: "rate(up)"}'), 'expected type range vector'],
    ['braces', rule('{record: "a{b=1}", expr: up}'), '"a{b=1}" has braces; selectors belong into expr'],
    ['for of a recording rule', rule('{record: a, expr: up, for: 1m}'), 'rules[0].for: belongs to alerting'],
    [
      'annotations of one',
      rule('{record: a, expr: up, annotations: {}}'),
      'annotations: belongs to alerting',
    ],
    ['keep_firing_for of one', rule('{record: a, expr: up, keep_firing_for: 1m}'), 'belongs to alerting'],
    ['__name__', rule('{record: a, expr: up, labels: {__name__: b}}'), 'cannot set the label __name__'],
    ['an empty label name', rule('{alert: a, expr: up, labels: {"": b}}'), 'labels: "" is not a valid name'],
    [
      'an empty annotation name',
      rule('{alert: a, expr: up, annotations: {"": b}}'),
      'annotations: "" is not',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => load(text)).toThrow(RuleFileError);
    expect(() => load(text)).toThrow(message);
  });

  it('tells every error', () => {
    const text = `${rule('{record: a, expr: sum(}')}      - {alert: b}\n      - {wat: 1}\n`;
    let lines: string[] = [];
    try {
      load(text);
    } catch (error) {
      lines = (error as Error).message.split('\n');
    }
    expect(lines.map((line) => line.slice(0, 13))).toEqual([
      'rules.yml:4:2',
      'rules.yml:5:9',
      'rules.yml:6:9',
      'rules.yml:6:9',
      'rules.yml:6:1',
    ]);
  });
});

describe('duplicateRules', () => {
  it('finds rules that write the same', () => {
    const groups = load(`groups:
  - name: a
    rules:
      - {record: x, expr: up, labels: {b: c}}
      - {record: x, expr: down, labels: {b: c}}
      - {record: x, expr: up}
      - {alert: x, expr: up}
      - {record: x, expr: up, labels: {b: d}}
`);
    expect(duplicateRules(groups)).toEqual([{ name: 'x', labels: ['b: c'] }]);
  });
});

// Target groups in files and answers.
import { describe, expect, it } from 'vitest';
import { parseGroups } from '../../../src/discovery/groups.ts';

const meta = { __meta_x: 'y' };

describe('parseGroups', () => {
  it('reads JSON', () => {
    const text = '[{"targets": ["a:1", "b:2"], "labels": {"env": "prod"}}, {"targets": ["c:3"]}]';
    expect(parseGroups(text, 'json', meta)).toEqual([
      { targets: ['a:1', 'b:2'], labels: { env: 'prod', __meta_x: 'y' } },
      { targets: ['c:3'], labels: { __meta_x: 'y' } },
    ]);
  });

  it('reads YAML, scalars as they are written', () => {
    const text = '- targets: [a:1]\n  labels: {version: 1.10, on: yes}\n- targets:\n';
    expect(parseGroups(text, 'yaml', {})).toEqual([
      { targets: ['a:1'], labels: { version: '1.10', on: 'yes' } },
      { targets: [], labels: {} },
    ]);
  });

  it.each([
    ['', 'yaml'],
    ['# nothing', 'yaml'],
    ['[]', 'yaml'],
    ['[]', 'json'],
    ['null', 'json'],
  ] as const)('%j as %s holds none', (text, format) => {
    expect(parseGroups(text, format, meta)).toEqual([]);
  });

  it.each([
    ['{}', 'expected a list of target groups'],
    ['[1]', 'group 0: expected a mapping with targets and labels'],
    ['[null]', 'group 0: expected a mapping with targets and labels'],
    ['[{"target": ["a"]}]', 'group 0: unknown key "target"; there are targets and labels'],
    ['[{}, {"targets": "a"}]', 'group 1: targets: expected a list of texts such as "host:9100"'],
    ['[{"targets": [1]}]', 'group 0: targets: expected a list of texts such as "host:9100"'],
    ['[{"labels": ["a"]}]', 'group 0: labels: expected a mapping'],
    ['[{"labels": {"a": 1}}]', 'group 0: label a: expected a text'],
    ['[{"labels": {"": "a"}}]', 'group 0: "" is not a valid label name'],
  ])('refuses %s', (text, message) => {
    expect(() => parseGroups(text, 'json', meta)).toThrow(message);
  });
});

// The example at the store's door does what it says.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openStore } from '../../storage/index.ts';
import { createMatcher } from '../../storage/model/matcher.ts';
import { Column } from '../../storage/model/sample.ts';
import { temporaryPath } from './helpers.ts';

it('reads back what it wrote', () => {
  const door = readFileSync(new URL('../../storage/index.ts', import.meta.url), 'utf8');
  const lines = door.split('\n// @example\n')[1].split('\n//\n// Upkeep')[0].split('\n');
  const code = lines.map((line) => line.replace(/^\/\/ {0,3}/, '')).join('\n');
  const path = temporaryPath();
  const run = new Function('openStore', 'createMatcher', 'Column', `${code}; return { set, column };`);
  const { set, column } = run(() => openStore(path), createMatcher, Column);
  expect(set.count).toBe(1);
  expect(column.timeline.length).toBe(1);
  expect(column.values[0]).toBe(1);
});

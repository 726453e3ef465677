// Runs the project's own scripts (*.test beside this file) on the engine, over a store in memory and over a real file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../query/index.ts';
import { createFileStore, runScript, scriptEngineOptions } from '../../src/promqltest/index.ts';
import { createMemoryStore } from './memory-store.ts';

const folder = import.meta.dirname;
const scripts = readdirSync(folder).filter((name) => name.endsWith('.test'));
const engine = createEngine(scriptEngineOptions);
const fileStore = createFileStore();
afterAll(() => fileStore.close());

describe.each([
  ['in memory', createMemoryStore()],
  ['in a file', fileStore],
])('own scripts %s', (_, store) => {
  it.each(scripts)('%s', (name) => {
    const script = readFileSync(join(folder, name), 'utf8');
    const report = runScript(script, store, engine, { tolerance: 1e-9 });
    const failures = report.outcomes.filter((outcome) => outcome.status === 'failed');
    expect(
      failures.map(({ line, query, reason, got }) => `${name}:${line} ${query}: ${reason}\n${got}`),
    ).toEqual([]);
    expect(report.skipped).toBe(0);
    expect(report.passed).toBeGreaterThan(0);
  });
});

// Runs the project's own scripts (*.test beside this file) on the engine over a store in memory.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../query/engine.ts';
import { runScript, scriptEngineOptions } from '../../src/promqltest/run.ts';
import { createMemoryStore } from './memory-store.ts';

const folder = import.meta.dirname;
const scripts = readdirSync(folder).filter((name) => name.endsWith('.test'));
const engine = createEngine(scriptEngineOptions);

describe('own scripts', () => {
  it.each(scripts)('%s', (name) => {
    const report = runScript(readFileSync(join(folder, name), 'utf8'), createMemoryStore(), engine, {
      tolerance: 1e-9,
    });
    const failures = report.outcomes.filter((outcome) => outcome.status === 'failed');
    expect(
      failures.map(({ line, query, reason, got }) => `${name}:${line} ${query}: ${reason}\n${got}`),
    ).toEqual([]);
    expect(report.skipped).toBe(0);
    expect(report.passed).toBeGreaterThan(0);
  });
});

// `ferula test promql FILE…`: runs scripts against the engine and a real store and says what came of them.
import { readFileSync } from 'node:fs';
import { createEngine } from '../../query/index.ts';
import { createFileStore } from './file-store.ts';
import { type Outcome, runScript, scriptEngineOptions } from './run.ts';
import { ScriptError } from './script.ts';

export interface CommandOptions {
  readonly print: (line: string) => void;
  /** Also print what is skipped, and why. */
  readonly verbose?: boolean;
  /** SQLite's addon, where it does not lie in node_modules. */
  readonly nativeBinding?: string | object;
}

/**
 * Runs the scripts in order. Each failure is printed as query, expected and got; the last line is
 * `N passed, M failed, K skipped`, counting eval statements.
 * @returns the exit code: 1 where anything failed or a script could not be read
 */
export function testPromql(paths: readonly string[], options: CommandOptions): number {
  const { print, verbose = false } = options;
  const engine = createEngine(scriptEngineOptions);
  const store = createFileStore(options.nativeBinding);
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  let unreadable = 0;
  try {
    for (const path of paths) {
      const report = readAndRun(path, (text) => runScript(text, store, engine));
      if (typeof report === 'string') {
        print(report);
        unreadable++;
        continue;
      }
      for (const outcome of report.outcomes) {
        if (outcome.status === 'failed') print(describe(path, outcome));
        if (outcome.status === 'skipped' && verbose)
          print(`SKIPPED ${path}:${outcome.line} ${outcome.reason}: ${outcome.query}`);
      }
      passed += report.passed;
      failed += report.failed;
      skipped += report.skipped;
      print(`${path}: ${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
    }
  } finally {
    store.close();
  }
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 || unreadable > 0 ? 1 : 0;
}

/** The script's report, or why it cannot be read. */
function readAndRun<T>(path: string, run: (text: string) => T): T | string {
  try {
    return run(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof ScriptError) return `${path}: ${error.message}`;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) return `${path}: ${message}`;
    throw error;
  }
}

function describe(path: string, outcome: Outcome): string {
  return [
    `FAILED ${path}:${outcome.line} ${outcome.reason}`,
    `  query:    ${outcome.query}`,
    `  expected: ${indent(outcome.expected)}`,
    `  got:      ${indent(outcome.got)}`,
  ].join('\n');
}

function indent(text: string): string {
  return text.split('\n').join('\n            ');
}

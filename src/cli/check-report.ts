// How the checks print what they find: good news on standard output, bad news on standard error.
import type { CheckResult } from './check.ts';

export function printChecking(what: string): void {
  process.stdout.write(`Checking ${what}\n`);
}

export function printSuccess(text: string): void {
  process.stdout.write(`  SUCCESS: ${text}\n`);
}

export function printNote(text: string): void {
  process.stdout.write(`  NOTE: ${text}\n`);
}

/** Prints errors, one a line. */
export function printFailed(lines: readonly string[]): void {
  process.stderr.write(`  FAILED: ${lines.length === 1 ? 'one error' : `${lines.length} errors`}\n`);
  for (const line of lines) process.stderr.write(`  ${line}\n`);
}

/** The worst of several results. */
export function worst(results: readonly CheckResult[]): CheckResult {
  if (results.includes('failed')) return 'failed';
  return results.includes('lint') ? 'lint' : 'good';
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The lines of an error about a file; one that says nothing of the file is led by its name. */
export function errorLines(file: string, error: Error): string[] {
  if (error.name === 'ConfigError' || error.name === 'RuleFileError') return error.message.split('\n');
  return [`${file}: ${'code' in error ? 'cannot be read: ' : ''}${error.message}`];
}

// `ferula test promql FILE…`: runs PromQL test scripts on the real store, each on an empty file of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../../query/engine.ts';
import { openStore, type Store } from '../../storage/index.ts';
import { nativeBinding } from '../packaging.ts';
import { type Outcome, runScript, type ScriptStore, scriptEngineOptions } from '../promqltest/run.ts';
import { createCommand, parseArguments, UsageError } from './usage.ts';

const EXIT_FAILED = 1;

export async function runTest(args: readonly string[]): Promise<number> {
  let files: string[] = [];
  let verbose = false;
  const command = createCommand('ferula test')
    .description('Run test scripts.')
    .usage('promql [flags] FILE...')
    .helpOption('-h, --help', 'Show this.');
  command
    .command('promql')
    .description('Run PromQL test scripts (load, eval) and print what fails.')
    .argument('<files...>')
    .option('--verbose', 'Also print what is skipped, and why.')
    .exitOverride()
    .action((given: string[], options: { verbose?: boolean }) => {
      files = given;
      verbose = options.verbose === true;
    });
  if (args.length === 0) throw new UsageError('test what? write: ferula test promql FILE');
  parseArguments(command, args);
  const folder = mkdtempSync(join(tmpdir(), 'ferula-test-'));
  try {
    const failed = files.filter((file, i) => !runFile(file, join(folder, String(i)), verbose));
    return failed.length > 0 ? EXIT_FAILED : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runFile(file: string, pathPrefix: string, verbose: boolean): boolean {
  const store = scriptStore(pathPrefix);
  try {
    const report = runScript(readFileSync(file, 'utf8'), store, createEngine(scriptEngineOptions));
    for (const outcome of report.outcomes) printOutcome(file, outcome, verbose);
    const { passed, failed, skipped } = report;
    process.stdout.write(`${file}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    return failed === 0;
  } catch (error) {
    process.stderr.write(`${file}: ${(error as Error).message}\n`);
    return false;
  } finally {
    store.close();
  }
}

function printOutcome(
  file: string,
  { status, line, query, reason, expected, got }: Outcome,
  verbose: boolean,
): void {
  if (status === 'failed')
    process.stdout.write(`FAIL ${file}:${line}: ${query}: ${reason}\nexpected:\n${expected}\ngot:\n${got}\n`);
  if (status === 'skipped' && verbose) process.stdout.write(`SKIP ${file}:${line}: ${query}: ${reason}\n`);
}

/** A script's samples in a store file; `reset` goes on with a new one. */
function scriptStore(pathPrefix: string): ScriptStore & { close(): void } {
  // Scripts live in 1970, and load whatever they like in whatever order.
  const settings = { nativeBinding: nativeBinding(), outOfOrderMs: Number.MAX_SAFE_INTEGER };
  let generation = 0;
  let store: Store | undefined;
  let source: ReturnType<Store['reader']> | undefined;
  const current = (): Store => (store ??= openStore(`${pathPrefix}-${generation}.db`, settings));
  const close = (): void => {
    store?.close();
    store = undefined;
    source = undefined;
  };
  return {
    append: (labels, timesMs, values) => {
      const writer = current().writer();
      const ids = new Int32Array(timesMs.length).fill(writer.seriesId(labels));
      writer.appendSamples(ids, timesMs, values, timesMs.length);
    },
    commit: () => current().writer().commit(),
    source: () => (source ??= current().reader()),
    reset: () => {
      close();
      generation++;
    },
    close,
  };
}

// `ferula test promql FILE…`: runs PromQL test scripts on the real store.
import { nativeBinding } from '../packaging.ts';
import { testPromql } from '../promqltest/command.ts';
import { createCommand, parseArguments, UsageError } from './usage.ts';

/** Prints what fails; resolves with the exit code. */
export async function runTest(args: readonly string[]): Promise<number> {
  let code = 0;
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
    .action((files: string[], { verbose }: { verbose?: boolean }) => {
      const print = (line: string): boolean => process.stdout.write(`${line}\n`);
      code = testPromql(files, { print, verbose, nativeBinding: nativeBinding() });
    });
  if (args.length === 0) throw new UsageError('test what? write: ferula test promql FILE');
  parseArguments(command, args);
  return code;
}

#!/usr/bin/env node
// The command `ferula`. Each command's code is loaded when it is called for: starting is quick, and a command only
// pays for itself.
import { CommandError, createCommand, EXIT_USAGE, Printed, parseArguments, UsageError } from './cli/usage.ts';
import { nearest } from './nearest.ts';
import { VERSION } from './version.ts';

interface CommandEntry {
  readonly summary: string;
  /** Runs it with the arguments behind its name; resolves with an exit code, or undefined to go on running. */
  readonly run: (args: readonly string[]) => Promise<number | undefined>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  serve: {
    summary: 'scrape, store and answer (the default: may be left out)',
    run: async (args) => (await import('./cli/serve.ts')).runServe(args),
  },
  query: {
    summary: 'evaluate PromQL on a file, while a server runs or not, or on a URL',
    run: async (args) => (await import('./cli/query.ts')).runQuery(args),
  },
  check: {
    summary: 'check configuration, rules, metrics or web configuration',
    run: async (args) => (await import('./cli/check.ts')).runCheck(args),
  },
  test: {
    summary: 'run PromQL test scripts',
    run: async (args) => (await import('./cli/test.ts')).runTest(args),
  },
};

/** Runs a command line (without program and script); resolves with its exit code, undefined while it goes on. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const [first, ...rest] = args;
  try {
    if (first === undefined || (first.startsWith('-') && !HELP.has(first)))
      return await COMMANDS.serve.run(args);
    const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
    if (command) return await command.run(rest);
    return await printHelp(args);
  } catch (error) {
    return explain(error as Error);
  }
}

const HELP: ReadonlySet<string> = new Set(['-h', '--help', '--version', 'help']);

/** `--help`, `--version`, `help COMMAND`, or a command that does not exist. */
async function printHelp(args: readonly string[]): Promise<number | undefined> {
  const [first, second] = args;
  if (!HELP.has(first)) {
    const guess = nearest(first, Object.keys(COMMANDS));
    const hint = guess ? `did you mean ${guess}?` : `there are ${Object.keys(COMMANDS).join(', ')}`;
    throw new UsageError(`unknown command ${first}; ${hint}`);
  }
  if (first === 'help' && second !== undefined && Object.hasOwn(COMMANDS, second))
    return await COMMANDS[second].run(['--help']);
  const program = createCommand('ferula')
    .usage('[command] [flags]')
    .description('A Prometheus in one file and one process: scrape, store, query, look.')
    .helpOption('-h, --help', 'Show this; `ferula COMMAND --help` has the flags of a command.')
    .version(VERSION, '--version', 'Show the version.');
  for (const [name, { summary }] of Object.entries(COMMANDS)) program.command(name).description(summary);
  parseArguments(program, first === 'help' ? ['--help'] : [first]);
  return 0;
}

/** Prints what went wrong, and answers with the exit code: 2 where arguments or configuration are to blame. */
function explain(error: Error): number {
  if (error instanceof Printed) {
    process.stdout.write(error.text);
    return 0;
  }
  if (error instanceof UsageError) {
    process.stderr.write(`ferula: ${error.message}\n`);
    return EXIT_USAGE;
  }
  if (error.name === 'ConfigError') {
    process.stderr.write(`${error.message}\n`);
    return EXIT_USAGE;
  }
  const expected = error instanceof CommandError || error.name === 'StorageError' || 'code' in error;
  process.stderr.write(`ferula: ${expected ? error.message : (error.stack ?? error.message)}\n`);
  return 1;
}

// No top-level await: the single executable's bundle is CommonJS.
void main(process.argv.slice(2)).then((code) => {
  if (code !== undefined) process.exitCode = code;
});

// How every command reads its arguments: commander does the work, and what it refuses becomes one line and exit code 2.
import { Command, CommanderError } from 'commander';

export const EXIT_USAGE = 2;

/** Arguments that make no sense. The message is one line. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A command that could not do its work, for a reason worth one line; exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Asked for help or the version: `text` is what to print, and the program ends well. */
export class Printed extends Error {
  override name = 'Printed';
  readonly text: string;
  constructor(text: string) {
    super('printed');
    this.text = text;
  }
}

/** A command that throws instead of ending the process. */
export function createCommand(name: string): Command {
  return new Command(name)
    .configureOutput({
      writeOut: () => {},
      writeErr: () => {},
      getOutHelpWidth: () => process.stdout.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
}

/**
 * Parses arguments with a command.
 * @throws UsageError, or Printed where the user asked for help or the version
 */
export function parseArguments(command: Command, args: readonly string[]): void {
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') throw new Printed(command.helpInformation());
    if (error.code === 'commander.version') throw new Printed(`${error.message}\n`);
    throw new UsageError(oneLine(error.message));
  }
}

/** `error: unknown option '--x'\n(Did you mean --y?)` in one line, in our words. */
function oneLine(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
    .replace(/\s*\n\s*/g, ' ');
}

// How every command reads its arguments: commander does the work, and what it refuses becomes one line and exit code 2.
import { Command, CommanderError } from 'commander';
import { nearest } from '../nearest.ts';

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
    .showSuggestionAfterError(false)
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
    const asked = command.commands.find((one) => one.name() === args[0]) ?? command;
    if (error.code === 'commander.helpDisplayed') throw new Printed(asked.helpInformation());
    if (error.code === 'commander.version') throw new Printed(`${error.message}\n`);
    if (error.code === 'commander.unknownOption') throw new UsageError(unknownFlag(asked, error.message));
    throw new UsageError(error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
  }
}

/** Names the flag without its value, and the one that was probably meant. */
function unknownFlag(command: Command, message: string): string {
  const written = /'([^'=]*)/.exec(message)?.[1] ?? '';
  const known = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  const guess = nearest(written, known);
  return `unknown flag ${written}; ${guess ? `did you mean ${guess}?` : '--help lists them all'}`;
}

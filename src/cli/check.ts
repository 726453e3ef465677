// `ferula check …`: looks at files without starting anything and says what is wrong with them, with promtool's exit
// codes. Each check is a file of its own.
import { runCheckConfig } from './check-config.ts';
import { runCheckMetrics } from './check-metrics.ts';
import { runCheckRules } from './check-rules.ts';
import { runCheckWebConfig } from './check-web-config.ts';
import { createCommand, parseArguments, UsageError } from './usage.ts';

/** As promtool: 0 all good, 1 something wrong, 3 only bad style (2 is a wrong command line). */
export type CheckResult = 'good' | 'failed' | 'lint';
const EXIT_CODES: Readonly<Record<CheckResult, number>> = { good: 0, failed: 1, lint: 3 };

export async function runCheck(args: readonly string[]): Promise<number> {
  const command = createCommand('ferula check')
    .description('Check files without starting anything.')
    .helpOption('-h, --help', 'Show this; `ferula check WHAT --help` has the flags of a check.');
  let run: (() => CheckResult | Promise<CheckResult>) | undefined;
  const add = (name: string, description: string) =>
    command.addCommand(createCommand(name).description(description).helpOption('-h, --help', 'Show this.'));
  const last = () => command.commands.at(-1)!;

  add('config', 'Check configuration files and the files that they name; every error is printed.');
  last()
    .argument('<files...>')
    .option('--syntax-only', 'Look at the configuration alone, not at the files that it names.')
    .option(
      '--config.expand-env',
      'Replace environment variables in the configuration, written as in a shell.',
    )
    .option('--lint <what>', LINT_HELP, 'duplicate-rules')
    .option('--lint-fatal', 'Exit with 3 where there is bad style only.')
    .action((files: string[], options: Record<string, unknown>) => {
      run = () =>
        runCheckConfig(files, {
          syntaxOnly: options.syntaxOnly === true,
          expandEnv: options['config.expandEnv'] === true,
          ...lintOptions(options),
        });
    });

  add('rules', 'Check rule files, or what comes on standard input; every error is printed.');
  last()
    .argument('[files...]')
    .option('--lint <what>', LINT_HELP, 'duplicate-rules')
    .option('--lint-fatal', 'Exit with 3 where there is bad style only.')
    .action((files: string[], options: Record<string, unknown>) => {
      run = () => runCheckRules(files, lintOptions(options));
    });

  add('metrics', 'Check the style of metrics in text format on standard input.');
  last().action(() => {
    run = runCheckMetrics;
  });

  add('web-config', 'Check files of --web.config.file.');
  last()
    .argument('<files...>')
    .action((files: string[]) => {
      run = () => runCheckWebConfig(files);
    });

  if (args.length === 0)
    throw new UsageError('check what? write: ferula check config FILE (or rules, metrics, web-config)');
  parseArguments(command, args);
  return run ? EXIT_CODES[await run()] : EXIT_CODES.good;
}

const LINT_HELP = 'What style to look at in rules: duplicate-rules, all or none.';

export interface LintOptions {
  readonly lint: boolean;
  readonly lintFatal: boolean;
}

function lintOptions(options: Record<string, unknown>): LintOptions {
  const lint = String(options.lint);
  if (!['all', 'duplicate-rules', 'duplicate-fields', 'none'].includes(lint))
    throw new UsageError(`--lint: expected duplicate-rules, all or none, found ${JSON.stringify(lint)}`);
  return { lint: lint !== 'none', lintFatal: options.lintFatal === true };
}

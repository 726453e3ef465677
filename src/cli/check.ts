// `ferula check config FILE…`: reads configurations as the server would and says what is wrong with them, with
// promtool's exit codes.
import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { createCommand, parseArguments, UsageError } from './usage.ts';

/** As promtool: 0 all good, 1 something wrong (2 is a wrong command line). */
const EXIT_FAILED = 1;

export async function runCheck(args: readonly string[]): Promise<number> {
  const command = createCommand('ferula check')
    .description('Check files without starting anything.')
    .usage('config [flags] FILE...')
    .helpOption('-h, --help', 'Show this.');
  let files: string[] = [];
  let expandEnv = false;
  command
    .command('config')
    .description('Check configuration files; every error is printed.')
    .argument('<files...>')
    .option(
      '--config.expand-env',
      'Replace environment variables in the configuration, written as in a shell.',
    )
    .exitOverride()
    .action((given: string[], options: Record<string, unknown>) => {
      files = given;
      expandEnv = options['config.expandEnv'] === true;
    });
  if (args.length === 0) throw new UsageError('check what? write: ferula check config FILE');
  parseArguments(command, args);
  let failed = false;
  for (const file of files) failed = !checkFile(file, expandEnv) || failed;
  return failed ? EXIT_FAILED : 0;
}

function checkFile(file: string, expandEnv: boolean): boolean {
  process.stdout.write(`Checking ${file}\n`);
  try {
    const config = loadConfig(readFileSync(file, 'utf8'), { file, expandEnv });
    for (const note of config.notes) process.stdout.write(`  NOTE: ${note}\n`);
    process.stdout.write(`  SUCCESS: ${file} is a valid configuration: ${summary(config)}\n`);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const lines =
      error instanceof ConfigError ? message.split('\n') : [`${file}: cannot be read: ${message}`];
    process.stderr.write(`  FAILED: ${lines.length === 1 ? 'one error' : `${lines.length} errors`}\n`);
    for (const line of lines) process.stderr.write(`  ${line}\n`);
    return false;
  }
}

/** What was understood, in a line. */
function summary({ scrapeConfigs, ferula }: Config): string {
  const targets = scrapeConfigs.flatMap(({ staticConfigs }) =>
    staticConfigs.flatMap((group) => group.targets),
  );
  const discoveries = scrapeConfigs.flatMap((job) => job.discoveries);
  const parts = [
    counted(scrapeConfigs.length, 'job'),
    counted(targets.length, 'static target'),
    ...(discoveries.length > 0 ? [counted(discoveries.length, 'discovery', 'discoveries')] : []),
    ferula.scrapeSelfMs > 0 ? `own metrics every ${ferula.scrapeSelfMs / 1000} s` : 'no own metrics',
  ];
  return parts.join(', ');
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

// `ferula check config FILE…`: reads configurations as the server would, and the files that they name.
import { accessSync, constants, readFileSync } from 'node:fs';
import type { Config, DiscoveryConfig, HttpClientConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { readTargetFile } from '../discovery/file.ts';
import { globFiles } from '../glob.ts';
import type { CheckResult, LintOptions } from './check.ts';
import {
  counted,
  errorLines,
  printChecking,
  printFailed,
  printNote,
  printSuccess,
  worst,
} from './check-report.ts';
import { checkRuleFile } from './check-rules.ts';

export interface CheckConfigOptions extends LintOptions {
  readonly syntaxOnly: boolean;
  readonly expandEnv: boolean;
}

export function runCheckConfig(files: readonly string[], options: CheckConfigOptions): CheckResult {
  return worst(files.flatMap((file) => checkConfig(file, options)));
}

function checkConfig(file: string, options: CheckConfigOptions): CheckResult[] {
  printChecking(file);
  let config: Config;
  try {
    config = loadConfig(readFileSync(file, 'utf8'), { file, expandEnv: options.expandEnv });
  } catch (error) {
    printFailed(errorLines(file, error as Error));
    return ['failed'];
  }
  for (const note of config.notes) printNote(note);
  const problems = options.syntaxOnly ? [] : namedFileProblems(config);
  if (problems.length > 0) printFailed(problems.map((problem) => `${file}: ${problem}`));
  else printSuccess(`${file} is a valid configuration: ${summary(config)}`);
  const results: CheckResult[] = [problems.length > 0 ? 'failed' : 'good'];
  if (!options.syntaxOnly)
    for (const ruleFile of config.ruleFiles.flatMap(globFiles))
      results.push(checkRuleFile(ruleFile, options));
  return results;
}

/** What was understood, in a line. */
function summary({ scrapeConfigs, ruleFiles, ferula }: Config): string {
  const targets = scrapeConfigs.flatMap(({ staticConfigs }) =>
    staticConfigs.flatMap((group) => group.targets),
  );
  const discoveries = scrapeConfigs.flatMap((job) => job.discoveries);
  const parts = [
    counted(scrapeConfigs.length, 'job'),
    counted(targets.length, 'static target'),
    ...(discoveries.length > 0 ? [counted(discoveries.length, 'discovery', 'discoveries')] : []),
    ...(ruleFiles.length > 0 ? [counted(ruleFiles.flatMap(globFiles).length, 'rule file')] : []),
    ferula.scrapeSelfMs > 0 ? `own metrics every ${ferula.scrapeSelfMs / 1000} s` : 'no own metrics',
  ];
  return parts.join(', ');
}

/** Files that are named without wildcards must be there, and target files must hold target groups. */
function namedFileProblems({ scrapeConfigs, ruleFiles }: Config): string[] {
  const problems = ruleFiles
    .filter((pattern) => !/[*?[]/.test(pattern) && globFiles(pattern).length === 0)
    .map((path) => `rule_files: ${path} does not exist`);
  for (const { jobName, http, discoveries } of scrapeConfigs) {
    const where = `job ${JSON.stringify(jobName)}`;
    const clients = [http, ...discoveries.flatMap((one) => ('http' in one ? [one.http] : []))];
    for (const path of new Set(clients.flatMap(secretFiles)))
      if (!isReadable(path)) problems.push(`${where}: ${path} cannot be read`);
    problems.push(...discoveries.flatMap(targetFileProblems).map((problem) => `${where}: ${problem}`));
  }
  return problems;
}

function secretFiles({ basicAuth, authorization, oauth2, tls, headers }: HttpClientConfig): string[] {
  const { caFile, certFile, keyFile } = tls;
  return [
    basicAuth?.usernameFile ?? '',
    basicAuth?.passwordFile ?? '',
    authorization?.credentialsFile ?? '',
    oauth2?.clientSecretFile ?? '',
    oauth2?.tls.caFile ?? '',
    oauth2?.tls.certFile ?? '',
    oauth2?.tls.keyFile ?? '',
    caFile,
    certFile,
    keyFile,
    ...headers.flatMap(({ files }) => files),
  ].filter((path) => path !== '');
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A target file that is not there yet is only noted: whatever writes it may start later. */
function targetFileProblems(discovery: DiscoveryConfig): string[] {
  if (discovery.kind !== 'file') return [];
  return discovery.files.flatMap((pattern) => {
    const files = globFiles(pattern);
    if (files.length === 0) printNote(`no target file matches ${pattern} yet`);
    return files.flatMap((file) => {
      try {
        readTargetFile(file);
        return [];
      } catch (error) {
        return [`${file}: ${(error as Error).message}`];
      }
    });
  });
}

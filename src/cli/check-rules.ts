// `ferula check rules [FILE…]`: reads rule files as the server would.
import { readFileSync } from 'node:fs';
import { duplicateRules, loadRuleFile, type RuleGroup } from '../rules/load.ts';
import type { CheckResult, LintOptions } from './check.ts';
import { counted, errorLines, printChecking, printFailed, printSuccess, worst } from './check-report.ts';

const STANDARD_INPUT = 0;

export function runCheckRules(files: readonly string[], options: LintOptions): CheckResult {
  if (files.length === 0)
    return checkText('standard input', () => readFileSync(STANDARD_INPUT, 'utf8'), options);
  return worst(files.map((file) => checkRuleFile(file, options)));
}

export function checkRuleFile(file: string, options: LintOptions): CheckResult {
  return checkText(file, () => readFileSync(file, 'utf8'), options);
}

function checkText(file: string, read: () => string, { lint, lintFatal }: LintOptions): CheckResult {
  printChecking(file);
  let groups: RuleGroup[];
  try {
    groups = loadRuleFile(read(), { file });
  } catch (error) {
    printFailed(errorLines(file, error as Error));
    return 'failed';
  }
  const twice = lint ? duplicateRules(groups) : [];
  if (twice.length > 0) {
    printFailed(
      twice.map(({ name, labels }) => {
        const with_ = labels.length > 0 ? ` with labels ${labels.join(', ')}` : '';
        return `${file}: ${name}${with_} stands more than once; each writes over the others`;
      }),
    );
    return lintFatal ? 'lint' : 'good';
  }
  printSuccess(`${counted(groups.flatMap(({ rules }) => rules).length, 'rule')} found`);
  return 'good';
}

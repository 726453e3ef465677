// `ferula check web-config FILE…`: reads files of --web.config.file as the server would.
import { readFileSync } from 'node:fs';
import { loadWebConfig } from '../config/web-config.ts';
import type { CheckResult } from './check.ts';
import { errorLines, printChecking, printFailed, printSuccess, worst } from './check-report.ts';

export function runCheckWebConfig(files: readonly string[]): CheckResult {
  return worst(
    files.map((file) => {
      printChecking(file);
      try {
        const { tls, users } = loadWebConfig(readFileSync(file, 'utf8'), { file });
        const logins = Object.keys(users).length;
        const said = [tls ? 'TLS' : 'no TLS', logins > 0 ? `${logins} who may log in` : 'no login'];
        printSuccess(`${file} is a valid web configuration: ${said.join(', ')}`);
        return 'good';
      } catch (error) {
        printFailed(errorLines(file, error as Error));
        return 'failed';
      }
    }),
  );
}

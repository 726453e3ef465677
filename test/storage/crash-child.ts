// A process for the crash tests to kill. Arguments: path of the store, statement at which to kill itself (0: never).
// Writes the number of commits done, a line each.
import { writeSync } from 'node:fs';
import { setStatementHook } from '../../storage/index.ts';
import { runScenario } from './crash-scenario.ts';

const [path, killAt] = [process.argv[2], Number(process.argv[3])];
let statements = 0;
setStatementHook(() => {
  if (++statements === killAt) process.kill(process.pid, 'SIGKILL');
});
runScenario(path, 0, (commits) => writeSync(1, `${commits}\n`));

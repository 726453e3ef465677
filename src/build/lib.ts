// Emits the published package's JavaScript and types into dist/lib: Node strips no types below node_modules, so what
// is installed has to be JavaScript.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, TOP } from './paths.ts';

export function buildLib(): void {
  rmSync(join(DIST, 'lib'), { recursive: true, force: true });
  const tsc = join(TOP, 'node_modules/typescript/bin/tsc');
  // What it says goes to standard error: the standard output of `npm pack` is for others to read.
  execFileSync(process.execPath, [tsc, '-p', join(TOP, 'src/build/tsconfig.json')], {
    stdio: ['ignore', 2, 2],
  });
}

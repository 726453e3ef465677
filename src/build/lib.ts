// Emits the published package's JavaScript and types into dist/lib: Node strips no types below node_modules, so what
// is installed has to be JavaScript.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { DIST, TOP } from './paths.ts';

export function buildLib(): void {
  rmSync(`${DIST}/lib`, { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [`${TOP}node_modules/typescript/bin/tsc`, '-p', `${TOP}src/build/tsconfig.json`],
    {
      stdio: 'inherit',
    },
  );
}

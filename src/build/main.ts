// `npm run build [ui|lib|binary …]`: the pages, the published package's JavaScript, the single-file program. Without a
// name: all of them, in this order.
import { existsSync } from 'node:fs';
import { buildBinary } from './binary.ts';
import { buildLib } from './lib.ts';
import { DIST } from './paths.ts';
import { buildUi } from './ui.ts';

const STEPS: Readonly<Record<string, () => unknown>> = {
  ui: buildUi,
  lib: buildLib,
  binary: async () => {
    if (!existsSync(`${DIST}/ui/index.html`)) await buildUi();
    await buildBinary();
  },
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(STEPS);
for (const name of names) {
  const step = STEPS[name];
  if (!step) throw new Error(`unknown build step "${name}"; there are ${Object.keys(STEPS).join(', ')}`);
  await step();
}

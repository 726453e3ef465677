// `npm run bench [-- NAME …] [--capture DIR]`: measures and prints, asserts nothing. Without a name: everything. With
// --capture the codec and the parser are measured on real exporters' bodies as well (DIR holds `*.metrics.zst`).
import { parseArgs } from 'node:util';
import { benchApi } from './api.ts';
import { benchCodec } from './codec.ts';
import { type Figure, formatFigures } from './figure.ts';
import { benchQuery } from './query.ts';
import { benchScrape } from './scrape.ts';
import { benchScrapeLoad } from './scrape-load.ts';
import { benchStore } from './store.ts';
import { benchSystem } from './system.ts';

const BENCHES: Readonly<Record<string, (captureDir?: string) => Promise<readonly Figure[]>>> = {
  codec: benchCodec,
  store: benchStore,
  scrape: benchScrape,
  'scrape-load': benchScrapeLoad,
  query: benchQuery,
  system: benchSystem,
  api: benchApi,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { capture: { type: 'string' } },
});
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  const bench = BENCHES[name];
  if (!bench)
    throw new Error(`There is no benchmark "${name}"; there are ${Object.keys(BENCHES).join(', ')}`);
  process.stdout.write(`\n${name}\n${formatFigures(await bench(values.capture))}`);
}

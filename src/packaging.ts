// What differs between the ways Ferula is run (from source, as an installed package, as one executable): where the
// pages are, how a worker thread starts, where the SQLite addon comes from. src/binary.ts fills in the executable's.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Built files by path below dist/ui; compressed variants are named `x.br` and `x.gz`. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface Packaged {
  /** Text of the script that a worker thread of this role runs. */
  readonly workerScript: (role: string) => string;
  readonly uiFiles: () => Files;
}

/** Path of the SQLite addon, where it is not the one in node_modules. Worker threads inherit it. */
const ADDON_VARIABLE = 'FERULA_SQLITE_ADDON';

let packaged: Packaged | undefined;
let addon: object | undefined;

/** Says that this is the single executable, and what it carries. */
export function setPackaged(parts: Packaged): void {
  packaged = parts;
}

/** Text of a worker thread's script in the executable; undefined where the program lies in files. */
export function workerScript(role: string): string | undefined {
  return packaged?.workerScript(role);
}

/** The browser pages; null where they have not been built. */
export function uiFiles(): Files | null {
  if (packaged) return packaged.uiFiles();
  // src/ lies in the repository's top folder, or in dist/lib/ of the package; the pages are in dist/ui of either.
  const above = dirname(dirname(fileURLToPath(import.meta.url)));
  const folder = basename(above) === 'lib' ? join(above, '../ui') : join(above, 'dist/ui');
  if (!existsSync(join(folder, 'index.html'))) return null;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(folder, path), new Uint8Array(readFileSync(path))]));
}

/** Loads the SQLite addon from a path and has this thread's and later worker threads' stores use it. */
export function setAddonPath(path: string): void {
  process.env[ADDON_VARIABLE] = path;
  addon = loadAddon(path);
}

/** The SQLite addon for `openStore`, undefined for the driver's own. */
export function nativeBinding(): object | undefined {
  const path = process.env[ADDON_VARIABLE];
  if (path) addon ??= loadAddon(path);
  return addon;
}

/** Loads an addon by path. The same file loaded again, in any thread, is the same library: SQLite's locks need that. */
function loadAddon(path: string): object {
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}

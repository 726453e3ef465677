// Entry of the single executable: hands out what it carries inside (pages, script, SQLite addon) and goes on as the
// command line, or as one of its own worker threads.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAsset, getAssetKeys, getRawAsset } from 'node:sea';
import { isMainThread } from 'node:worker_threads';
import { setAddonPath, setPackaged } from './packaging.ts';

/**
 * Writes the addon where it can be loaded from and loads it. A folder may be read-only or forbid running code, so
 * each is tried by loading, not just by writing.
 */
function unpackAddon(): void {
  const bytes = new Uint8Array(getRawAsset('sqlite.node'));
  const problems: string[] = [];
  for (const folder of [tmpdir(), '/dev/shm', process.cwd()]) {
    let own: string | undefined;
    const remove = (): void => {
      if (own) rmSync(own, { recursive: true, force: true });
    };
    try {
      own = mkdtempSync(join(folder, 'ferula-'));
      const path = join(own, 'sqlite.node');
      writeFileSync(path, bytes, { mode: 0o700 });
      loadAddonAt(path, remove);
      return;
    } catch (error) {
      problems.push(`${folder}: ${(error as Error).message}`);
      remove();
    }
  }
  process.stderr.write(
    `ferula: the SQLite addon cannot be loaded from any of these folders; set TMPDIR to one that allows it\n  ${problems.join('\n  ')}\n`,
  );
  process.exit(1);
}

/**
 * Loads the addon. On Linux its file can go at once: an open descriptor keeps it reachable for the threads that start
 * later. Elsewhere it stays until the program ends.
 */
function loadAddonAt(path: string, remove: () => void): void {
  if (process.platform !== 'linux') {
    setAddonPath(path);
    process.on('exit', remove);
    return;
  }
  const descriptor = openSync(path, 'r');
  try {
    setAddonPath(`/proc/self/fd/${descriptor}`);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  remove();
}

if (isMainThread) {
  const pages = getAssetKeys().filter((key) => key.startsWith('ui/'));
  setPackaged({
    script: getAsset('ferula.js', 'utf8'),
    uiFiles: new Map(pages.map((key) => [key.slice('ui/'.length), new Uint8Array(getRawAsset(key))])),
  });
  unpackAddon();
  void import('./main.ts');
} else {
  void import('./threads/worker.ts');
}

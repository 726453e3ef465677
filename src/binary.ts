// Entry of the single executable: hands out what it carries inside (pages, worker scripts, SQLite addon) and goes on as
// the command line.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAsset, getAssetKeys, getRawAsset } from 'node:sea';
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

/**
 * Starts over with one malloc arena for all threads, which saves 9 MB and costs 20 ms: glibc reads the variable only
 * when a program starts. The process stays the same, and so does its id.
 */
function useOneArena(): void {
  if (process.platform !== 'linux' || process.env.MALLOC_ARENA_MAX !== undefined) return;
  const args = [process.execPath, ...process.argv.slice(2)];
  process.execve?.(process.execPath, args, { ...process.env, MALLOC_ARENA_MAX: '1' });
}

useOneArena();
setPackaged({
  workerScript: (role) => getAsset(`${role}.js`, 'utf8'),
  uiFiles: () => {
    const keys = getAssetKeys().filter((key) => key.startsWith('ui/'));
    return new Map(keys.map((key) => [key.slice('ui/'.length), new Uint8Array(getRawAsset(key))]));
  },
});
unpackAddon();
void import('./main.ts');

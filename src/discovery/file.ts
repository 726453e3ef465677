// Target groups in JSON and YAML files: patterns, watched folders, and a look at them now and then all the same.
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { FileDiscoveryConfig, TargetGroup } from '../config/config.ts';
import { globFiles } from '../glob.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';
import { parseGroups } from './groups.ts';

/** Writing a file causes several events; it is read once they have settled. */
const SETTLE_MS = 100;

/** The files are read before `start` returns. */
export function createFileDiscovery(config: FileDiscoveryConfig, log: DiscoveryLog): Discovery {
  /** Groups by file, as of its last good reading. */
  let known = new Map<string, readonly TargetGroup[]>();
  const watchers = new Map<string, FSWatcher>();
  let settling: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;

  const readAll = (): TargetGroup[] => {
    const before = known;
    known = new Map();
    for (const file of new Set(config.files.flatMap(globFiles))) {
      try {
        known.set(file, readTargetFile(file));
      } catch (error) {
        log('error', 'target file cannot be used; its last targets stay', {
          file,
          error: (error as Error).message,
        });
        known.set(file, before.get(file) ?? []);
      }
    }
    return [...known.values()].flat();
  };
  const watchFolders = (onChange: () => void): void => {
    for (const folder of new Set(config.files.map(dirname))) {
      if (watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, onChange);
        watcher.on('error', () => {
          watcher.close();
          watchers.delete(folder);
        });
        watchers.set(folder, watcher);
      } catch {
        // A folder that is not there yet is found by the next refresh.
      }
    }
  };
  return {
    start: (onGroups) => {
      const refresh = (): void => {
        watchFolders(() => {
          clearTimeout(settling);
          settling = setTimeout(refresh, SETTLE_MS);
        });
        onGroups(readAll());
      };
      refresh();
      timer = setInterval(refresh, config.refreshIntervalMs);
    },
    stop: () => {
      clearTimeout(settling);
      clearInterval(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** The groups of one file. @throws Error that tells what is wrong */
export function readTargetFile(file: string): TargetGroup[] {
  const format = /\.json$/i.test(file) ? 'json' : 'yaml';
  return parseGroups(readFileSync(file, 'utf8'), format, { __meta_filepath: file });
}

// Notices that the configuration has changed, in its own file, one that it includes or a rule file, and has it applied.
import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { globFiles } from '../glob.ts';

/**
 * Reads the configuration at every interval and calls `reload` when it says something else than before, also when it
 * has become wrong (the reload then tells why). Returns a function that ends it.
 */
export function startAutoReload(
  load: () => Config,
  reload: () => Promise<void>,
  intervalMs: number,
): () => void {
  let known = contentOf(load);
  const timer = setInterval(() => {
    const content = contentOf(load);
    if (content === known) return;
    known = content;
    reload().catch(() => {}); // logged where it failed
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Everything that a configuration says, or what is wrong with it. */
function contentOf(load: () => Config): string {
  try {
    const config = load();
    const rules = config.ruleFiles.flatMap(globFiles).map((file) => [file, readFileSync(file, 'utf8')]);
    return JSON.stringify([config, rules]);
  } catch (error) {
    return (error as Error).message;
  }
}

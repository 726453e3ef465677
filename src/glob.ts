// Files by a pattern with `*`, `?` and `[…]` in its last part, as Go's filepath.Glob finds them.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The paths that match, sorted. A folder that is not there matches nothing. */
export function globFiles(pattern: string): string[] {
  const last = basename(pattern);
  if (!/[*?[]/.test(last)) return existsSync(pattern) ? [pattern] : [];
  const matches = globMatcher(last);
  const folder = dirname(pattern);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter(matches)
    .sort()
    .map((name) => join(folder, name));
}

/** Tells whether a file name matches a pattern. */
export function globMatcher(pattern: string): (name: string) => boolean {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '*') source += '.*';
    else if (c === '?') source += '.';
    else if (c === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2);
      source += `[${pattern.slice(i + 1, end).replace(/\\(?!.)/g, '\\\\')}]`;
      i = end;
    } else source += c.replace(/[\\^$.|+(){}[\]]/, '\\$&');
  }
  const regex = new RegExp(`^${source}$`, 's');
  return (name) => regex.test(name);
}

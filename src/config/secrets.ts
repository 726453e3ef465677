// A config file's text without its secrets.
import type { TextRange } from '../yaml/findings.ts';

const HIDDEN = '<secret>';

/** Replaces every secret by `<secret>`; all else stays as written. */
export function hideSecrets(text: string, secrets: readonly TextRange[]): string {
  const ordered = [...secrets].sort((a, b) => a[0] - b[0]);
  let shown = '';
  let end = 0;
  for (const [from, to] of ordered) {
    if (from < end) continue; // an alias brings the same place again
    // The value of a block scalar ends with its line.
    const lineEnd = text.slice(from, to).endsWith('\n') ? '\n' : '';
    shown += text.slice(end, from) + HIDDEN + lineEnd;
    end = to;
  }
  return shown + text.slice(end);
}

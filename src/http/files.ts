// Files that a configuration names: secrets and certificates, read each time they are used, so that a change counts
// without a restart.
import { readFileSync } from 'node:fs';

/** @throws Error that names the file and the reason, never its content */
export function readConfiguredFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`unable to read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The value itself, or the trimmed content of the file that stands in its place. */
export function secretValue(value: string, file: string): string {
  return file === '' ? value : readConfiguredFile(file).trim();
}

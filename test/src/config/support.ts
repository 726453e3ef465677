// Loads configurations from fragments.
import { expect } from 'vitest';
import { type Config, ConfigError } from '../../../src/config/config.ts';
import { type LoadOptions, loadConfig } from '../../../src/config/load.ts';

export function load(text: string, options: Partial<LoadOptions> = {}): Config {
  return loadConfig(text, { file: '/etc/ferula/config.yml', env: {}, ...options });
}

/** The lines of the error, without the file's name. */
export function errorsOf(text: string, options: Partial<LoadOptions> = {}): string[] {
  try {
    load(text, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n').map((line) => line.replace('/etc/ferula/config.yml:', ''));
  }
  return [];
}

/** A file with one job that has these keys. */
export const job = (lines: string): string =>
  `scrape_configs:\n  - job_name: a\n${lines.replace(/^/gm, '    ')}`;

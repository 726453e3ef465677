// Configurations for tests, from the YAML that a user would write.
import type { Config, ScrapeConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';

export function configOf(yaml: string): Config {
  return loadConfig(yaml, { file: 'test.yml' });
}

/** The one scrape config of `scrape_configs: [{job_name: j, …}]`. */
export function jobOf(yaml: string): ScrapeConfig {
  return configOf(`scrape_configs: [{job_name: j, ${yaml}}]`).scrapeConfigs[0];
}

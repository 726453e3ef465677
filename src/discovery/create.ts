// Makes the discovery that a section of the configuration asks for.
import type { DiscoveryConfig } from '../config/config.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';
import { createDnsDiscovery } from './dns.ts';
import { createDockerDiscovery } from './docker.ts';
import { createFileDiscovery } from './file.ts';
import { createHttpDiscovery } from './http.ts';

export function createDiscovery(config: DiscoveryConfig, log: DiscoveryLog): Discovery {
  switch (config.kind) {
    case 'file':
      return createFileDiscovery(config, log);
    case 'http':
      return createHttpDiscovery(config, log);
    case 'dns':
      return createDnsDiscovery(config, log);
    case 'docker':
      return createDockerDiscovery(config, log);
  }
}

// Targets in the domain name system: A and AAAA records with a port of the configuration, and SRV, MX and NS records.
import { promises as dns } from 'node:dns';
import { readFileSync } from 'node:fs';
import type { DnsDiscoveryConfig, TargetGroup } from '../config/config.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';
import { createRefreshing } from './refresh.ts';
import { searchNames } from './search-path.ts';

/** The part of node:dns that is used. */
export type Resolver = Pick<typeof dns, 'resolve4' | 'resolve6' | 'resolveMx' | 'resolveNs' | 'resolveSrv'>;

export function createDnsDiscovery(
  config: DnsDiscoveryConfig,
  log: DiscoveryLog,
  resolver: Resolver = new dns.Resolver(),
): Discovery {
  /** Groups by name, as of its last good lookup. */
  const known = new Map<string, readonly TargetGroup[]>();
  const lookUp = async (): Promise<TargetGroup[]> => {
    const lookups = config.names.map(async (name) => {
      try {
        known.set(name, await records(config, name, resolver));
      } catch (error) {
        log('error', 'name cannot be looked up; its last targets stay', {
          name,
          type: config.type,
          error: (error as Error).message,
        });
      }
    });
    await Promise.all(lookups);
    return config.names.flatMap((name) => known.get(name) ?? []);
  };
  return createRefreshing({ name: 'dns', intervalMs: config.refreshIntervalMs, lookUp, log });
}

/** Asks for each name that `name` may stand for, up to one that exists. None of them existing is no targets. */
async function records(config: DnsDiscoveryConfig, name: string, resolver: Resolver): Promise<TargetGroup[]> {
  let problem: Error | undefined;
  for (const candidate of searchNames(name, readResolvConf())) {
    try {
      return await askFor(config, candidate, name, resolver);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The name exists, without records of this type.
      if (code === 'ENODATA') return [];
      if (code !== 'ENOTFOUND') problem = error as Error;
    }
  }
  if (problem) throw problem;
  return [];
}

/** One group a record, since each has labels of its own. */
async function askFor(
  { type, port }: DnsDiscoveryConfig,
  host: string,
  name: string,
  resolver: Resolver,
): Promise<TargetGroup[]> {
  const group = (target: string, targetPort: number, meta: Record<string, string> = {}): TargetGroup => ({
    targets: [hostAndPort(target, targetPort)],
    labels: { __meta_dns_name: name, ...meta },
  });
  switch (type) {
    case 'A':
      return (await resolver.resolve4(host)).map((address) => group(address, port));
    case 'AAAA':
      return (await resolver.resolve6(host)).map((address) => group(address, port));
    case 'MX':
      return (await resolver.resolveMx(host)).map(({ exchange }) =>
        group(exchange, port, { __meta_dns_mx_record_target: rooted(exchange) }),
      );
    case 'NS':
      return (await resolver.resolveNs(host)).map((server) =>
        group(server, port, { __meta_dns_ns_record_target: rooted(server) }),
      );
    case 'SRV':
      return (await resolver.resolveSrv(host)).map((record) =>
        group(record.name, record.port, {
          __meta_dns_srv_record_target: rooted(record.name),
          __meta_dns_srv_record_port: String(record.port),
        }),
      );
  }
}

function readResolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return ''; // as on Windows: names are asked for as they are
  }
}

/** Names as they stand in a record, with their final dot, which Node leaves out. */
function rooted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

function hostAndPort(host: string, port: number): string {
  const bare = host.replace(/\.$/, '');
  return bare.includes(':') ? `[${bare}]:${port}` : `${bare}:${port}`;
}

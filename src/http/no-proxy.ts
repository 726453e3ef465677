// Which proxy a request takes: the configured one, or those of the environment, and which hosts are reached directly.
// After Go's golang.org/x/net/http/httpproxy, which is what users of `no_proxy` know.
import { BlockList, isIP } from 'node:net';
import type { ProxyConfig } from '../config/config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** URL of the proxy for a request; '' where the host is reached directly. */
export function proxyFor(url: URL, proxy: ProxyConfig, env: Environment = process.env): string {
  if (proxy.fromEnvironment) {
    const lower = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
    const fromEnv = env[lower] || env[lower.toUpperCase()] || '';
    if (fromEnv === '' || isDirect(url, env.no_proxy || env.NO_PROXY || '')) return '';
    return fromEnv.includes('://') ? fromEnv : `http://${fromEnv}`;
  }
  // Without no_proxy a configured proxy is for every host, this machine included.
  if (proxy.url === '' || (proxy.noProxy !== '' && isDirect(url, proxy.noProxy))) return '';
  return proxy.url;
}

function isDirect(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)) return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

/** An entry is `*`, a host or address with an optional port, a network (`10.0.0.0/8`), or a domain. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return isWithin(entry, host);
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(entry)?.groups;
  const name = parts?.v6 ?? parts?.name ?? entry;
  if (parts?.port !== undefined && parts.port !== port) return false;
  // `.example.org` and `*.example.org` are the hosts below a domain, `example.org` the domain as well.
  const domain = name.replace(/^\*?\./, '');
  return (domain === name && host === name) || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function isWithin(network: string, host: string): boolean {
  const version = isIP(host);
  const [base, bits] = network.split('/');
  if (version === 0 || isIP(base) !== version || !/^\d{1,3}$/.test(bits)) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (Number(bits) > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(host, family);
}

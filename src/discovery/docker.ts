// Containers of a Docker daemon, over its Unix socket or TCP.
import type { DockerDiscoveryConfig, TargetGroup } from '../config/config.ts';
import { createHttpClient, type HttpClient } from '../http/client.ts';
import type { Discovery, DiscoveryLog } from './discovery.ts';
import { createRefreshing } from './refresh.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** What is used of Docker's list of containers; https://docs.docker.com/reference/api/engine/ */
export interface Container {
  readonly Id: string;
  readonly Names: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly HostConfig: { readonly NetworkMode: string };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, Endpoint | null>> | null } | null;
  readonly Ports: readonly Port[] | null;
}

interface Endpoint {
  readonly NetworkID: string;
  readonly IPAddress: string;
}

interface Port {
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly IP?: string;
  readonly Type: string;
}

/** What is used of Docker's list of networks. */
export interface Network {
  readonly Id: string;
  readonly Name: string;
  readonly Scope: string;
  readonly Internal: boolean;
  readonly Ingress: boolean;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export function createDockerDiscovery(config: DockerDiscoveryConfig, log: DiscoveryLog): Discovery {
  const { client, origin } = connectTo(config);
  const filters = Object.fromEntries(config.filters.map(({ name, values }) => [name, values]));
  const query = new URLSearchParams({ filters: JSON.stringify(filters) });
  const refreshing = createRefreshing({
    name: 'docker',
    intervalMs: config.refreshIntervalMs,
    log,
    lookUp: async (signal) => {
      const get = async <T>(path: string): Promise<T> => {
        const { status, body } = await client.get(origin + path, {
          headers: {},
          timeoutMs: config.refreshIntervalMs,
          bytesMax: ANSWER_BYTES_MAX,
          signal,
        });
        if (status !== 200) throw new Error(`Docker answered ${path} with HTTP status ${status}`);
        return JSON.parse(body.toString('utf8')) as T;
      };
      const containers = await get<Container[]>(`/containers/json?${query}`);
      const networks = await get<Network[]>('/networks');
      return containerGroups(config, containers, networks);
    },
  });
  return {
    start: refreshing.start,
    stop: () => {
      refreshing.stop();
      void client.close();
    },
  };
}

function connectTo({ host, http }: DockerDiscoveryConfig): { client: HttpClient; origin: string } {
  if (host.startsWith('unix://'))
    return { client: createHttpClient(http, host.slice('unix://'.length)), origin: 'http://docker' };
  return { client: createHttpClient(http), origin: host.replace(/^tcp:/, 'http:').replace(/\/+$/, '') };
}

type Settings = Pick<DockerDiscoveryConfig, 'port' | 'hostNetworkingHost' | 'matchFirstNetwork'>;

/** A target for every TCP port of every network of a container; the configured port where it exposes none. */
export function containerGroups(
  settings: Settings,
  containers: readonly Container[],
  networks: readonly Network[],
): TargetGroup[] {
  const byId = new Map(containers.map((container) => [container.Id, container]));
  const networkLabels = new Map(networks.map((network) => [network.Id, labelsOfNetwork(network)]));
  return containers.flatMap((container) => {
    const name = container.Names?.[0];
    if (name === undefined) return [];
    const common = labelsOfContainer(container, name);
    return endpointsOf(container, byId, settings.matchFirstNetwork).flatMap((endpoint) =>
      targetsOf(settings, container, endpoint, { ...common, ...networkLabels.get(endpoint.NetworkID) }),
    );
  });
}

function targetsOf(
  { port, hostNetworkingHost }: Settings,
  { Ports, HostConfig }: Container,
  { IPAddress: ip }: Endpoint,
  common: Readonly<Record<string, string>>,
): TargetGroup[] {
  const ports = (Ports ?? []).filter(({ Type }) => Type === 'tcp');
  if (ports.length === 0) {
    const target = HostConfig.NetworkMode === 'host' ? hostNetworkingHost : hostAndPort(ip, port);
    return [{ targets: [target], labels: { ...common, __meta_docker_network_ip: ip } }];
  }
  return ports.map(({ PrivatePort, PublicPort = 0, IP = '' }) => ({
    targets: [hostAndPort(ip, PrivatePort)],
    labels: {
      ...common,
      __meta_docker_network_ip: ip,
      __meta_docker_port_private: String(PrivatePort),
      ...(PublicPort > 0 && {
        __meta_docker_port_public: String(PublicPort),
        __meta_docker_port_public_ip: IP,
      }),
    },
  }));
}

/** A container's networks by name, or those of the container whose network it shares. */
function endpointsOf(
  container: Container,
  byId: ReadonlyMap<string, Container>,
  firstOnly: boolean,
): Endpoint[] {
  const seen = new Set<Container>();
  let owner: Container | undefined = container;
  while (owner && !seen.has(owner)) {
    seen.add(owner);
    const endpoints = Object.entries(owner.NetworkSettings?.Networks ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, endpoint]) => endpoint ?? []);
    if (endpoints.length > 0) return firstOnly ? endpoints.slice(0, 1) : endpoints;
    const shared: string | undefined = /^container:(.+)$/.exec(owner.HostConfig.NetworkMode)?.[1];
    owner = shared === undefined ? undefined : byId.get(shared);
  }
  return [];
}

function labelsOfContainer({ Id, HostConfig, Labels }: Container, name: string): Record<string, string> {
  return {
    __meta_docker_container_id: Id,
    __meta_docker_container_name: name,
    __meta_docker_container_network_mode: HostConfig.NetworkMode,
    ...prefixed('__meta_docker_container_label_', Labels),
  };
}

function labelsOfNetwork({ Id, Name, Scope, Internal, Ingress, Labels }: Network): Record<string, string> {
  return {
    __meta_docker_network_id: Id,
    __meta_docker_network_name: Name,
    __meta_docker_network_scope: Scope,
    __meta_docker_network_internal: String(Internal),
    __meta_docker_network_ingress: String(Ingress),
    ...prefixed('__meta_docker_network_label_', Labels),
  };
}

/** Docker's own labels: their names may hold dots and dashes, which become underscores. */
function prefixed(prefix: string, labels: Readonly<Record<string, string>> | null): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels ?? {}).map(([name, value]) => [
      prefix + name.replace(/[^a-zA-Z0-9_]/g, '_'),
      value,
    ]),
  );
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

// Targets made of Docker's lists of containers and networks.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { TargetGroup } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import {
  type Container,
  containerGroups,
  createDockerDiscovery,
  type Network,
} from '../../../src/discovery/docker.ts';

const SETTINGS = { port: 80, hostNetworkingHost: 'localhost', matchFirstNetwork: true };
const NETWORKS: Network[] = [
  { Id: 'n1', Name: 'front', Scope: 'local', Internal: false, Ingress: false, Labels: { 'com.x/y-z': 'v' } },
  { Id: 'n2', Name: 'back', Scope: 'local', Internal: true, Ingress: false, Labels: null },
];

function container(more: Partial<Container>): Container {
  return {
    Id: 'c1',
    Names: ['/web'],
    Labels: { 'com.docker.compose.service': 'web' },
    HostConfig: { NetworkMode: 'front' },
    NetworkSettings: { Networks: { front: { NetworkID: 'n1', IPAddress: '172.0.0.2' } } },
    Ports: [],
    ...more,
  };
}

const addresses = (groups: readonly TargetGroup[]): string[] => groups.flatMap(({ targets }) => targets);

describe('containerGroups', () => {
  it('gives every label', () => {
    const ports = [{ PrivatePort: 9100, PublicPort: 19100, IP: '0.0.0.0', Type: 'tcp' }];
    expect(containerGroups(SETTINGS, [container({ Ports: ports })], NETWORKS)).toEqual([
      {
        targets: ['172.0.0.2:9100'],
        labels: {
          __meta_docker_container_id: 'c1',
          __meta_docker_container_name: '/web',
          __meta_docker_container_network_mode: 'front',
          __meta_docker_container_label_com_docker_compose_service: 'web',
          __meta_docker_network_id: 'n1',
          __meta_docker_network_name: 'front',
          __meta_docker_network_scope: 'local',
          __meta_docker_network_internal: 'false',
          __meta_docker_network_ingress: 'false',
          __meta_docker_network_label_com_x_y_z: 'v',
          __meta_docker_network_ip: '172.0.0.2',
          __meta_docker_port_private: '9100',
          __meta_docker_port_public: '19100',
          __meta_docker_port_public_ip: '0.0.0.0',
        },
      },
    ]);
  });

  const both = {
    Networks: {
      front: { NetworkID: 'n1', IPAddress: '172.0.0.2' },
      back: { NetworkID: 'n2', IPAddress: 'fd00::2' },
    },
  };
  const tcp = (port: number) => ({ PrivatePort: port, Type: 'tcp' });
  const cases: [
    name: string,
    containers: Container[],
    settings: Partial<typeof SETTINGS>,
    expected: string[],
  ][] = [
    ['the configured port where none is exposed', [container({})], {}, ['172.0.0.2:80']],
    [
      'TCP ports only',
      [container({ Ports: [{ PrivatePort: 53, Type: 'udp' }, tcp(1), tcp(2)] })],
      {},
      ['172.0.0.2:1', '172.0.0.2:2'],
    ],
    [
      'the first network by name',
      [container({ NetworkSettings: both, Ports: [tcp(1)] })],
      {},
      ['[fd00::2]:1'],
    ],
    [
      'every network',
      [container({ NetworkSettings: both, Ports: [tcp(1)] })],
      { matchFirstNetwork: false },
      ['[fd00::2]:1', '172.0.0.2:1'],
    ],
    [
      'the network of the host',
      [container({ HostConfig: { NetworkMode: 'host' } })],
      { hostNetworkingHost: '10.0.0.1' },
      ['10.0.0.1'],
    ],
    ['no name, no target', [container({ Names: [] })], {}, []],
    ['no network, no target', [container({ NetworkSettings: null })], {}, []],
    [
      'the network of another container',
      [
        container({}),
        container({
          Id: 'c2',
          HostConfig: { NetworkMode: 'container:c1' },
          NetworkSettings: { Networks: {} },
          Ports: [tcp(9)],
        }),
      ],
      {},
      ['172.0.0.2:80', '172.0.0.2:9'],
    ],
    [
      'containers that point to each other',
      [container({ HostConfig: { NetworkMode: 'container:c1' }, NetworkSettings: { Networks: {} } })],
      {},
      [],
    ],
  ];
  it.each(cases)('%s', (_, containers, settings, expected) => {
    expect(addresses(containerGroups({ ...SETTINGS, ...settings }, containers, NETWORKS))).toEqual(expected);
  });
});

describe('Docker discovery', () => {
  let cleanUp: (() => void)[] = [];
  afterEach(() => {
    for (const one of cleanUp) one();
    cleanUp = [];
  });

  it('asks over a Unix socket, with filters', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ferula-docker-'));
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(decodeURIComponent(request.url ?? ''));
      response.end(JSON.stringify(request.url?.startsWith('/networks') ? NETWORKS : [container({})]));
    });
    const socket = join(folder, 'docker.sock');
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const text = `scrape_configs: [{job_name: a, docker_sd_configs: [{host: "unix://${socket}", filters: [{name: status, values: [running]}]}]}]`;
    const [config] = loadConfig(text, { file: 'x.yml' }).scrapeConfigs[0].discoveries;
    if (config.kind !== 'docker') throw new Error('not docker');
    const discovery = createDockerDiscovery(config, () => {});
    cleanUp.push(
      () => discovery.stop(),
      () => server.close(),
      () => server.closeAllConnections(),
      () => rmSync(folder, { recursive: true }),
    );
    const groups = await new Promise<readonly TargetGroup[]>((resolve) => discovery.start(resolve));
    expect(addresses(groups)).toEqual(['172.0.0.2:80']);
    expect(asked).toEqual(['/containers/json?filters={"status":["running"]}', '/networks']);
  });
});

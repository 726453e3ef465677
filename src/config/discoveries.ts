// The `*_sd_configs` sections: those that there are, and what to use instead of the others.

import {
  count,
  duration,
  flag,
  list,
  mapped,
  mapping,
  type ObjectRules,
  object,
  parsed,
  type Reader,
  text,
  url,
  type Values,
} from '../yaml/schema.ts';
import type { DiscoveryConfig, TargetGroup } from './config.ts';
import { checkHttpClient, HTTP_CLIENT_FIELDS, httpClient, type PathOf } from './http-client.ts';
import { labelNameProblem } from './labels.ts';

const FILE_REFRESH_MS = 300_000;
const HTTP_REFRESH_MS = 60_000;
const DNS_REFRESH_MS = 30_000;
const DOCKER_REFRESH_MS = 60_000;
const DOCKER_PORT = 80;

/** `static_configs` and the same groups in a file or an HTTP answer. */
export const targetGroups: Reader<readonly TargetGroup[]> = list(
  mapped(
    object({ targets: list(text), labels: mapping(text, labelNameProblem) }),
    ({ targets = [], labels = {} }) => ({ targets, labels }),
  ),
);

/** What is wrong with the addresses of groups that no relabelling may change; undefined when nothing is. */
export function targetProblem(groups: readonly TargetGroup[]): string | undefined {
  const wrong = groups.flatMap(({ targets }) => targets).find((target) => target.includes('/'));
  return (
    wrong &&
    `target ${JSON.stringify(wrong)}: write host:port only; the rest of a URL goes into scheme, metrics_path and params`
  );
}

/** The last part alone may hold wildcards, and the name tells the format. */
const FILE_PATTERN = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

const fileBlock = object(
  { files: list(text), refresh_interval: duration },
  {
    required: ['files'],
    check: ({ files = [] }, fail) => {
      for (const file of files)
        if (!FILE_PATTERN.test(file))
          fail(
            'files',
            `${JSON.stringify(file)} must end in .json, .yml or .yaml, with * only in its last part`,
          );
    },
  },
);

const httpBlock = object(
  { url, refresh_interval: duration, ...HTTP_CLIENT_FIELDS },
  { required: ['url'], check: (values, fail) => checkHttpClient(values, fail) },
);

const RECORD_TYPES = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const;

function recordType(written: string): (typeof RECORD_TYPES)[number] | undefined {
  return RECORD_TYPES.find((type) => type === written.toUpperCase());
}

const dnsBlock = object(
  {
    names: list(text),
    type: parsed(recordType, `one of ${RECORD_TYPES.join(', ')}`),
    port: count,
    refresh_interval: duration,
  },
  {
    required: ['names'],
    check: ({ names, type = 'SRV', port }, fail) => {
      if (names?.length === 0) fail('names', 'needs at least one name');
      if (type !== 'SRV' && port === undefined)
        fail('port', `records of type ${type} carry no port; set port`);
      if (port !== undefined && port > 65_535) fail('port', 'a port is at most 65535');
    },
  },
);

const dockerBlock = object(
  {
    host: parsed(dockerHost, 'unix:///var/run/docker.sock, tcp://host:port or a URL'),
    port: count,
    filters: list(object({ name: text, values: list(text) }, { required: ['name', 'values'] })),
    host_networking_host: text,
    match_first_network: flag,
    refresh_interval: duration,
    ...HTTP_CLIENT_FIELDS,
  },
  { required: ['host'], check: (values, fail) => checkHttpClient(values, fail) },
);

function dockerHost(written: string): string | undefined {
  return /^unix:\/\/\/./.test(written) || (/^(?:tcp|https?):\/\/./.test(written) && URL.canParse(written))
    ? written
    : undefined;
}

/** The keys of every discovery that there is, to be spread among those of their owner. */
export const DISCOVERY_FIELDS = {
  static_configs: targetGroups,
  file_sd_configs: list(fileBlock),
  http_sd_configs: list(httpBlock),
  dns_sd_configs: list(dnsBlock),
  docker_sd_configs: list(dockerBlock),
} as const;

/** What an owner's written discoveries come to. */
export function discoveries(written: Values<typeof DISCOVERY_FIELDS>, pathOf: PathOf): DiscoveryConfig[] {
  return [
    ...(written.file_sd_configs ?? []).map(({ files = [], refresh_interval }) => ({
      kind: 'file' as const,
      files: files.map(pathOf),
      refreshIntervalMs: refresh_interval || FILE_REFRESH_MS,
    })),
    ...(written.http_sd_configs ?? []).map((block) => ({
      kind: 'http' as const,
      url: block.url ?? '',
      refreshIntervalMs: block.refresh_interval || HTTP_REFRESH_MS,
      http: httpClient(block, pathOf),
    })),
    ...(written.dns_sd_configs ?? []).map(({ names = [], type = 'SRV', port, refresh_interval }) => ({
      kind: 'dns' as const,
      names,
      type,
      port: port ?? 0,
      refreshIntervalMs: refresh_interval || DNS_REFRESH_MS,
    })),
    ...(written.docker_sd_configs ?? []).map((block) => ({
      kind: 'docker' as const,
      host: block.host ?? '',
      port: block.port ?? DOCKER_PORT,
      filters: (block.filters ?? []).map(({ name = '', values = [] }) => ({ name, values })),
      hostNetworkingHost: block.host_networking_host ?? 'localhost',
      matchFirstNetwork: block.match_first_network ?? true,
      refreshIntervalMs: block.refresh_interval || DOCKER_REFRESH_MS,
      http: httpClient(block, pathOf),
    })),
  ];
}

/** Discoveries of upstream's that are not here. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  (
    'aws azure consul digitalocean dockerswarm ec2 ecs elasticache eureka gce hetzner ionos kubernetes kuma ' +
    'lightsail linode marathon msk nerve nomad oci openstack outscale ovhcloud puppetdb rds scaleway serverset ' +
    'stackit triton uyuni vultr'
  ).split(' '),
);

/** Refuses a discovery that only upstream has, and says what to use instead. */
export const refuseDiscovery: ObjectRules<never>['other'] = (key, { node, path }, found) => {
  const name = key.endsWith('_sd_configs') ? key.slice(0, -'_sd_configs'.length) : '';
  if (!ELSEWHERE.has(name)) return false;
  found.error(
    node,
    `${path}: there is no ${name} discovery; let a script write the targets to a file for file_sd_configs, ` +
      'or serve them as JSON for http_sd_configs',
  );
  return true;
};

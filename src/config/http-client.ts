// The HTTP client block that scrape configs, Alertmanagers, remote endpoints and discoveries share.

import {
  type Fail,
  flag,
  list,
  mapped,
  mapping,
  object,
  oneOf,
  secret,
  text,
  url,
  type Values,
} from '../yaml/schema.ts';
import type {
  AuthorizationConfig,
  BasicAuthConfig,
  HttpClientConfig,
  HttpHeaderConfig,
  OAuth2Config,
  ProxyConfig,
  TlsConfig,
  TlsVersion,
} from './config.ts';

/** Turns a path of the file into an absolute one; '' stays ''. */
export type PathOf = (path: string) => string;

const TLS_VERSIONS: Readonly<Record<string, TlsVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};
const tlsVersion = mapped(oneOf(Object.keys(TLS_VERSIONS)), (name) => TLS_VERSIONS[name]);

const PROXY_FIELDS = {
  proxy_url: url,
  no_proxy: text,
  proxy_from_environment: flag,
  proxy_connect_header: mapping(list(secret)),
} as const;

const TLS_FIELDS = {
  ca: text,
  ca_file: text,
  cert: text,
  cert_file: text,
  key: secret,
  key_file: text,
  server_name: text,
  insecure_skip_verify: flag,
  min_version: tlsVersion,
  max_version: tlsVersion,
} as const;

export const tlsBlock = object(TLS_FIELDS, {
  check: ({ ca, ca_file, cert, cert_file, key, key_file, min_version, max_version }, fail) => {
    if (ca && ca_file) fail('ca_file', 'ca and ca_file exclude each other');
    if (cert && cert_file) fail('cert_file', 'cert and cert_file exclude each other');
    if (key && key_file) fail('key_file', 'key and key_file exclude each other');
    if ((cert || cert_file) && !(key || key_file))
      fail('cert_file', 'a client certificate needs its key: set key or key_file');
    if ((key || key_file) && !(cert || cert_file))
      fail('key_file', 'a client key needs its certificate: set cert or cert_file');
    if (min_version && max_version && min_version > max_version) fail('max_version', 'is below min_version');
  },
});

const BASIC_AUTH_FIELDS = {
  username: text,
  username_file: text,
  username_ref: text,
  password: secret,
  password_file: text,
  password_ref: text,
} as const;

const basicAuthBlock = object(BASIC_AUTH_FIELDS, {
  check: (values, fail) => {
    if (values.username && values.username_file)
      fail('username_file', 'username and username_file exclude each other');
    if (values.password && values.password_file)
      fail('password_file', 'password and password_file exclude each other');
    refuseSecretManager(fail, values, ['username_ref', 'password_ref']);
  },
});

const AUTHORIZATION_FIELDS = {
  type: text,
  credentials: secret,
  credentials_file: text,
  credentials_ref: text,
} as const;

const authorizationBlock = object(AUTHORIZATION_FIELDS, {
  check: (values, fail) => {
    if (values.credentials && values.credentials_file)
      fail('credentials_file', 'credentials and credentials_file exclude each other');
    if (values.type?.trim().toLowerCase() === 'basic') fail('type', 'use basic_auth instead of type Basic');
    refuseSecretManager(fail, values, ['credentials_ref']);
  },
});

const OAUTH2_FIELDS = {
  client_id: text,
  client_secret: secret,
  client_secret_file: text,
  client_secret_ref: text,
  client_certificate_key: secret,
  client_certificate_key_file: text,
  client_certificate_key_ref: text,
  client_certificate_key_id: text,
  signature_algorithm: text,
  iss: text,
  audience: text,
  claims: mapping(text),
  grant_type: text,
  scopes: list(text),
  token_url: url,
  endpoint_params: mapping(text),
  tls_config: tlsBlock,
  ...PROXY_FIELDS,
} as const;

const oauth2Block = object(OAUTH2_FIELDS, {
  required: ['client_id', 'token_url'],
  check: (values, fail) => {
    if (values.client_secret && values.client_secret_file)
      fail('client_secret_file', 'client_secret and client_secret_file exclude each other');
    if (values.grant_type && values.grant_type !== 'client_credentials')
      fail('grant_type', `only client_credentials is supported, not ${values.grant_type}`);
    refuseSecretManager(fail, values, ['client_secret_ref', 'client_certificate_key_ref']);
    checkProxy(values, fail);
  },
});

const headerBlock = object({ values: list(text), secrets: list(secret), files: list(text) });

/** The keys of the block, to be spread among those of its owner; `httpClient` makes the config of their values. */
export const HTTP_CLIENT_FIELDS = {
  basic_auth: basicAuthBlock,
  authorization: authorizationBlock,
  oauth2: oauth2Block,
  bearer_token: secret,
  bearer_token_file: text,
  tls_config: tlsBlock,
  follow_redirects: flag,
  enable_http2: flag,
  http_headers: mapping(headerBlock, headerNameProblem),
  ...PROXY_FIELDS,
} as const;

export type HttpClientValues = Values<typeof HTTP_CLIENT_FIELDS>;

/** What an owner's `check` calls for the block's keys. */
export function checkHttpClient(
  values: HttpClientValues,
  fail: (key: keyof typeof HTTP_CLIENT_FIELDS, message: string) => void,
): void {
  const used = (
    ['basic_auth', 'authorization', 'oauth2', 'bearer_token', 'bearer_token_file'] as const
  ).filter((key) => values[key] !== undefined);
  if (used.length > 1) fail(used[1], `only one of ${used.join(', ')} can be used`);
  checkProxy(values, fail);
}

/** The block with defaults and absolute paths. */
export function httpClient(
  values: HttpClientValues,
  pathOf: PathOf,
  defaults: { readonly enableHttp2: boolean } = { enableHttp2: true },
): HttpClientConfig {
  return {
    basicAuth: basicAuth(values, pathOf),
    authorization: authorization(values, pathOf),
    oauth2: oauth2(values, pathOf),
    tls: tls(values.tls_config, pathOf),
    proxy: proxy(values),
    followRedirects: values.follow_redirects ?? true,
    enableHttp2: values.enable_http2 ?? defaults.enableHttp2,
    headers: headers(values, pathOf),
  };
}

function basicAuth({ basic_auth: written }: HttpClientValues, pathOf: PathOf): BasicAuthConfig | null {
  if (!written) return null;
  return {
    username: written.username ?? '',
    usernameFile: pathOf(written.username_file ?? ''),
    password: written.password ?? '',
    passwordFile: pathOf(written.password_file ?? ''),
  };
}

/** `bearer_token` is the older spelling of `authorization` with type Bearer. */
function authorization(values: HttpClientValues, pathOf: PathOf): AuthorizationConfig | null {
  const { authorization: written, bearer_token: token, bearer_token_file: tokenFile } = values;
  if (!written && !token && !tokenFile) return null;
  return {
    type: written?.type?.trim() || 'Bearer',
    credentials: written?.credentials ?? token ?? '',
    credentialsFile: pathOf(written?.credentials_file ?? tokenFile ?? ''),
  };
}

function oauth2({ oauth2: written }: HttpClientValues, pathOf: PathOf): OAuth2Config | null {
  if (!written) return null;
  return {
    clientId: written.client_id ?? '',
    clientSecret: written.client_secret ?? '',
    clientSecretFile: pathOf(written.client_secret_file ?? ''),
    scopes: written.scopes ?? [],
    tokenUrl: written.token_url ?? '',
    endpointParams: written.endpoint_params ?? {},
    tls: tls(written.tls_config, pathOf),
    proxy: proxy(written),
  };
}

function tls(written: Values<typeof TLS_FIELDS> | undefined, pathOf: PathOf): TlsConfig {
  return {
    ca: written?.ca ?? '',
    caFile: pathOf(written?.ca_file ?? ''),
    cert: written?.cert ?? '',
    certFile: pathOf(written?.cert_file ?? ''),
    key: written?.key ?? '',
    keyFile: pathOf(written?.key_file ?? ''),
    serverName: written?.server_name ?? '',
    insecureSkipVerify: written?.insecure_skip_verify ?? false,
    minVersion: written?.min_version ?? null,
    maxVersion: written?.max_version ?? null,
  };
}

function proxy(written: Values<typeof PROXY_FIELDS>): ProxyConfig {
  return {
    url: written.proxy_url ?? '',
    noProxy: written.no_proxy ?? '',
    fromEnvironment: written.proxy_from_environment ?? false,
    connectHeaders: written.proxy_connect_header ?? {},
  };
}

function headers({ http_headers: written }: HttpClientValues, pathOf: PathOf): HttpHeaderConfig[] {
  return Object.entries(written ?? {}).map(([name, header]) => ({
    name,
    values: header.values ?? [],
    secrets: header.secrets ?? [],
    files: (header.files ?? []).map(pathOf),
  }));
}

function checkProxy(values: Values<typeof PROXY_FIELDS>, fail: Fail<typeof PROXY_FIELDS>): void {
  const { proxy_url, no_proxy, proxy_from_environment, proxy_connect_header } = values;
  if (proxy_from_environment && proxy_url)
    fail('proxy_url', 'proxy_url and proxy_from_environment exclude each other');
  if (proxy_from_environment && no_proxy)
    fail('no_proxy', 'no_proxy and proxy_from_environment exclude each other');
  if (no_proxy && !proxy_url) fail('no_proxy', 'no_proxy needs proxy_url');
  if (proxy_connect_header && !proxy_url && !proxy_from_environment)
    fail('proxy_connect_header', 'proxy_connect_header needs proxy_url or proxy_from_environment');
}

/** `*_ref` names a secret in a secret manager, which neither upstream's server nor this one has. */
function refuseSecretManager<K extends string>(
  fail: (key: K, message: string) => void,
  values: { readonly [key in K]?: string | undefined },
  keys: readonly K[],
): void {
  for (const key of keys)
    if (values[key]) fail(key, `there is no secret manager; use ${key.replace(/_ref$/, '_file')} instead`);
}

/** Headers that the client sets itself. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'transfer-encoding',
  'user-agent',
  'www-authenticate',
  'x-prometheus-scrape-timeout-seconds',
]);

function headerNameProblem(name: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return `${JSON.stringify(name)} is not a header name`;
  if (name.toLowerCase() === 'authorization')
    return 'set authorization through basic_auth, authorization or oauth2';
  if (RESERVED_HEADERS.has(name.toLowerCase())) return `${name} is set by the client and cannot be changed`;
  return undefined;
}

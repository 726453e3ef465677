// Reads the file of --web.config.file in Prometheus's format: TLS, logins and headers of the HTTP server.

import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readConfiguredFile } from '../http/files.ts';
import { isEmpty, openFindings } from '../yaml/findings.ts';
import {
  count,
  duration,
  type Fail,
  flag,
  list,
  mapped,
  mapping,
  object,
  oneOf,
  secret,
  text,
  type Values,
} from '../yaml/schema.ts';
import { ConfigError, type TlsVersion } from './config.ts';

export interface WebConfig {
  /** null: plain HTTP. */
  readonly tls: ServerTlsConfig | null;
  readonly http2: boolean;
  /** Sent with every response. */
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hashes by user name; empty: nobody has to log in. */
  readonly users: Readonly<Record<string, string>>;
}

/** Certificates as text or as absolute paths, read when used. */
export interface ServerTlsConfig {
  readonly cert: string;
  readonly certFile: string;
  readonly key: string;
  readonly keyFile: string;
  readonly clientAuthType: ClientAuthType;
  readonly clientCa: string;
  readonly clientCaFile: string;
  /** Names of which a client's certificate must carry one; empty: any. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Go's names; empty: the usual ones. */
  readonly cipherSuites: readonly string[];
  readonly curvePreferences: readonly string[];
}

const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};
const version = mapped(oneOf(Object.keys(VERSIONS)), (name) => VERSIONS[name]);

const TLS_FIELDS = {
  cert: text,
  cert_file: text,
  key: secret,
  key_file: text,
  client_auth_type: oneOf(CLIENT_AUTH_TYPES),
  client_ca: text,
  client_ca_file: text,
  client_allowed_sans: list(text),
  min_version: version,
  max_version: version,
  cipher_suites: list(text),
  curve_preferences: list(oneOf(['CurveP256', 'CurveP384', 'CurveP521', 'X25519'])),
  prefer_server_cipher_suites: flag,
} as const;
type WrittenTls = Values<typeof TLS_FIELDS>;

/** The headers that upstream lets users set. */
const HEADERS = [
  'Strict-Transport-Security',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'X-XSS-Protection',
  'Content-Security-Policy',
];

const BCRYPT_HASH = /^\$2[abxy]?\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

const webConfigFile = object(
  {
    tls_server_config: object(TLS_FIELDS, { check: checkTls }),
    http_server_config: object(
      {
        http2: flag,
        headers: mapping(text, (name) =>
          HEADERS.includes(name) ? undefined : `${name} cannot be set; there are ${HEADERS.join(', ')}`,
        ),
      },
      {},
    ),
    basic_auth_users: mapping(secret),
    rate_limit: object({ burst: count, interval: duration }),
  },
  {
    check: ({ basic_auth_users: users = {} }, fail) => {
      for (const [name, hash] of Object.entries(users))
        if (!BCRYPT_HASH.test(hash))
          fail('basic_auth_users', `the password of ${JSON.stringify(name)} is not a bcrypt hash ($2y$…)`);
    },
  },
);

/**
 * Reads a web configuration. Certificates are looked at too, for a server that cannot use them must not start.
 * @throws ConfigError with a line for every error
 */
export function loadWebConfig(written: string, { file }: { readonly file: string }): WebConfig {
  const found = openFindings(written, { file, env: null });
  const hasContent = found.root !== null && !isEmpty(found.root);
  const values = hasContent ? webConfigFile({ node: found.root!, path: '' }, found) : undefined;
  const errors = found.errors();
  if (errors.length > 0) throw new ConfigError(errors.join('\n'));
  const tls = values?.tls_server_config ? serverTls(values.tls_server_config, dirname(file)) : null;
  if (tls) checkCertificates(tls, file);
  return {
    tls,
    http2: values?.http_server_config?.http2 ?? true,
    headers: values?.http_server_config?.headers ?? {},
    users: values?.basic_auth_users ?? {},
  };
}

function serverTls(written: WrittenTls, folder: string): ServerTlsConfig {
  const pathOf = (path = ''): string => (path === '' ? '' : resolve(folder, path));
  return {
    cert: written.cert ?? '',
    certFile: pathOf(written.cert_file),
    key: written.key ?? '',
    keyFile: pathOf(written.key_file),
    clientAuthType: written.client_auth_type ?? 'NoClientCert',
    clientCa: written.client_ca ?? '',
    clientCaFile: pathOf(written.client_ca_file),
    clientAllowedSans: written.client_allowed_sans ?? [],
    minVersion: written.min_version ?? 'TLSv1.2',
    maxVersion: written.max_version ?? 'TLSv1.3',
    cipherSuites: written.cipher_suites ?? [],
    curvePreferences: written.curve_preferences ?? [],
  };
}

function checkTls(written: WrittenTls, fail: Fail<typeof TLS_FIELDS>): void {
  for (const key of ['cert', 'key'] as const) {
    const inFile = `${key}_file` as const;
    if (!written[key] && !written[inFile])
      fail(inFile, `${inFile} is missing: TLS needs certificate and key`);
    if (written[key] && written[inFile]) fail(inFile, `${key} and ${inFile} exclude each other`);
  }
  if (written.client_ca && written.client_ca_file)
    fail('client_ca_file', 'client_ca and client_ca_file exclude each other');
  const hasCa = Boolean(written.client_ca || written.client_ca_file);
  const type = written.client_auth_type ?? 'NoClientCert';
  if (hasCa && type === 'NoClientCert') fail('client_ca_file', 'has no effect without client_auth_type');
  if (!hasCa && (type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert'))
    fail('client_auth_type', `${type} needs client_ca_file`);
  if (written.client_allowed_sans?.length && type !== 'RequireAndVerifyClientCert')
    fail('client_allowed_sans', 'needs client_auth_type RequireAndVerifyClientCert');
  const { min_version: min, max_version: max } = written;
  if (min && max && min > max) fail('max_version', 'is below min_version');
}

function checkCertificates(tls: ServerTlsConfig, file: string): void {
  const pem = (inline: string, path: string): string | undefined =>
    path === '' ? inline || undefined : readConfiguredFile(path);
  try {
    createSecureContext({
      cert: pem(tls.cert, tls.certFile),
      key: pem(tls.key, tls.keyFile),
      ca: pem(tls.clientCa, tls.clientCaFile),
    });
  } catch (error) {
    throw new ConfigError(`${file}: tls_server_config: ${(error as Error).message}`);
  }
}

// The file of --web.config.file: what it means and what is refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWebConfig } from '../../../src/config/web-config.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../scrape/test-certificate.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferula-web-config-'));
  writeFileSync(join(folder, 'cert.pem'), TEST_CERTIFICATE);
  writeFileSync(join(folder, 'key.pem'), TEST_KEY);
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = (text: string) => loadWebConfig(text, { file: join(folder, 'web.yml') });
const HASH = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';
const TLS = 'cert_file: cert.pem, key_file: key.pem';

describe('loadWebConfig', () => {
  it('reads all of it', () => {
    const text = `tls_server_config:
  cert_file: cert.pem
  key_file: key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: cert.pem
  client_allowed_sans: [a.example]
  min_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  curve_preferences: [X25519]
  prefer_server_cipher_suites: true
http_server_config:
  http2: false
  headers: {X-Frame-Options: deny}
basic_auth_users:
  alice: ${HASH}
rate_limit: {burst: 10, interval: 1s}
`;
    expect(load(text)).toEqual({
      tls: {
        cert: '',
        certFile: join(folder, 'cert.pem'),
        key: '',
        keyFile: join(folder, 'key.pem'),
        clientAuthType: 'RequireAndVerifyClientCert',
        clientCa: '',
        clientCaFile: join(folder, 'cert.pem'),
        clientAllowedSans: ['a.example'],
        minVersion: 'TLSv1.3',
        maxVersion: 'TLSv1.3',
        cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
        curvePreferences: ['X25519'],
      },
      http2: false,
      headers: { 'X-Frame-Options': 'deny' },
      users: { alice: HASH },
    });
  });

  it('an empty file is plain HTTP for everybody', () => {
    expect(load('')).toEqual({ tls: null, http2: true, headers: {}, users: {} });
  });

  it.each([
    ['foo: 1', 'web.yml:1:1: unknown key "foo"'],
    ['basic_auth_users: {a: b}', 'the password of "a" is not a bcrypt hash'],
    ['http_server_config: {headers: {X-A: b}}', 'X-A cannot be set; there are Strict-Transport-Security'],
    ['tls_server_config: {cert_file: cert.pem}', 'key_file is missing'],
    ['tls_server_config: {key_file: key.pem}', 'cert_file is missing'],
    [`tls_server_config: {${TLS}, cert: x}`, 'cert and cert_file exclude each other'],
    [`tls_server_config: {${TLS}, client_ca_file: c}`, 'has no effect without client_auth_type'],
    [`tls_server_config: {${TLS}, client_auth_type: VerifyClientCertIfGiven}`, 'needs client_ca_file'],
    [`tls_server_config: {${TLS}, client_auth_type: Nope}`, 'expected one of NoClientCert'],
    [`tls_server_config: {${TLS}, client_allowed_sans: [a]}`, 'needs client_auth_type'],
    [`tls_server_config: {${TLS}, min_version: TLS13, max_version: TLS12}`, 'is below min_version'],
    ['tls_server_config: {cert_file: none.pem, key_file: key.pem}', 'none.pem: ENOENT'],
    ['tls_server_config: {cert_file: key.pem, key_file: key.pem}', 'web.yml: tls_server_config: '],
  ])('refuses %s', (text, message) => {
    expect(() => load(text)).toThrow(message);
  });
});

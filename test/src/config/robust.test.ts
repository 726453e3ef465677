// Whatever stands in a file: a configuration comes of it, or a ConfigError, and what is shown holds no secret.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';

const TEXT = `global: {scrape_interval: 15s, external_labels: {a: $B}}
scrape_configs:
  - &x
    job_name: a
    static_configs: [{targets: [a:1, b:2], labels: {c: d}}]
    relabel_configs:
      - {source_labels: [a], regex: (.*), target_label: b, action: replace}
    basic_auth: {username: u, password: s3cret}
    tls_config: {insecure_skip_verify: true}
    dns_sd_configs: [{names: [x], type: A, port: 1}]
  - <<: *x
    job_name: b
    params: {a: [b]}
    proxy_url: http://u:s3cret@h/
remote_write: [{url: http://h, http_headers: {A: {secrets: [s3cret]}}}]
storage: {tsdb: {retention: {size: 1GB}}}
`;
const PIECES = [
  '[',
  ']',
  '{',
  '}',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '&x ',
  '*x',
  '<<: ',
  '~',
  '|\n',
  '"',
  "'",
  '#',
  ',',
  '!!int ',
  '0',
  'x',
  '---\n',
  '? ',
];

const edit = fc.tuple(fc.nat(TEXT.length), fc.nat(6), fc.constantFrom(...PIECES));

describe('loadConfig', () => {
  it('answers or throws ConfigError for any damage to a file', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = TEXT;
        for (const [at, cut, piece] of edits) text = text.slice(0, at) + piece + text.slice(at + cut);
        try {
          loadConfig(text, { file: 'x.yml', env: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('shows the file without its secrets', () => {
    const { display } = loadConfig(TEXT, { file: 'x.yml', env: {} });
    expect(display).not.toContain('s3cret');
    expect(display.match(/<secret>/g)).toHaveLength(3);
  });
});

// The commands as programs: what they print, and how they exit.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../storage/index.ts';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const ferula = (...args: string[]): Promise<Ended> => ferulaReading('', ...args);

/** With a text on standard input. */
function ferulaReading(input: string, ...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [MAIN, ...args], (error, out, err) => {
      done({ code: error ? Number(error.code) : 0, out, err });
    });
    child.stdin?.end(input);
  });
}

let folder = '';
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferula-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('ferula', () => {
  it('prints help and its version', async () => {
    const help = await ferula('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(/serve[\s\S]*query[\s\S]*check[\s\S]*test/);
    expect(await ferula('--version')).toMatchObject({ code: 0, err: '' });
    expect((await ferula('help', 'query')).out).toContain('--storage.path');
  });

  it.each([
    [['chekc'], 'ferula: unknown command chekc; did you mean check?\n'],
    [['wat'], 'ferula: unknown command wat; there are serve, query, check, test\n'],
    [
      ['--web.enable-lifecycl'],
      'ferula: unknown flag --web.enable-lifecycl; did you mean --web.enable-lifecycle?\n',
    ],
    [
      ['serve', '--config.file=/no/such/file.yml'],
      "/no/such/file.yml: cannot be read: ENOENT: no such file or directory, open '/no/such/file.yml'\n",
    ],
  ])('%j: one line and exit code 2', async (args, err) => {
    expect(await ferula(...args)).toEqual({ code: 2, out: '', err });
  });
});

describe('ferula check config', () => {
  it('says what it understood, with exit code 0', async () => {
    writeFileSync(
      path('good.yml'),
      'scrape_configs: [{job_name: a, static_configs: [{targets: [b:1, c:2]}]}]\n',
    );
    expect(await ferula('check', 'config', path('good.yml'))).toEqual({
      code: 0,
      out: `Checking ${path('good.yml')}\n  SUCCESS: ${path('good.yml')} is a valid configuration: 1 job, 2 static targets, own metrics every 5 s\n`,
      err: '',
    });
  });

  it('prints every error, with exit code 1', async () => {
    writeFileSync(path('bad.yml'), 'wat: 1\nscrape_configs: [{}]\n');
    const { code, err } = await ferula('check', 'config', path('bad.yml'));
    expect(code).toBe(1);
    expect(err).toMatch(
      /FAILED: 2 errors\n.*:1:1: unknown key "wat".*\n.*:2:18: scrape_configs\[0\]: job_name is missing\n$/,
    );
  });
});

describe('ferula check config looks at the files that it names', () => {
  beforeAll(() => {
    writeFileSync(path('sd.json'), '[{"targets": "a:1"}]');
    writeFileSync(path('wrong.rules'), 'groups: [{name: a, rules: [{record: x, expr: "sum("}]}]');
    writeFileSync(
      path('names.yml'),
      'rule_files: [wrong.rules, none.rules, "no*.rules"]\n' +
        'scrape_configs:\n' +
        '  - {job_name: a, bearer_token_file: none, file_sd_configs: [{files: [sd.json, later.json]}]}\n',
    );
  });

  it('and says what is wrong with them', async () => {
    const { code, out, err } = await ferula('check', 'config', path('names.yml'));
    expect(code).toBe(1);
    expect(out).toContain(`NOTE: no target file matches ${path('later.json')} yet`);
    expect(err.replaceAll(`${folder}/`, '')).toBe(`  FAILED: 3 errors
  names.yml: rule_files: none.rules does not exist
  names.yml: job "a": none cannot be read
  names.yml: job "a": sd.json: group 0: targets: expected a list of texts such as "host:9100"
  FAILED: one error
  wrong.rules:1:46: groups[0].rules[0].expr: 1:5: parse error: unclosed left parenthesis
`);
  });

  it('but not with --syntax-only', async () => {
    expect(await ferula('check', 'config', '--syntax-only', path('names.yml'))).toMatchObject({
      code: 0,
      err: '',
    });
  });
});

describe('ferula check rules', () => {
  const good = 'groups: [{name: a, rules: [{record: x, expr: up}, {alert: B, expr: up == 0}]}]';
  const twice = 'groups: [{name: a, rules: [{record: x, expr: up}, {record: x, expr: up}]}]';

  it('counts the rules of good files', async () => {
    writeFileSync(path('good.rules'), good);
    expect(await ferula('check', 'rules', path('good.rules'))).toEqual({
      code: 0,
      out: `Checking ${path('good.rules')}\n  SUCCESS: 2 rules found\n`,
      err: '',
    });
  });

  it('looks at every file, and fails for one that is wrong or missing', async () => {
    const { code, out, err } = await ferula('check', 'rules', path('none.rules'), path('good.rules'));
    expect([code, out.includes('2 rules found')]).toEqual([1, true]);
    expect(err).toContain('none.rules: cannot be read');
  });

  it.each([
    [good, [], 0],
    ['groups: [{}]', [], 1],
    [twice, [], 0],
    [twice, ['--lint-fatal'], 3],
    [twice, ['--lint-fatal', '--lint=none'], 0],
    [good, ['--lint=wat'], 2],
  ])('%s %j: exit code %i', async (text, flags, code) => {
    expect((await ferulaReading(text, 'check', 'rules', ...flags)).code).toBe(code);
  });
});

describe('ferula check metrics', () => {
  it.each([
    ['# HELP a_total x\n# TYPE a_total counter\na_total 1\n', 0, ''],
    ['a 1\n', 3, 'a no help text\n'],
    ['foo bar\n', 1, 'error while linting: line 1: expected a number as value: "foo bar"\n'],
  ])('%j: exit code %i', async (text, code, err) => {
    expect(await ferulaReading(text, 'check', 'metrics')).toEqual({ code, out: '', err });
  });
});

describe('ferula check web-config', () => {
  it('tells good from bad', async () => {
    writeFileSync(path('web.yml'), 'http_server_config: {http2: false}');
    expect(await ferula('check', 'web-config', path('web.yml'))).toEqual({
      code: 0,
      out: `Checking ${path('web.yml')}\n  SUCCESS: ${path('web.yml')} is a valid web configuration: no TLS, no login\n`,
      err: '',
    });
    writeFileSync(path('web.yml'), 'tls_server_config: {cert_file: a, key_file: b}');
    const { code, err } = await ferula('check', 'web-config', path('web.yml'));
    expect(code).toBe(1);
    expect(err).toBe(
      `  FAILED: one error\n  ${path('web.yml')}: tls_server_config: unable to read ${path('a')}: ENOENT\n`,
    );
  });
});

describe('ferula check', () => {
  it('has a help of its own for each check', async () => {
    expect((await ferula('check', 'rules', '--help')).out).toContain('--lint-fatal');
    expect((await ferula('check', '--help')).out).toMatch(
      /config[\s\S]*rules[\s\S]*metrics[\s\S]*web-config/,
    );
    expect(await ferula('check')).toMatchObject({ code: 2, out: '' });
  });
});

describe('ferula query', () => {
  beforeAll(() => {
    const store = openStore(path('store.db'));
    const writer = store.writer();
    const now = Date.now();
    const id = writer.seriesId(['__name__', 'orders', 'shop', 'north']);
    writer.appendSamples(
      Int32Array.of(id, id),
      Float64Array.of(now - 30_000, now - 1000),
      Float64Array.of(41, 42.5),
      2,
    );
    writer.commit();
    store.close();
  });

  it('prints a series a line', async () => {
    const { code, out, err } = await ferula('query', '--storage.path', path('store.db'), 'orders');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^orders\{shop="north"\} => 42\.5 @\[\d+(\.\d+)?\]\n$/);
  });

  it('prints the JSON of the API', async () => {
    const { out } = await ferula('query', '--json', '--time=1', '--storage.path', path('store.db'), '1 + 1');
    expect(JSON.parse(out)).toMatchObject({
      status: 'success',
      data: { resultType: 'scalar', result: [1, '2'] },
    });
  });

  it('tells what is wrong with a query or a file, with exit code 1', async () => {
    const wrong = await ferula('query', '--storage.path', path('store.db'), 'orders +');
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toMatch(/^ferula: bad_data: .*parse error.*\n$/);
    const missing = await ferula('query', '--storage.path', path('none.db'), 'orders');
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.err).toMatch(/^ferula: .*none\.db.*\n$/);
  });
});

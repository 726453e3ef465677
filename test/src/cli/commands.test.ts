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

function ferula(...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, [MAIN, ...args], (error, out, err) => {
      done({ code: error ? Number(error.code) : 0, out, err });
    });
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

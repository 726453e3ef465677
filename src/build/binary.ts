// Builds dist/ferula: one executable with Node, the bundled program, the SQLite addon and the pages inside
// (Node's single executable applications).
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { DIST, TOP } from './paths.ts';

const WORK = join(DIST, 'binary');
const OUTPUT = join(DIST, 'ferula');

/** What libraries load, or carry along, for things that Ferula does without. */
const LEFT_OUT = [
  '@opentelemetry/api', // prom-client's, for exemplars
  '@fastify/ajv-compiler', // fastify's, for routes with schemas
  '@fastify/fast-json-stringify-compiler',
  'light-my-request', // fastify's, for tests
];

export async function buildBinary(): Promise<void> {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  // A thread's script holds its own part of the program only: text and compiled code are memory in each thread.
  const main = await bundle('main', 'src/binary.ts', ['./ingest.ts', './read.ts']);
  const ingest = await bundle('ingest', 'src/threads/worker.ts', ['./read.ts']);
  const read = await bundle('read', 'src/threads/worker.ts', ['./ingest.ts']);
  const node = strippedNode();
  const config = {
    main,
    executable: node,
    output: OUTPUT,
    disableExperimentalSEAWarning: true,
    // Compiled code beside the source: the program is up about a third sooner.
    useCodeCache: true,
    // A user's arguments are the program's own, not Node's.
    execArgvExtension: 'none',
    execArgv: ['--no-warnings', '--max-semi-space-size=1'],
    assets: { 'ingest.js': ingest, 'read.js': read, 'sqlite.node': addon(), ...uiAssets() },
  };
  writeFileSync(join(WORK, 'sea.json'), JSON.stringify(config));
  rmSync(OUTPUT, { force: true });
  execFileSync(process.execPath, ['--build-sea', join(WORK, 'sea.json')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  chmodSync(OUTPUT, 0o755);
  rmSync(WORK, { recursive: true });
  process.stderr.write(`dist/ferula: ${(statSync(OUTPUT).size / 1e6).toFixed(0)} MB\n`);
}

/** One thread's program as one CommonJS script, without the modules named in `without`. */
async function bundle(name: string, entry: string, without: string[] = []): Promise<string> {
  const outfile = join(WORK, `${name}.js`);
  await build({
    entryPoints: [join(TOP, entry)],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    external: without,
    alias: Object.fromEntries(LEFT_OUT.map((name) => [name, join(TOP, 'src/build/left-out.ts')])),
    legalComments: 'none',
    logLevel: 'warning',
    // The bundle has no file of its own; only paths beside the source would be made of this, and it has none of them.
    define: { 'import.meta.url': '"file:///ferula.js"' },
  });
  return outfile;
}

/** A copy of the running Node without symbols, which saves a fifth of its size; the plain one where `strip` is missing. */
function strippedNode(): string {
  const copy = join(WORK, 'node');
  copyFileSync(process.execPath, copy);
  chmodSync(copy, 0o755);
  if (process.platform !== 'linux') return copy;
  try {
    execFileSync('strip', [copy], { stdio: 'ignore' });
  } catch {
    process.stderr.write("strip is not installed: dist/ferula keeps Node's symbols (30 MB more)\n");
    copyFileSync(process.execPath, copy);
  }
  return copy;
}

/** The SQLite addon that better-sqlite3 ships for this platform. */
function addon(): string {
  const folder = join(TOP, 'node_modules/better-sqlite3/prebuilds');
  const libc =
    process.platform === 'linux' && !existsSync('/lib/ld-musl-x86_64.so.1') ? 'linux' : 'linuxmusl';
  const platform = process.platform === 'linux' ? libc : process.platform;
  return join(folder, `${platform}-${process.arch}.node`);
}

function uiAssets(): Record<string, string> {
  const folder = join(DIST, 'ui');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [`ui/${relative(folder, path)}`, path]));
}

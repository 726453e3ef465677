// Builds the browser pages into dist/ui: hashed bundles with brotli and gzip variants beside them, index.html with
// the critical style and the first-request script inline, and manifest.json, from which the server reads what to
// serve. Run as `node src/build/ui.ts`, or call buildUi from the whole build.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type BuildOptions, build, type Metafile } from 'esbuild';

const top = fileURLToPath(new URL('../..', import.meta.url));
const source = join(top, 'web/ui');

/** The inline script runs before anything else, so it stays within one network packet together with the page. */
const bootBytesMax = 1024;

/** dist/ui/manifest.json. Sizes in bytes; every file but the index has a hash in its name and never changes. */
export interface UiManifest {
  /** The page's template, to be answered for every page: each `__NONCE__` is replaced by the answer's nonce. */
  readonly index: 'index.html';
  /** By path relative to dist/ui, which is also the path under the prefix. `.br` and `.gz` variants lie beside. */
  readonly files: Readonly<
    Record<
      string,
      { readonly type: string; readonly bytes: number; readonly br: number; readonly gz: number }
    >
  >;
}

const types: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

const shared: BuildOptions = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2024',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  charset: 'utf8',
  absWorkingDir: top,
  logLevel: 'warning',
};

/** Builds into `outDir` (emptied first) and returns the manifest that it wrote there. */
export async function buildUi(outDir: string = join(top, 'dist/ui')): Promise<UiManifest> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(join(outDir, 'assets'), { recursive: true });
  const bundle = await build({
    ...shared,
    entryPoints: { main: join(source, 'main.tsx'), style: join(source, 'css/style.css') },
    outdir: join(outDir, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    splitting: true,
    metafile: true,
  });
  const assets = (await readdir(join(outDir, 'assets'))).sort();
  const named = (start: string) => `assets/${assets.find((name) => name.startsWith(start))}`;
  await writeFile(
    join(outDir, 'index.html'),
    await indexHtml({ script: named('main-'), style: named('style-') }),
  );
  await writeFile(join(outDir, 'assets/licenses.txt'), await licenses(bundle.metafile));
  const files: Record<string, UiManifest['files'][string]> = {};
  for (const name of [...assets, 'licenses.txt'])
    files[`assets/${name}`] = await compress(join(outDir, 'assets', name));
  const manifest: UiManifest = { index: 'index.html', files };
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** The template with the addresses of the bundle, the critical style and the inline script filled in. */
async function indexHtml(at: { script: string; style: string }): Promise<string> {
  const inline = async (entry: string) => {
    const entryPoints = [join(source, entry)];
    // Without the project's settings esbuild adds no "use strict", which this script does not need.
    const made = await build({ ...shared, entryPoints, write: false, format: 'iife', tsconfigRaw: {} });
    return made.outputFiles[0]!.text.trim();
  };
  const [boot, critical] = await Promise.all([inline('boot.ts'), inline('css/critical.css')]);
  if (Buffer.byteLength(boot) > bootBytesMax)
    throw new Error(
      `Inline script has ${Buffer.byteLength(boot)} bytes, at most ${bootBytesMax} are allowed`,
    );
  // The server writes a fresh nonce into every answer.
  const nonce = 'nonce="__NONCE__"';
  const assets = [
    `<script ${nonce}>${boot}</script>`,
    `<style ${nonce}>${critical}</style>`,
    `<link rel="stylesheet" href="./${at.style}">`,
    `<script type="module" src="./${at.script}" ${nonce}></script>`,
  ].join('\n');
  const template = await readFile(join(source, 'index.html'), 'utf8');
  return template.replace('<!-- assets -->', () => assets).replace(/<!--.*?-->\n/s, '');
}

/** Writes the compressed variants of a file beside it. */
async function compress(path: string): Promise<UiManifest['files'][string]> {
  const bytes = await readFile(path);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: 11 },
    }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
  const type = types[basename(path).split('.').pop()!]!;
  return { type, bytes: bytes.length, br: br.length, gz: gz.length };
}

/** The licences of all packages whose code is in the bundles, since minifying takes their notices out. */
async function licenses(metafile: Metafile): Promise<string> {
  const names = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) names.add(name);
  }
  const texts: string[] = [];
  for (const name of [...names].sort()) {
    const folder = join(top, 'node_modules', name);
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const { license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      license: string;
    };
    const text = file ? await readFile(join(folder, file), 'utf8') : '';
    texts.push(`${name} (${license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

if (import.meta.main) {
  const { files } = await buildUi();
  for (const [name, { bytes, br }] of Object.entries(files))
    process.stdout.write(
      `${name}: ${(bytes / 1000).toFixed(1)} kB, ${(br / 1000).toFixed(1)} kB on the wire\n`,
    );
}

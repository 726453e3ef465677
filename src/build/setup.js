// Makes a fresh clone ready to run: installs the packages that the lock file names, and with --ui builds the browser
// pages. Does neither where it is done already. Plain JavaScript without dependencies, because it runs on whatever
// Node (20 or newer) the machine has, before the pinned one is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../..', import.meta.url));
const pinnedNode = join(top, 'node_modules/.bin/node');

/**
 * Whether node_modules holds what the lock file names. npm writes a lock file of its own there when it has done
 * everything, so neither an interrupted installation nor one by hand needs a mark of ours.
 */
function isInstalled() {
  if (!existsSync(join(top, 'node_modules/.package-lock.json')) || !existsSync(pinnedNode)) return false;
  const packages = (file) => JSON.parse(readFileSync(join(top, file), 'utf8')).packages;
  const installed = packages('node_modules/.package-lock.json');
  return Object.entries(packages('package-lock.json')).every(([path, { version, optional }]) => {
    const found = installed[path];
    // What is optional and missing is made for another platform.
    return path === '' || (found ? found.version === version : optional);
  });
}

/** Whether the pages are newer than everything they are made of; their manifest is written last. */
function areThePagesBuilt() {
  const manifest = join(top, 'dist/ui/manifest.json');
  if (!existsSync(manifest)) return false;
  const builtMs = statSync(manifest).mtimeMs;
  const source = join(top, 'web/ui');
  // A folder's time changes when something in it is added or removed.
  const inside = readdirSync(source, { recursive: true }).map((name) => join(source, name));
  const inputs = [join(top, 'package-lock.json'), join(top, 'src/build/ui.ts'), source, ...inside];
  return inputs.every((path) => statSync(path).mtimeMs <= builtMs);
}

function run(what, command, args) {
  process.stderr.write(`${what} …\n`);
  const { status, error } = spawnSync(command, args, { cwd: top, stdio: ['ignore', 2, 'inherit'] });
  if (status !== 0)
    fail(`${what} failed: ${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (!isInstalled()) {
  // No package's scripts but one: some npm versions would compile better-sqlite3, which brings its binaries along.
  // Only errors are shown: which Node a package wants does not matter, everything below runs on the pinned one.
  run('Installing packages', 'npm', ['ci', '--ignore-scripts', '--include=dev', '--loglevel=error']);
  run('Installing Node.js', 'npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (spawnSync(pinnedNode, ['--version'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
    fail(`${pinnedNode} does not run: it needs macOS, or Linux with glibc, libstdc++ and libatomic`);
}
if (process.argv.includes('--ui') && !areThePagesBuilt())
  run('Building the pages', pinnedNode, [join(top, 'src/build/ui.ts')]);

// Makes a fresh clone ready to run: installs the packages when the lock file changed since the last install,
// and with --ui builds the browser pages when their sources changed. Plain JavaScript without dependencies,
// because it runs on whatever Node (20 or newer) the machine has, before the pinned one is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../..', import.meta.url));
const pinnedNode = join(top, 'node_modules/.bin/node');

/** Digest of files (folders are walked), so that a stamp tells whether anything changed. */
function digest(...paths) {
  const hash = createHash('sha256');
  const add = (path) => hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
  for (const path of paths) {
    const entries = path.endsWith('/') ? readdirSync(path, { recursive: true, withFileTypes: true }) : null;
    if (!entries) add(path);
    else
      for (const name of entries
        .filter((e) => e.isFile())
        .map((e) => join(e.parentPath, e.name))
        .sort())
        add(name);
  }
  return hash.digest('hex');
}

/** Runs `make` unless the stamp file already holds this digest; writes the stamp afterwards. */
function once(stampFile, wanted, make) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  make();
  writeFileSync(stampFile, wanted);
}

function run(what, command, args) {
  process.stderr.write(`${what} …\n`);
  const result = spawnSync(command, args, { cwd: top, stdio: ['ignore', 2, 'inherit'] });
  if (result.status === 0) return;
  process.stderr.write(
    `${what} failed: ${command} ${args.join(' ')} ${result.error ?? `exited with ${result.status}`}\n`,
  );
  process.exit(1);
}

const lock = digest(join(top, 'package-lock.json'));
once(join(top, 'node_modules/.ferula-stamp'), existsSync(pinnedNode) ? lock : '', () =>
  // The engine warnings of an older Node are of no concern: everything below runs on the pinned one.
  run('Installing packages', 'npm', ['ci', '--loglevel=error']),
);
writeFileSync(join(top, 'node_modules/.ferula-stamp'), lock);

if (process.argv.includes('--ui')) {
  const sources = digest(
    join(top, 'package-lock.json'),
    join(top, 'src/build/ui.ts'),
    `${join(top, 'web/ui')}/`,
  );
  once(join(top, 'dist/ui/.stamp'), sources, () =>
    run('Building the pages', pinnedNode, [join(top, 'src/build/ui.ts')]),
  );
}

// The import direction that keeps the rooms apart: web/api → src → query → storage, and no way back.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TOP = fileURLToPath(new URL('..', import.meta.url));

/** Which prefixes a folder's files may import from, first match wins; everything else of ours is refused. */
const RULES: readonly { readonly from: RegExp; readonly may: RegExp }[] = [
  { from: /^storage\/codec\//, may: /^storage\/(codec\/|errors\.ts)/ },
  { from: /^storage\//, may: /^storage\// },
  { from: /^query\/math\//, may: /^query\/math\// },
  { from: /^query\/lang\//, may: /^(query\/(lang\/|math\/|result\.ts)|storage\/model\/)/ },
  { from: /^query\//, may: /^(query\/|storage\/(model\/|source\.ts))/ },
  { from: /^src\/app\.ts$/, may: /^(src|query|storage|web\/api)\// },
  { from: /^src\/build\//, may: /^src\/build\// },
  { from: /^src\//, may: /^(src\/|query\/|storage\/(index|sink|source)\.ts|storage\/model\/)/ },
  // Not query's door: it would bring parser and engine into the thread that talks HTTP.
  { from: /^web\/api\//, may: /^(web\/api\/|src\/|query\/lang\/duration\.ts)/ },
  { from: /^web\/ui\//, may: /^web\/ui\// },
];

/** Folders of src that do not know each other: they meet in src/app.ts and src/threads/. */
const SIBLINGS = ['cli', 'config', 'discovery', 'notify', 'promqltest', 'push', 'remote', 'rules', 'scrape'];
/** What every sibling may import all the same: the types that describe the configuration. */
const SHARED = /^src\/(config\/config\.ts|discovery\/discovery\.ts)$/;
/** The command line is a composition root too: each command wires what it needs. */
const ROOTS = new Set(['cli']);

const PURE = /^(storage\/codec|query\/math|query\/lang)\//;

interface Import {
  readonly file: string;
  readonly target: string;
  readonly own: boolean;
}

function sources(): string[] {
  return ['src', 'query', 'storage', 'web']
    .flatMap((folder) =>
      readdirSync(join(TOP, folder), { recursive: true, withFileTypes: true }).map((entry) =>
        relative(TOP, join(entry.parentPath, entry.name)),
      ),
    )
    .filter((name) => /\.tsx?$/.test(name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(TOP, file), 'utf8');
  return [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/g),
  ].map((match) => {
    const target = match[1] ?? match[2];
    const own = target.startsWith('.');
    return { file, target: own ? relative(TOP, join(TOP, dirname(file), target)) : target, own };
  });
}

const IMPORTS = sources().flatMap(importsOf);

function violations(imports: readonly Import[]): string[] {
  return imports
    .filter(({ file, target, own }) => {
      if (!own) return PURE.test(file) && target.startsWith('node:');
      const rule = RULES.find(({ from }) => from.test(file));
      if (!rule?.may.test(target)) return true;
      const [, home] = /^src\/(\w+)\//.exec(file) ?? [];
      const [, other] = /^src\/(\w+)\//.exec(target) ?? [];
      const strangers =
        home !== other && SIBLINGS.includes(home) && SIBLINGS.includes(other) && !ROOTS.has(home);
      return strangers && !SHARED.test(target);
    })
    .map(({ file, target }) => `${file} imports ${target}`);
}

describe('import direction', () => {
  it('reads the import lines of every source file', () => {
    expect(IMPORTS.length).toBeGreaterThan(100);
    expect(IMPORTS).toContainEqual({
      file: 'storage/source.ts',
      target: 'storage/model/matcher.ts',
      own: true,
    });
  });

  it('is kept by every file', () => {
    expect(violations(IMPORTS)).toEqual([]);
  });

  it('would catch a broken one', () => {
    const broken = [
      { file: 'storage/reader.ts', target: 'query/engine.ts', own: true },
      { file: 'query/engine.ts', target: 'storage/store.ts', own: true },
      { file: 'src/scrape/loop.ts', target: 'web/api/server.ts', own: true },
      { file: 'src/scrape/loop.ts', target: 'src/remote/write.ts', own: true },
      { file: 'query/math/rate.ts', target: 'node:fs', own: false },
    ];
    expect(violations(broken)).toHaveLength(broken.length);
  });
});

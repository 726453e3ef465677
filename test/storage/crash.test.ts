// What a killed process leaves behind. SIGKILL keeps what was handed to the operating system, so a copy of the files at
// some statement is what a kill there leaves: copies are made at every statement that writes, opened and compared. Some
// real processes are killed as well, at statements and at random moments.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../storage/index.ts';
import { checkStore, setStatementHook } from '../../storage/index.ts';
import { emptyUnit } from '../../storage/patch.ts';
import { COMMITS, expectedAfter, open, runScenario } from './crash-scenario.ts';
import { readAll, T0, temporaryPath } from './helpers.ts';
import { random } from './model.ts';

const CHILD = new URL('crash-child.ts', import.meta.url).pathname;

/** What is wrong with a store after so many acknowledged commits; `orOneMore`: the next may have been committed too. */
function faults(path: string, commits: number, orOneMore: boolean): string[] {
  const store = open(path);
  const reader = store.reader();
  const found = Object.entries(readAll(reader)).map(
    ([series, list]) => `${series} ${list.map(([time]) => time)}`,
  );
  const { damage } = reader;
  store.close();
  const result = checkStore(path);
  const list = damage.count > 0 ? [...result.problems, damage.message] : [...result.problems];
  const candidates = orOneMore ? [commits, commits + 1] : [commits];
  const difference = candidates.map((n) => compare(n, found.sort(), result.samples));
  return difference.includes('') ? list : [...list, ...difference];
}

function compare(commits: number, found: string[], samples: number): string {
  const expected = expectedAfter(commits);
  const lines = [...expected].map(([series, times]) => `${series} ${times.map((time) => time - T0)}`).sort();
  const missing = lines.filter((line) => !found.includes(line));
  if (missing.length > 0 || found.length !== lines.length)
    return `After ${commits} commits: ${missing.length} series differ`;
  const count = [...expected.values()].reduce((sum, times) => sum + times.length, 0);
  // Readers see a sample once however often it is stored; the check counts.
  return count === samples ? '' : `After ${commits} commits: ${samples} samples are stored, not ${count}`;
}

/** Runs the scenario once and looks at what a kill at each writing statement would leave; stops at the first fault. */
function faultAtAnyStatement(spoil?: (patch: Patch) => Patch): {
  statements: number;
  states: number;
  fault: string;
} {
  const path = temporaryPath();
  const copies = join(dirname(path), 'copies');
  mkdirSync(copies);
  const moments: { folder: string; commits: number; sql: string }[] = [];
  let statements = 0;
  let commits = 0;
  let last = '';
  setStatementHook((sql) => {
    if (/^\s*SELECT/i.test(sql)) return;
    statements++;
    const files = readdirSync(dirname(path))
      .filter((name) => name.startsWith(basename(path)) && !/-(lock|shm)$/.test(name))
      .map((name) => ({ name, bytes: readFileSync(join(dirname(path), name)) }));
    // Inside a transaction most statements leave the files as they were.
    const state = `${commits} ${files.map(({ name, bytes }) => `${name} ${crc32(bytes)}`)}`;
    if (state === last) return;
    last = state;
    const folder = join(copies, String(moments.length));
    mkdirSync(folder);
    for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes);
    moments.push({ folder, commits, sql });
  });
  try {
    runScenario(
      path,
      0,
      (done) => {
        commits = done;
      },
      spoil,
    );
  } finally {
    setStatementHook(null);
  }
  for (const { folder, sql, commits: done } of moments) {
    const [first] = faults(join(folder, basename(path)), done, false);
    if (first !== undefined) return { statements, states: moments.length, fault: `${first} (at ${sql})` };
  }
  return { statements, states: moments.length, fault: '' };
}

/** Runs the scenario in a process of its own until it is killed; answers the commits that it told of. */
function runKilled(path: string, killAt: number, afterMs: number): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, path, String(killAt)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (data) => {
      output += data;
      if (afterMs > 0) timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(output.split('\n').length - 1);
    });
  });
}

describe('a process killed at any statement', () => {
  it('loses nothing acknowledged and doubles nothing', () => {
    const result = faultAtAnyStatement();
    expect(result.fault).toBe('');
    expect(result.statements).toBeGreaterThan(500);
    expect(result.states).toBeGreaterThan(COMMITS);
  }, 120_000);

  it.each<[string, (patch: Patch) => Patch]>([
    [
      'watermark before pages',
      (patch) => ({
        ...patch,
        units: patch.units.flatMap((unit) => [
          { ...emptyUnit(), folded: unit.folded },
          { ...unit, folded: [] },
        ]),
      }),
    ],
    [
      'pages before watermark',
      (patch) => ({
        ...patch,
        units: patch.units.flatMap((unit) => [
          { ...unit, folded: [] },
          { ...emptyUnit(), folded: unit.folded },
        ]),
      }),
    ],
    [
      'old pages removed before new ones are there',
      (patch) => ({
        ...patch,
        units: patch.units.flatMap((unit) => [
          { ...emptyUnit(), removed: unit.removed },
          { ...unit, removed: [] },
        ]),
      }),
    ],
  ])(
    'would be caught with a broken build: %s',
    (_, spoil) => {
      expect(faultAtAnyStatement(spoil).fault).not.toBe('');
    },
    120_000,
  );

  it('also when the process is a real one', async () => {
    for (let killAt = 40; killAt < 1500; killAt += 211) {
      const path = temporaryPath();
      const commits = await runKilled(path, killAt, 0);
      expect(commits).toBeLessThan(COMMITS);
      expect(faults(path, commits, true)).toEqual([]);
    }
  }, 60_000);
});

describe('a process killed at a random moment', () => {
  it('loses nothing acknowledged and doubles nothing', async () => {
    const next = random(7);
    for (let run = 0; run < 20; run++) {
      const path = temporaryPath();
      const commits = await runKilled(path, 0, 1 + Math.floor(next() * 150));
      expect(faults(path, commits, true)).toEqual([]);
    }
  }, 120_000);
});

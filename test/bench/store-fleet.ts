// A program of its own, so that its memory is its own: writes 100,000 series at one row a second, folds and merges beside it,
// and prints as JSON what that cost. Argument: path of the store; seconds.
import { readFileSync } from 'node:fs';
import {
  applyWhole,
  Checkpointer,
  computeFold,
  computeMerge,
  FoldTrigger,
  openStore,
} from '../../storage/index.ts';

const TARGETS = 100;
const WIDTH = 1000;
const T0 = Date.UTC(2026, 0, 1);
const [path, seconds] = [process.argv[2], Number(process.argv[3])];

let nowMs = T0;
const store = openStore(path, { now: () => nowMs });
const writer = store.writer();
const reader = store.reader();
const checkpointer = new Checkpointer(path);
const trigger = new FoldTrigger({ ageMs: 5 * 60_000, journalBytes: 64 * 2 ** 20 });
const layouts: number[] = [];
const rows: Float64Array[] = [];
for (let t = 0; t < TARGETS; t++) {
  const ids = new Int32Array(WIDTH);
  for (let i = 0; i < WIDTH; i++)
    ids[i] = writer.seriesId([
      '__name__',
      `m_${i >> 2}_total`,
      'code',
      `${i & 3}`,
      'instance',
      `host-${t}`,
      'job',
      'node',
    ]);
  layouts.push(writer.layoutId(ids));
  rows.push(Float64Array.from(ids, (id) => (id * 7919) % 100_000));
}
writer.commit();
const startCpu = process.cpuUsage();
const startWritten = written();
let samples = 0;
for (let k = 0; k < seconds; k++) {
  nowMs += 1000;
  for (let t = 0; t < TARGETS; t++) {
    const row = rows[t];
    for (let j = 0; j < 300; j++) row[(j * 7 + t) % WIDTH] += (j + k) % 17;
    samples += writer.appendRow(layouts[t], nowMs + t, row).appended;
  }
  writer.commit();
  checkpointer.checkpoint();
  if (k % 10 === 0 && trigger.isDue(reader, nowMs)) fold();
}
fold();
for (let patch = computeMerge(reader, { nowMs, all: true }); patch; ) {
  applyWhole(writer, patch);
  patch = computeMerge(reader, { nowMs, all: true });
}
while (writer.collect());
checkpointer.checkpoint();
const { user, system } = process.cpuUsage(startCpu);
process.stdout.write(
  JSON.stringify({
    cpuNanoseconds: ((user + system) * 1000) / samples,
    writtenBytes: (written() - startWritten) / samples,
    residentMiB: status('VmRSS') / 1024,
    peakMiB: status('VmHWM') / 1024,
  }),
);
checkpointer.close();
store.close();

function fold(): void {
  for (let patch = computeFold(reader); patch; patch = computeFold(reader)) applyWhole(writer, patch);
  while (writer.collect());
}

function written(): number {
  return Number(/^wchar: (\d+)$/m.exec(read('/proc/self/io'))?.[1] ?? 0);
}

function status(key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(read('/proc/self/status'))?.[1] ?? 0);
}

/** Only Linux tells. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

// Ferula against an installed Prometheus 2.x: the same samples by remote write, hundreds of random queries, the same
// answers. What the versions do not agree on is left out and listed in test/support/differential-queries.ts.
//   FERULA_SEED=7 FERULA_QUERIES=5000   asks others, and more
import { expect, it } from 'vitest';
import { ask, difference, type Moment, olderWords, startPair } from '../support/differential.ts';
import { differentialData, seeded } from '../support/differential-data.ts';
import { randomQuery } from '../support/differential-queries.ts';
import { needProgram } from '../support/programs.ts';

const SEED = Number(process.env.FERULA_SEED ?? 20_261_120);
const QUERIES = Number(process.env.FERULA_QUERIES ?? 600);

/** Later complaints are mostly of the same kind. */
const SHOWN = 20;

it(`answers ${QUERIES} random queries as Prometheus does`, {
  timeout: 60_000 + QUERIES * 100,
}, async (context) => {
  const pair = await startPair(needProgram(context, 'prometheus'));
  const complaints: string[] = [];
  try {
    const random = seeded(SEED);
    const endMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    await pair.write({ series: differentialData(random, endMs) });
    for (let i = 0; i < QUERIES && complaints.length < SHOWN; i++) {
      const { query, isExact } = randomQuery(random, endMs + 500);
      const moment = randomMoment(random, endMs + 500);
      const [got, wanted] = await Promise.all([
        ask(pair.ferula, query, moment),
        ask(pair.prometheus, olderWords(query), moment),
      ]);
      const isOrdered = /^sort/.test(query);
      const complaint = difference(got, wanted, { isExact, isOrdered });
      if (complaint !== null)
        complaints.push(`${query}\n  asked for ${JSON.stringify(moment)}: ${complaint}`);
    }
  } finally {
    await pair.stop();
  }
  expect(complaints.join('\n'), `seed ${SEED}`).toBe('');
});

/** One time, or up to 40 steps, all on half seconds. */
function randomMoment(random: () => number, endMs: number): Moment {
  const end = (endMs - Math.floor(random() * 3600) * 1000) / 1000;
  if (random() < 0.4) return { time: end };
  const step = [1, 15, 60, 60, 61, 300, 1000][Math.floor(random() * 7)];
  return { start: end - step * Math.floor(random() * 40), end, step };
}

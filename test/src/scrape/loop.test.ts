// One target over time, on a clock turned by hand: when it is scraped, what each scrape stores, what ends when.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BodyLimitError } from '../../../src/scrape/body-buffer.ts';
import { createCounters } from '../../../src/scrape/counters.ts';
import { DurationsSeen } from '../../../src/scrape/durations-seen.ts';
import { createSharedTools } from '../../../src/scrape/exposition.ts';
import { createFailureLogs } from '../../../src/scrape/failure-log.ts';
import { type LoopSettings, ScrapeLoop } from '../../../src/scrape/loop.ts';
import { SeriesBudget } from '../../../src/scrape/series-budget.ts';
import { SeriesLimitError } from '../../../storage/index.ts';
import type { Labels } from '../../../storage/model/labels.ts';
import { createManualClock } from '../../support/clock.ts';
import { createFakeSink } from './fake-sink.ts';

const ORIGIN = 1_700_000_000_000;

const SETTINGS: LoopSettings = {
  name: 'test',
  intervalMs: 10_000,
  timeoutMs: 5000,
  offsetMs: 0,
  honorLabels: false,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  sampleLimit: 0,
  seriesBudget: null,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  legacyNames: false,
  extraScrapeMetrics: false,
  metricRelabel: (labels) => labels,
  labelsKey: '',
  format: () => 'text',
  failureLogFile: '',
  forcedError: '',
};

/** What the target answers: text, an error, or one of them after so many milliseconds. */
type Answer = string | Error | { readonly afterMs: number; readonly answer: string | Error };

function setUp(settings: Partial<LoopSettings> = {}) {
  const clock = createManualClock(ORIGIN);
  const sink = createFakeSink(ORIGIN);
  const counters = createCounters();
  const logged: string[] = [];
  const intervals = new DurationsSeen();
  const answers: { next: Answer } = { next: 'a 1\n' };
  const fetchedAt: number[] = [];
  let commits = 0;
  const makeFetcher = () => {
    let cancel = (_error: Error): void => {};
    return {
      async fetch() {
        fetchedAt.push((clock.now() - ORIGIN) / 1000);
        const answer = answers.next;
        const given = typeof answer === 'object' && 'afterMs' in answer ? answer.answer : answer;
        if (typeof answer === 'object' && 'afterMs' in answer) {
          await new Promise<void>((resolve, reject) => {
            cancel = reject;
            clock.setTimeout(resolve, answer.afterMs);
          });
        }
        if (given instanceof Error) throw given;
        const length = Buffer.byteLength(given);
        const bytes = Buffer.alloc(length + 1, given);
        return { bytes, length, contentType: 'text/plain', release: () => {} };
      },
      close: () => cancel(new Error('scrape cancelled')),
    };
  };
  const failureLogs = createFailureLogs((_, error) => logged.push(error.message));
  const loop = new ScrapeLoop(
    {
      clock,
      sink,
      requestCommit: () => commits++,
      counters,
      tools: createSharedTools(),
      failureLogs,
      intervals,
      largestSource: () => 'other (9)',
      log: (level, message, details) =>
        logged.push(`${level} ${message} ${details?.error ?? details?.num_dropped ?? ''}`),
    },
    ['instance', 'i', 'job', 'j'],
    { ...SETTINGS, ...settings },
    makeFetcher(),
  );
  /** Moves to a second and gives the samples stored up to then; synthetic ones only `up`. */
  const until = async (second: number): Promise<string[]> => {
    await clock.advance(ORIGIN + second * 1000 - clock.now());
    return sink.take().filter((line) => !/ scrape_/.test(line));
  };
  return {
    clock,
    sink,
    counters,
    intervals,
    logged,
    answers,
    fetchedAt,
    loop,
    until,
    makeFetcher,
    failureLogs,
    commits: () => commits,
  };
}

describe('the schedule', () => {
  it('has a first scrape at once and then slots of its own', async () => {
    const { loop, until, fetchedAt } = setUp({ offsetMs: 3000 });
    loop.start(500);
    await until(25);
    expect(fetchedAt).toEqual([0.5, 3, 13, 23]);
  });

  it('has no extra first scrape right before a slot', async () => {
    const { loop, until, fetchedAt } = setUp({ offsetMs: 1000 });
    loop.start(500);
    await until(25);
    expect(fetchedAt).toEqual([1, 11, 21]);
  });

  it('does not drift with slow scrapes, and skips slots that a scrape covers', async () => {
    const { loop, until, fetchedAt, answers } = setUp();
    answers.next = { afterMs: 4000, answer: 'a 1\n' };
    loop.start(Number.POSITIVE_INFINITY);
    await until(35);
    expect(fetchedAt).toEqual([10, 20, 30]);
    answers.next = { afterMs: 25_000, answer: 'a 1\n' };
    await until(105);
    expect(fetchedAt).toEqual([10, 20, 30, 40, 70, 100]);
  });

  it('uses a slot late that passed just before the scrape ended', async () => {
    const { loop, until, fetchedAt, answers } = setUp();
    answers.next = { afterMs: 10_004, answer: new Error('timed out') };
    loop.start(Number.POSITIVE_INFINITY);
    await until(15);
    answers.next = 'a 1\n';
    await until(45);
    expect(fetchedAt).toEqual([10, 20.004, 30, 40]);
  });

  it('snaps times within 2 ms of the slot to it, early and late', async () => {
    for (const [lateness, time] of [
      [2, 10],
      [-2, 10],
      [3, 10.003],
    ]) {
      const { loop, until, clock } = setUp();
      clock.lateness(lateness);
      loop.start(Number.POSITIVE_INFINITY);
      await until(15);
      expect(loop.state.lastScrapeMs).toBe(ORIGIN + time * 1000);
    }
  });

  it('follows the clock when it is set', async () => {
    const { loop, until, clock, fetchedAt } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    clock.step(3_600_000);
    await clock.advance(20_000);
    expect(fetchedAt).toEqual([10, 3620, 3630]);
    clock.step(-7_200_000);
    await clock.advance(20_000);
    expect(fetchedAt.slice(3)).toEqual([-3550]);
  });

  it('stops, leaving nothing of a scrape that runs', async () => {
    const { loop, until, answers, sink, clock } = setUp();
    answers.next = { afterMs: 2000, answer: 'a 1\n' };
    loop.start(Number.POSITIVE_INFINITY);
    await until(11);
    loop.stop();
    expect(await until(60)).toEqual([]);
    expect(sink.takeAppends()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('goes on after a stop', async () => {
    const { loop, until, fetchedAt } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    loop.stop();
    loop.start(Number.POSITIVE_INFINITY);
    await until(25);
    expect(fetchedAt).toEqual([10, 20]);
  });
});

describe('a scrape', () => {
  it('is one row of its series and the synthetic ones, in one commit', async () => {
    const { loop, until, sink, answers, commits, clock } = setUp();
    answers.next = { afterMs: 250, answer: 'a{x="1"} 1\nb 2\n' };
    loop.start(Number.POSITIVE_INFINITY);
    await clock.advance(12_000);
    expect(sink.take()).toEqual([
      '10 a{x=1} 1',
      '10 b 2',
      '10 up 1',
      '10 scrape_duration_seconds 0.25',
      '10 scrape_samples_scraped 2',
      '10 scrape_samples_post_metric_relabeling 2',
      '10 scrape_series_added 2',
    ]);
    expect(sink.takeAppends()).toEqual(['row 1 @10 ×7']);
    expect(commits()).toBe(1);
    await until(35);
    expect(sink.takeAppends()).toEqual(['row 1 @20 ×7', 'row 1 @30 ×7']);
  });

  it('stores extra metrics where asked', async () => {
    const { loop, clock, sink } = setUp({ extraScrapeMetrics: true, sampleLimit: 7 });
    loop.start(Number.POSITIVE_INFINITY);
    await clock.advance(12_000);
    expect(sink.take().slice(-3)).toEqual([
      '10 scrape_timeout_seconds 5',
      '10 scrape_sample_limit 7',
      '10 scrape_body_size_bytes 4',
    ]);
  });

  it('marks a series stale that is gone, once, and adds one that is new', async () => {
    const { loop, until, answers } = setUp();
    answers.next = 'a 1\nb 2\n';
    loop.start(Number.POSITIVE_INFINITY);
    expect(await until(12)).toEqual(['10 a 1', '10 b 2', '10 up 1']);
    answers.next = 'c 3\nb 2\n';
    expect(await until(22)).toEqual(['20 c 3', '20 b 2', '20 up 1', '20 a stale']);
    expect(await until(32)).toEqual(['30 c 3', '30 b 2', '30 up 1']);
    answers.next = '';
    expect(await until(42)).toEqual(['40 up 1', '40 c stale', '40 b stale']);
    expect(await until(52)).toEqual(['50 up 1']);
  });

  it('that fails ends all series, keeps up at 0 and recovers', async () => {
    const { loop, until, answers, counters, sink } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    answers.next = new Error('no route');
    expect(await until(22)).toEqual(['20 a stale', '20 up 0']);
    expect(await until(32)).toEqual(['30 up 0']);
    expect(loop.state).toMatchObject({
      health: 'down',
      lastError: 'no route',
      lastScrapeMs: ORIGIN + 30_000,
    });
    sink.takeAppends();
    answers.next = 'a 2\n';
    expect(await until(42)).toEqual(['40 a 2', '40 up 1']);
    expect(loop.state).toMatchObject({ health: 'up', lastError: '' });
    expect(sink.takeAppends()).toEqual(['row 1 @40 ×6']);
    expect(counters).toMatchObject({ scrapes: 4, failures: 2 });
  });

  it('that fails after a failure marks only what was stored since', async () => {
    const { loop, until, answers } = setUp();
    answers.next = 'a 1\nb 1\n';
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    answers.next = new Error('x');
    await until(22);
    answers.next = 'a 1\n';
    expect(await until(32)).toEqual(['30 a 1', '30 up 1']);
    answers.next = new Error('x');
    expect(await until(42)).toEqual(['40 a stale', '40 up 0']);
  });

  it('with a broken line stores nothing of the body but counts it', async () => {
    const { loop, clock, sink, answers } = setUp();
    answers.next = 'a 1\nb 2\nc x\n';
    loop.start(Number.POSITIVE_INFINITY);
    await clock.advance(12_000);
    expect(loop.state.lastError).toBe('line 3: expected a number as value: "c x"');
    expect(sink.take().filter((line) => !line.includes('duration'))).toEqual([
      '10 up 0',
      '10 scrape_samples_scraped 2',
      '10 scrape_samples_post_metric_relabeling 2',
      '10 scrape_series_added 2',
    ]);
  });

  it('keeps series with times of their own out of the row and out of staleness', async () => {
    const { loop, until, answers } = setUp();
    answers.next = `a 1 ${ORIGIN + 8000}\nb 2\n`;
    loop.start(Number.POSITIVE_INFINITY);
    expect(await until(12)).toEqual(['10 b 2', '10 up 1', '8 a 1']);
    answers.next = 'b 2\n';
    expect(await until(22)).toEqual(['20 b 2', '20 up 1']);
  });

  it('ends series with times of their own where that is tracked', async () => {
    const { loop, until, answers } = setUp({ trackTimestampsStaleness: true });
    answers.next = `a 1 ${ORIGIN + 8000}\nb 2\n`;
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    answers.next = 'b 2\n';
    expect(await until(22)).toEqual(['20 b 2', '20 up 1', '20 a stale']);
    answers.next = `a 1 ${ORIGIN + 28000}\n`;
    await until(32);
    answers.next = new Error('x');
    expect(await until(42)).toEqual(['40 up 0', '40 a stale']);
  });

  it('lets a target keep a synthetic name that it exposes itself', async () => {
    const { loop, until, answers } = setUp();
    answers.next = 'up 7\n';
    loop.start(Number.POSITIVE_INFINITY);
    expect(await until(12)).toEqual(['10 up 7']);
    answers.next = new Error('x');
    expect(await until(22)).toEqual(['20 up 0']);
  });

  it('hands metadata on when it is new', async () => {
    const { loop, until, answers, sink } = setUp();
    answers.next = '# TYPE a gauge\na 1\n';
    loop.start(Number.POSITIVE_INFINITY);
    await until(35);
    expect(sink.metadata).toEqual([{ metric: 'a', type: 'gauge', help: '', unit: '' }]);
  });

  it('that cannot be stored is reported and does not end the loop', async () => {
    const { loop, until, sink, logged } = setUp();
    sink.failure = new Error('disk full');
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(loop.state).toMatchObject({ health: 'down', lastError: 'scrape could not be stored: disk full' });
    expect(logged).toEqual(['error scrape could not be stored disk full']);
    sink.failure = null;
    expect(await until(22)).toEqual(['20 a 1', '20 up 1']);
  });

  it('that could not be stored leaves the next ones right', async () => {
    const { loop, until, sink, answers } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    answers.next = 'b 1\nc 1\n';
    sink.failure = new Error('disk full');
    await until(22);
    sink.failure = null;
    expect(await until(32)).toEqual(['30 b 1', '30 c 1', '30 up 1']);
  });

  it('that fails is written to the failure log', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ferula-'));
    const file = join(dir, 'failures.log');
    const { loop, until, answers, failureLogs } = setUp({ failureLogFile: file });
    answers.next = new Error('no route');
    loop.start(Number.POSITIVE_INFINITY);
    await until(22);
    failureLogs.close();
    await expect
      .poll(() =>
        readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      )
      .toEqual([
        { time: '2023-11-14T22:13:30.000Z', level: 'ERROR', msg: 'no route', target: 'test' },
        { time: '2023-11-14T22:13:40.000Z', level: 'ERROR', msg: 'no route', target: 'test' },
      ]);
    rmSync(dir, { recursive: true });
  });

  it('counts what the store refuses', async () => {
    const { loop, until, sink, counters } = setUp();
    sink.refusals = { outOfOrder: 1, duplicate: 2, tooOld: 3, tooFarAhead: 4 };
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(counters).toMatchObject({ outOfOrder: 1, duplicate: 2, outOfBounds: 7 });
  });
});

describe('limits', () => {
  it.each<[what: string, settings: Partial<LoopSettings>, message: string]>([
    ['samples', { sampleLimit: 1 }, 'sample limit exceeded (samples: 2, limit: 1)'],
    ['labels', { labelLimit: 3 }, 'label_limit exceeded (metric: b, number of labels: 4, limit: 3)'],
    [
      'label names',
      { labelNameLengthLimit: 10 },
      'label_name_length_limit exceeded (metric: b, label name: a_long_name, length: 11, limit: 10)',
    ],
    [
      'label values',
      { labelValueLengthLimit: 3 },
      'label_value_length_limit exceeded (metric: b, label name: a_long_name, value: "xyzü", length: 5, limit: 3)',
    ],
    ['targets', { forcedError: 'target_limit exceeded' }, 'target_limit exceeded'],
  ])('on %s fail the scrape', async (_, settings, message) => {
    const { loop, until, answers } = setUp({ ...settings });
    answers.next = 'a 1\nb{a_long_name="xyzü"} 2\n';
    loop.start(Number.POSITIVE_INFINITY);
    expect(await until(12)).toEqual(['10 up 0']);
    expect(loop.state.lastError).toBe(message);
  });

  it('on the body are counted', async () => {
    const { loop, until, answers, counters, sink, clock } = setUp({ extraScrapeMetrics: true });
    answers.next = new BodyLimitError('body size limit exceeded');
    loop.start(Number.POSITIVE_INFINITY);
    await clock.advance(12_000);
    expect(counters.exceededBodyLimit).toBe(1);
    expect(sink.take().at(-1)).toBe('10 scrape_body_size_bytes -1');
    await until(13);
  });

  it.each([
    ['{"a.b"} 1\n', 'invalid metric name "a.b"'],
    ['a{"b.c"="d"} 1\n', 'invalid label name "b.c" in a series of a'],
  ])('on names refuse %j', async (body, message) => {
    const { loop, until, answers } = setUp({ legacyNames: true });
    answers.next = body;
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(loop.state.lastError).toBe(message);
  });

  it('refuse a series whose name relabelling took away', async () => {
    const { loop, until } = setUp({ metricRelabel: (labels) => labels.slice(2) });
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(loop.state.lastError).toBe('missing metric name (__name__ label)');
  });
});

describe('new settings', () => {
  it('leave known series known where they make the same labels', async () => {
    const { loop, clock, sink } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await clock.advance(12_000);
    loop.reconfigure({ ...SETTINGS, timeoutMs: 1000, sampleLimit: 10 }, null);
    sink.take();
    await clock.advance(10_000);
    expect(sink.take().at(-1)).toBe('20 scrape_series_added 0');
  });

  it('decide labels anew and end the series that are no more', async () => {
    const { loop, until } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    const metricRelabel = (labels: Labels) => ['__name__', 'b', ...labels.slice(2)];
    loop.reconfigure({ ...SETTINGS, metricRelabel, labelsKey: 'other' }, null);
    expect(await until(22)).toEqual(['20 b 1', '20 up 1', '20 a stale']);
  });

  it('add extra metrics from the next scrape on', async () => {
    const { loop, until, sink, answers } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    loop.reconfigure({ ...SETTINGS, extraScrapeMetrics: true }, null);
    sink.takeAppends();
    answers.next = new Error('x');
    expect(await until(22)).toEqual(['20 a stale', '20 up 0']);
    expect(sink.takeAppends()).toEqual(['row 2 @20 ×9']);
  });

  it('move the schedule with the interval', async () => {
    const { loop, until, fetchedAt } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    loop.reconfigure({ ...SETTINGS, intervalMs: 4000 }, null);
    await until(25);
    expect(fetchedAt).toEqual([10, 16, 20, 24]);
  });

  it('break a running scrape off where the way to the target changed, without a trace', async () => {
    const { loop, until, answers, makeFetcher, counters } = setUp();
    answers.next = { afterMs: 3000, answer: 'a 1\n' };
    loop.start(Number.POSITIVE_INFINITY);
    await until(11);
    answers.next = 'b 1\n';
    loop.reconfigure(SETTINGS, makeFetcher());
    expect(await until(22)).toEqual(['20 b 1', '20 up 1']);
    expect(counters.failures).toBe(0);
  });
});

describe('a series budget', () => {
  const series = (...ids: number[]) => ids.map((id) => `a{id="${id}"} 1\n`).join('');

  it('fails the scrape that goes over it, and takes what it knows', async () => {
    const { loop, until, answers, counters, logged } = setUp({ seriesBudget: new SeriesBudget(3) });
    answers.next = series(1, 2, 3);
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    answers.next = series(2, 3, 4);
    expect(await until(22)).toEqual(['20 a{id=1} stale', '20 a{id=2} stale', '20 a{id=3} stale', '20 up 0']);
    expect(loop.state.lastError).toBe(
      'series_limit exceeded (series of the job within a day: 3, more in this scrape: 1 or more, limit: 3)',
    );
    expect([counters.exceededSeriesBudget, counters.failures]).toEqual([1, 1]);
    expect(logged).toEqual([`warn scrape failed ${loop.state.lastError}`]);
    answers.next = series(3, 1);
    expect(await until(32)).toEqual(['30 a{id=3} 1', '30 a{id=1} 1', '30 up 1']);
  });

  it('counts a series once however often it goes and comes, over all targets of the job', async () => {
    const budget = new SeriesBudget(2);
    const one = setUp({ seriesBudget: budget });
    const other = setUp({ seriesBudget: budget });
    one.answers.next = series(1);
    one.loop.start(Number.POSITIVE_INFINITY);
    for (let second = 12; second < 80; second += 10) {
      await one.until(second);
      one.answers.next = series(second % 20 === 2 ? 1 : 2);
    }
    expect(budget.count).toBe(2);
    expect(one.loop.state.health).toBe('up');
    other.answers.next = series(7);
    other.loop.start(Number.POSITIVE_INFINITY);
    await other.until(12);
    expect(other.loop.state.health).toBe('down');
  });

  it('counts nothing of a scrape that failed', async () => {
    const budget = new SeriesBudget(3);
    const { loop, until, answers } = setUp({ seriesBudget: budget });
    answers.next = `${series(1, 2)}broken\n`;
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(budget.count).toBe(0);
    answers.next = series(3, 4, 5);
    await until(22);
    expect([loop.state.health, budget.count]).toEqual(['up', 3]);
  });

  it('starts anew after a day, with what there is then', async () => {
    const budget = new SeriesBudget(3);
    const { loop, until, answers } = setUp({ seriesBudget: budget, intervalMs: 3_600_000 });
    answers.next = series(1, 2, 3);
    loop.start(Number.POSITIVE_INFINITY);
    await until(7200);
    answers.next = series(3);
    await until(23 * 3600);
    expect(budget.count).toBe(3);
    await until(27 * 3600);
    expect(budget.count).toBe(1);
    answers.next = series(3, 4, 5);
    await until(28 * 3600);
    expect([loop.state.health, budget.count]).toEqual(['up', 3]);
  });

  it('of the whole store fails the scrape with the name of the largest source', async () => {
    const { loop, until, sink, answers, counters } = setUp();
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    const { seriesId } = sink;
    sink.seriesId = (labels) => {
      if (labels.includes('b')) throw new SeriesLimitError('no more than 9');
      return seriesId(labels);
    };
    answers.next = 'a 1\nb 1\n';
    expect(await until(22)).toEqual(['20 a stale', '20 up 0']);
    expect(loop.state.lastError).toBe(
      'no more than 9 (--storage.max-series); the most new ones came from other (9)',
    );
    expect(counters.exceededSeriesBudget).toBe(1);
    answers.next = 'a 2\n';
    expect(await until(32)).toEqual(['30 a 2', '30 up 1']);
  });
});

describe('what the store does not take', () => {
  it.each([
    [{ outOfOrder: 2 }, 'Error on ingesting out-of-order samples'],
    [{ duplicate: 2 }, 'Error on ingesting samples with different value but same timestamp'],
    [
      { tooOld: 1, tooFarAhead: 1 },
      'Error on ingesting samples that are too old or are too far into the future',
    ],
  ])('is logged: %o', async (refusals, message) => {
    const { loop, until, sink, logged } = setUp();
    sink.refusals = refusals;
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(logged).toEqual([`warn ${message} 2`]);
  });

  it('counts repeated samples of a body that differ', async () => {
    const { loop, until, answers, logged } = setUp();
    answers.next = 'a 1\na 2\na 1\n';
    loop.start(Number.POSITIVE_INFINITY);
    await until(12);
    expect(logged).toEqual(['warn Error on ingesting samples with different value but same timestamp 1']);
  });
});

it('measures the times between scrapes', async () => {
  const { loop, until, intervals } = setUp();
  loop.start(Number.POSITIVE_INFINITY);
  await until(42);
  const [summary, sum, count] = intervals.metrics('x', 'interval', 'X.');
  expect(summary.samples).toContainEqual({ labels: { interval: '10s', quantile: '0.99' }, value: 10 });
  expect([sum.samples, count.samples]).toEqual([
    [{ labels: { interval: '10s' }, value: 30 }],
    [{ labels: { interval: '10s' }, value: 3 }],
  ]);
});

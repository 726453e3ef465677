// Random PromQL within the part of the language that has not changed from Prometheus 2.x to 3.

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface RandomQuery {
  readonly query: string;
  /** Both answers must agree to the last bit. */
  readonly isExact: boolean;
}

/** One query; `random` decides everything. */
export function randomQuery(random: () => number): RandomQuery {
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random() * choices.length)];
  const range = (): string => `[${pick('40s', '2m', '5m', '17m', '1h')}]`;
  const offset = (): string => pick('', '', '', ' offset 3m', ' offset 40m');
  const counter = (): string =>
    `req_total${pick('', '{job="a"}', '{code=~"4.*|500"}', '{job!="b", code="200"}')}`;
  const gauge = (): string =>
    pick('level', 'level{disk="x"}', 'level{job=~"a|c"}', 'noise', 'req_total{code!~"2.."}', 'odd');

  const exactRange = (): string =>
    pick(
      () => `${pick('rate', 'increase', 'irate', 'resets')}(${counter()}${range()}${offset()})`,
      () => `${pick('delta', 'idelta', 'changes')}(${gauge()}${range()}${offset()})`,
      () => `${pick('min', 'max', 'count', 'last', 'present')}_over_time(${gauge()}${range()}${offset()})`,
      () => `timestamp(${gauge()}${offset()})`,
    )();
  const window = (): string =>
    pick(
      exactRange,
      () => `${pick('avg', 'sum')}_over_time(${pick('level', counter())}${range()}${offset()})`,
      () => `${pick('stddev', 'stdvar')}_over_time(${pick('noise', 'level')}${range()})`,
      () =>
        `quantile_over_time(${pick('0', '0.3', '0.5', '0.99', '1')}, ${pick('noise', 'level')}${range()})`,
      () => `predict_linear(level${range()}, ${pick('60', '3600')})`,
      () => `deriv(${pick('noise', 'level')}${pick('[5m]', '[17m]', '[1h]')})`,
      () =>
        `${pick('max', 'avg', 'sum')}_over_time((${vector(2)})[${pick('7m', '20m')}:${pick('1m', '90s')}]${offset()})`,
    )();
  const grouping = (): string =>
    pick('', '', ' by (job)', ' by (job, disk)', ' without (code, disk, le)', ' without (job)');
  const instant = (): string =>
    pick(
      'abs',
      'ceil',
      'floor',
      'exp',
      'sqrt',
      'ln',
      'log2',
      'log10',
      'sgn',
      'sin',
      'cos',
      'atan',
      'tanh',
      'deg',
      'rad',
    );

  function vector(depth: number): string {
    if (depth <= 0) return pick(gauge() + offset(), window());
    return pick(
      window,
      window,
      () => `${instant()}(${vector(depth - 1)})`,
      // Steps would turn a difference in the last place into a whole one.
      () => `${pick('ceil', 'floor', 'sgn')}(${gauge()})`,
      () => `clamp(${vector(depth - 1)}, -10, 12000.5)`,
      () => `round(level, ${pick('0.5', '10')})`,
      () => `${pick('max', 'min', 'count', 'group')}${grouping()} (${vector(depth - 1)})`,
      () =>
        `${pick('sum', 'avg')}${grouping()} (${pick('level', counter(), `rate(${counter()}${range()})`)})`,
      () => `${pick('stddev', 'stdvar')}${grouping()} (${pick('level', 'noise')})`,
      () => `quantile${grouping()} (${pick('0.1', '0.5', '0.9')}, ${pick('level', 'noise')})`,
      () => `${pick('topk', 'bottomk')}${pick('', ' by (job)')} (2, ${pick('level', 'noise')})`,
      () => `${vector(depth - 1)} ${pick('*', '/', '+', '^')} ${pick('2', '0.5', '10')}`,
      () => `${pick('3', '1e3')} ${pick('*', '/', '+')} ${pick('level', 'noise', window())}`,
      () => `-${pick('level', 'noise')}`,
      () => `level ${pick('+', '*', '/')} on (job) group_left () noise`,
      () => `noise ${pick('*', 'atan2')} on (job) ${pick('noise', 'max by (job) (level)')}`,
      () =>
        `${pick('level', 'noise')} ${pick('>', '<', '>=', '!=')} ${pick('', 'bool ')}${pick('0.25', '11000.123')}`,
      () => `${gauge()} ${pick('and', 'or', 'unless')} on (job) ${pick('level{job="a"}', 'noise > 0.1')}`,
      () =>
        `histogram_quantile(${pick('0.1', '0.5', '0.95')}, ${pick('', 'sum by (le) ')}(rate(lat_bucket${range()})))`,
      () => `label_replace(${pick('level', 'noise')}, "to", "$1-$0", "job", "(.).*")`,
      () => `label_join(level, "at", "/", "job", "disk")`,
      () => `absent(level{job="${pick('a', 'zz')}"})`,
      () => `absent_over_time(req_total{job="c"}${range()})`,
      () => `vector(scalar(noise{job="a"}) + time())`,
      () =>
        `${pick('hour', 'minute', 'day_of_week', 'day_of_year', 'days_in_month', 'month', 'year')}(timestamp(noise))`,
      () => `(${vector(depth - 1)})`,
    )();
  }

  if (random() < 0.3) return { query: exactRange(), isExact: true };
  return { query: vector(2), isExact: false };
}

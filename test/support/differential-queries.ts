// Random PromQL over the series of differential-data.ts, within what Prometheus 2.42 and 3.x agree on. Left out, because
// 3.x changed or added it:
//   - samples on the edge of a window (ranges and lookback became left-open): no query puts an edge on one;
//   - experimental functions, `fill`, `anchored`, `smoothed`, duration arithmetic, quoted names: not in 2.42;
//   - rate and increase of counters near zero: 3.x looks at the zero point after the distance of the window's edge;
//   - regular expressions against line feeds, `le` values as numbers of another text, type and unit labels;
//   - `topk(NaN, …)` and the like: refused by 3.x;
//   - `atan2` of a vector with a name: 2.42 keeps the name;
//   - `count_values` by labels that sort behind its own: 2.42 mixes them up in range queries;
//   - `timestamp(x @ t offset d)`: 2.42 forgets the offset;
//   - logarithms and means of subnormal numbers: 2.42 has them wrong on some machines;
//   - filters such as `a > on (x) b` with several series a side: 3.x refuses them whatever passes the filter;
//   - `predict_linear(x[5m] @ t, …)`: 2.42 answers the first step only.
// `double_exponential_smoothing` is asked of 2.42 by its old name, holt_winters.

export interface RandomQuery {
  readonly query: string;
  /** Nothing in it rounds differently there: both answers must be the same text. */
  readonly isExact: boolean;
}

/** An expression and whether its arithmetic is the same to the last bit in both versions. */
interface Part {
  readonly text: string;
  readonly isExact: boolean;
}

type Random = () => number;

/** One query; `random` decides everything. `endMs` (on a half second) is where the samples end. */
export function randomQuery(random: Random, endMs: number): RandomQuery {
  const { text, isExact } = new QueryMaker(random, endMs).query();
  return { query: text, isExact };
}

const COUNTERS = ['req_total', 'req_total', 'bytes_total', 'lat_bucket', 'lat_count'];
const GAUGES = ['level', 'level', 'noise', 'odd', 'state', 'state', 'rare', 'build_info', 'fixed', 'step'];
const LABELS = ['job', 'instance', 'code', 'disk', 'kind', 'le', 'version', 'quantile', 'nothing'];

/** Of these every bit is settled: they choose, count or round a single result. */
const EXACT_MATH = ['abs', 'ceil', 'floor', 'sqrt', 'sgn'];
const MATH = ['exp', 'ln', 'log2', 'log10', 'deg', 'rad', 'asin', 'acos', 'atan'];
/** Of great numbers these tell the last bit. */
const WAVES = ['sin', 'cos', 'tan'];
const MORE_MATH = ['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'];
const DATES = [
  'minute',
  'hour',
  'day_of_week',
  'day_of_month',
  'day_of_year',
  'days_in_month',
  'month',
  'year',
];

class QueryMaker {
  readonly #random: Random;
  readonly #endMs: number;

  constructor(random: Random, endMs: number) {
    this.#random = random;
    this.#endMs = endMs;
  }

  query(): Part {
    if (this.#chance(0.03)) return this.#scalar(3);
    if (this.#chance(0.03)) return this.#range(1);
    if (this.#chance(0.03)) return this.#mistake();
    return this.#vector(this.#pick(0, 1, 1, 2, 2, 3));
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(...choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)];
  }

  #some(names: readonly string[], most: number): string[] {
    return [
      ...new Set(Array.from({ length: Math.floor(this.#random() * (most + 1)) }, () => this.#pick(...names))),
    ];
  }

  #matchers(): string {
    const one = (): string =>
      this.#pick(
        () => `job="${this.#pick('a', 'b', 'c', 'd', '')}"`,
        () => `job!="${this.#pick('a', 'b', '')}"`,
        () => `job=~"${this.#pick('a|b', '[bc]', '.', '.*', '', 'A|(?i:B)', '(a|)', 'a.?')}"`,
        () => `${this.#pick('instance', 'kind', 'nothing')}!~"${this.#pick('1', 'p|q', 'x', '.+', '')}"`,
        () => `code=~"${this.#pick('4.*|500', '^2..$', '.*0.*', '[45].+')}"`,
        () => `${this.#pick('disk', 'le', 'kind')}="${this.#pick('x', '+Inf', 'p', '0.1')}"`,
      )();
    return Array.from({ length: this.#pick(1, 1, 1, 2, 3) }, one).join(', ');
  }

  #selector(names: readonly string[]): string {
    const name = this.#pick(...names);
    if (this.#chance(0.06))
      return `{__name__=~"${this.#pick(name, `${name}|bytes_total`, `${name.slice(0, 4)}.*`)}"}`;
    return this.#chance(0.5) ? name : `${name}{${this.#matchers()}}`;
  }

  #offset(): string {
    return this.#chance(0.2) ? ` offset ${this.#pick('10s', '3m', '40m', '1h', '-90s', '-10m', '3h')}` : '';
  }

  #modifiers(isTimed = false): string {
    const offset = this.#offset();
    if (!this.#chance(0.12)) return offset;
    const seconds = (this.#endMs - Math.floor(this.#random() * 7200) * 1000) / 1000;
    const at = ` @ ${this.#pick('start()', 'end()', String(seconds))}`;
    if (isTimed) return at;
    return this.#chance(0.5) ? at + offset : offset + at;
  }

  /** A window whose edges lie on quarters of a second. */
  #window(): string {
    return this.#pick('40s', '1m', '2m', '5m', '10m', '17m', '1h', '90m30s', '7m250ms');
  }

  #range(depth: number, names = GAUGES): Part {
    if (depth > 0 && this.#chance(0.25)) {
      const { text, isExact } = this.#vector(depth - 1);
      const step = this.#pick('30s', '1m', '90s', '5m', '');
      // A subquery's steps are whole seconds, and queries are asked on half ones: no edge falls on a step.
      return {
        text: `(${text})[${this.#pick('6m250ms', '10m250ms', '41m250ms')}:${step}]${this.#modifiers()}`,
        isExact,
      };
    }
    return { text: `${this.#selector(names)}[${this.#window()}]${this.#modifiers()}`, isExact: true };
  }

  #overTime(depth: number): Part {
    const call = (names: readonly string[], over: Part, exact = true): Part => ({
      text: `${this.#pick(...names)}(${over.text})`,
      isExact: exact && over.isExact,
    });
    /** These tell values apart that differ in their last bit only. */
    const strict = (names: readonly string[]): Part => {
      const over = this.#range(depth);
      return over.isExact ? call(names, over) : call(['count_over_time'], over);
    };
    const counter = (): Part => ({
      text: `${this.#selector(COUNTERS)}[${this.#window()}]${this.#modifiers()}`,
      isExact: true,
    });
    return this.#pick(
      () => call(['rate', 'increase', 'irate'], counter()),
      () => call(['rate', 'increase', 'irate'], counter()),
      () => strict(['delta', 'idelta']),
      () => strict(['resets', 'changes']),
      () => call(['min_over_time', 'max_over_time', 'last_over_time'], this.#range(depth)),
      () => call(['count_over_time', 'present_over_time', 'absent_over_time'], this.#range(depth)),
      () => call(['sum_over_time', 'sum_over_time', 'avg_over_time'], this.#range(depth), false),
      () =>
        call(['sum_over_time'], {
          text: `${this.#pick('req_total', 'state', 'lat_count')}[${this.#window()}]`,
          isExact: true,
        }),
      () =>
        call(['stddev_over_time', 'stdvar_over_time'], this.#range(0, ['level', 'noise', 'state']), false),
      () =>
        call(['deriv'], {
          text: `${this.#pick('level', 'noise', 'state')}[${this.#pick('5m', '17m', '1h')}]`,
          isExact: false,
        }),
      () => ({
        text: `quantile_over_time(${this.#quantile()}, ${this.#range(depth).text})`,
        isExact: false,
      }),
      () => ({
        text: `predict_linear(${this.#pick('level', 'noise')}[${this.#pick('5m', '1h')}]${this.#offset()}, ${this.#pick('60', '3600', '-600')})`,
        isExact: false,
      }),
      () => ({
        text: `double_exponential_smoothing(${this.#pick('level', 'noise', 'state')}[${this.#pick('5m', '17m')}], ${this.#pick('0.1', '0.5')}, ${this.#pick('0.3', '0.9')})`,
        isExact: false,
      }),
    )();
  }

  #quantile(): string {
    return this.#pick('0', '0.1', '0.25', '0.5', '0.9', '0.99', '1', '-1', '2', 'NaN');
  }

  #number(): string {
    return this.#pick(
      '0',
      '1',
      '2',
      '-1',
      '0.5',
      '3.25',
      '1e3',
      '-7',
      '0x1F',
      'Inf',
      '-Inf',
      'NaN',
      '1e-3',
      '100',
    );
  }

  #grouping(): string {
    if (this.#chance(0.3)) return '';
    return ` ${this.#pick('by', 'by', 'without')} (${this.#some(LABELS, 3).join(', ')})`;
  }

  #aggregate(depth: number): Part {
    const inner = this.#vector(depth - 1);
    const grouped = (name: string, param: string, over: Part, exact: boolean): Part => {
      const grouping = this.#grouping();
      const args = `(${param === '' ? '' : `${param}, `}${over.text})`;
      const text = this.#chance(0.5) ? `${name}${grouping} ${args}` : `${name}${args}${grouping}`;
      return { text, isExact: exact && over.isExact };
    };
    const settled = (): Part => (inner.isExact ? inner : this.#selectorPart());
    return this.#pick(
      () => grouped(this.#pick('min', 'max', 'count', 'group'), '', inner, true),
      () => grouped(this.#pick('sum', 'sum', 'avg'), '', inner, false),
      () =>
        grouped(
          'sum',
          '',
          { text: this.#pick('req_total', 'state', 'lat_bucket{le="1"}', 'rare'), isExact: true },
          true,
        ),
      () =>
        grouped(
          this.#pick('stddev', 'stdvar'),
          '',
          { text: this.#pick('level', 'noise', 'state'), isExact: true },
          false,
        ),
      () => grouped('quantile', this.#quantile(), inner, false),
      () =>
        grouped(this.#pick('topk', 'bottomk'), this.#pick('1', '2', '5', '0', '-1'), this.#untied(), true),
      () => grouped('count_values', this.#pick('"zone"', "'z'"), settled(), true),
      () => ({ text: `count_values("job", ${settled().text})`, isExact: true }),
    )();
  }

  #selectorPart(isTimed = false): Part {
    return { text: this.#selector([...GAUGES, ...COUNTERS]) + this.#modifiers(isTimed), isExact: true };
  }

  /** A vector without equal values, so that there is one answer to which of them are the greatest. */
  #untied(): Part {
    const text = this.#pick('noise', 'bytes_total', 'rate(bytes_total[5m])', 'lat_sum', 'delta(noise[10m])');
    return { text: text + (text.endsWith(')') ? '' : this.#modifiers()), isExact: true };
  }

  #vector(depth: number): Part {
    if (depth <= 0) return this.#chance(0.6) ? this.#selectorPart() : this.#overTime(0);
    return this.#pick(
      () => this.#overTime(depth),
      () => this.#overTime(depth),
      () => this.#function(depth),
      () => this.#aggregate(depth),
      () => this.#aggregate(depth),
      () => this.#arithmetic(depth),
      () => this.#comparison(depth),
      () => this.#matching(depth),
      () => this.#setOperator(depth),
      () => this.#labelled(depth),
    )();
  }

  #function(depth: number): Part {
    const { text, isExact } = this.#vector(depth - 1);
    const exact = isExact ? text : this.#selector(GAUGES);
    return this.#pick(
      () => ({ text: `${this.#pick(...EXACT_MATH)}(${exact})`, isExact: true }),
      () => ({ text: `${this.#pick(...MATH, ...MORE_MATH)}(${text})`, isExact: false }),
      () => ({ text: `${this.#pick(...WAVES)}(${exact})`, isExact: false }),
      () => ({ text: `round(${exact}${this.#pick('', ', 0.5', ', 10', ', -1')})`, isExact: true }),
      () => ({ text: `clamp(${exact}, ${this.#number()}, ${this.#number()})`, isExact: true }),
      () => ({ text: `${this.#pick('clamp_min', 'clamp_max')}(${exact}, ${this.#number()})`, isExact: true }),
      () => ({ text: `timestamp(${this.#selectorPart(true).text})`, isExact: true }),
      () => ({ text: `timestamp((${exact}) + 0)`, isExact: true }),
      () => ({ text: `absent(${text})`, isExact: true }),
      () => ({
        text: `${this.#pick(...DATES)}(${this.#pick('', exact, `timestamp(${this.#selector(GAUGES)})`)})`,
        isExact: true,
      }),
      () => ({ text: `vector(${this.#scalar(depth).text})`, isExact: false }),
      () => ({
        text: `histogram_quantile(${this.#quantile()}, ${this.#pick('', 'sum by (le) ', 'sum by (job, le) ')}(rate(lat_bucket[${this.#window()}])))`,
        isExact: false,
      }),
      () => ({ text: `${this.#pick('sort', 'sort_desc')}(${this.#untied().text})`, isExact: true }),
    )();
  }

  #scalar(depth: number): Part {
    const number = (): Part => ({ text: this.#number(), isExact: true });
    if (depth <= 0) return this.#chance(0.3) ? { text: 'time()', isExact: true } : number();
    return this.#pick(
      number,
      () => ({ text: 'time()', isExact: true }),
      () => ({ text: `scalar(${this.#vector(depth - 1).text})`, isExact: false }),
      () => {
        const operator = this.#pick('+', '-', '*', '/', '%', '> bool', '== bool', '<= bool', '!= bool');
        return { text: `(${this.#scalar(0).text} ${operator} ${this.#scalar(0).text})`, isExact: true };
      },
      () => ({ text: `-${this.#scalar(0).text}`, isExact: true }),
    )();
  }

  #arithmetic(depth: number): Part {
    const vector = this.#vector(depth - 1);
    const scalar = this.#scalar(this.#chance(0.2) ? 1 : 0);
    const operator = this.#pick('+', '-', '*', '/', '%', '^', 'atan2');
    // Remainders jump: only of what is settled to the last bit.
    const jumps = operator === '%' && !(vector.isExact && scalar.isExact);
    const op = jumps ? '*' : operator;
    if (op === 'atan2') return { text: `abs(${vector.text}) atan2 ${scalar.text}`, isExact: false };
    const isExact = vector.isExact && scalar.isExact && op !== '^';
    if (this.#chance(0.15)) return { text: `-${bracket(vector.text)}`, isExact: vector.isExact };
    if (this.#chance(0.3)) return { text: `${scalar.text} ${op} ${bracket(vector.text)}`, isExact };
    return { text: `${bracket(vector.text)} ${op} ${scalar.text}`, isExact };
  }

  #comparison(depth: number): Part {
    const inner = this.#vector(depth - 1);
    const vector = inner.isExact ? inner : this.#selectorPart();
    const op = this.#pick('==', '!=', '<', '>', '<=', '>=') + this.#pick('', '', ' bool');
    const scalar = this.#pick('0', '1', '2', '0.25', '1e3', '1500000', 'NaN', 'time()');
    if (this.#chance(0.3)) return { text: `${scalar} ${op} ${bracket(vector.text)}`, isExact: true };
    return { text: `${bracket(vector.text)} ${op} ${scalar}`, isExact: true };
  }

  #on(): string {
    return `${this.#pick('on', 'on', 'ignoring')} (${this.#some(LABELS, 3).join(', ')})`;
  }

  /** Two vectors matched; now and then many match many, which both must refuse. */
  #matching(depth: number): Part {
    const op = this.#pick('+', '-', '*', '/', '==', '!=', '>', '< bool', '>= bool');
    return this.#pick(
      () => {
        const side = this.#selectorPart().text;
        const other = this.#chance(0.5) ? side : this.#selectorPart().text;
        const settled = this.#pick('+', '-', '*', '/', '!= bool', '< bool');
        return {
          text: this.#chance(0.3) ? `${side} ${op} ${other}` : `${side} ${settled} ${this.#on()} ${other}`,
          isExact: true,
        };
      },
      () => ({
        text: `${this.#selector(['level', 'state', 'req_total'])} ${op} on (job) group_left (${this.#pick('', 'version', 'nothing')}) build_info`,
        isExact: true,
      }),
      () => ({
        text: `build_info ${op} ignoring (${this.#pick('version', 'version, disk', 'version, kind')}) group_right (${this.#pick('', 'version')}) ${this.#selector(['level', 'state', 'noise'])}`,
        isExact: true,
      }),
      () => ({
        text: `${bracket(this.#vector(depth - 1).text)} * on (${this.#some(LABELS, 2).join(', ')}) ${this.#pick('', 'group_left () ', 'group_right () ')}${bracket(this.#vector(depth - 1).text)}`,
        isExact: false,
      }),
      () => ({
        text: `max by (job) (${this.#selector(['level', 'noise', 'state'])}) ${op} on (job) min by (job) (${this.#selector(['rare', 'fixed', 'noise'])})`,
        isExact: true,
      }),
    )();
  }

  #setOperator(depth: number): Part {
    const left = this.#vector(depth - 1);
    const right = this.#vector(depth - 1);
    const matching = this.#chance(0.6) ? `${this.#on()} ` : '';
    return {
      text: `${bracket(left.text)} ${this.#pick('and', 'or', 'unless')} ${matching}${bracket(right.text)}`,
      isExact: left.isExact && right.isExact,
    };
  }

  #labelled(depth: number): Part {
    const { text, isExact } = this.#vector(depth - 1);
    const label = (): string => this.#pick(...LABELS, '__name__');
    return this.#pick(
      () => ({
        text: `label_replace(${text}, "${label()}", "${this.#pick('$1-$0', 'new', '$1', '', '$2')}", "${label()}", "${this.#pick('(.).*', '(.*)', '', 'a|(b)', '([a-c])')}")`,
        isExact,
      }),
      () => ({
        text: `label_join(${text}, "${label()}", "${this.#pick('/', '', '-')}", ${this.#some(LABELS, 2)
          .concat('job')
          .map((name) => `"${name}"`)
          .join(', ')})`,
        isExact,
      }),
    )();
  }

  /** What both must refuse with the same type of error. */
  #mistake(): Part {
    const text = this.#pick(
      'level[5m] + 1',
      'rate(level)',
      'rate(level[5m]',
      'sum(level) by',
      'level{job="a"',
      'level{job=~"("}',
      '{job=~".*"}',
      'label_replace(level, "a", "$1", "job", "(")',
      'topk(level)',
      'level and 1',
      '1 == 2',
      'level offset 5m offset 5m',
      'level == on (job) level',
      'build_info * on (job) group_left () level',
      'level * on (job) group_left () state',
      'sum(label_replace(level, "disk", "", "", ""))  + ',
      'label_replace(level, "disk", "", "", "")',
      'label_join(level, "disk", "", "job")',
      'no_such_function(level)',
      'scalar(1)',
      'absent("x")',
      'histogram_quantile(level, 1)',
      'double_exponential_smoothing(level[5m], 2, 0.1)',
      'quantile("a", level)',
      'level * on (job) group_left (job) build_info',
      'clamp(level, 1)',
      'day_of_week(level, level)',
      '-"a"',
      'max_over_time({__name__=~"level|noise", job="a"}[5m])',
      'delta({__name__=~"state|odd"}[5m])',
    );
    return { text, isExact: true };
  }
}

/** Parentheses, so that precedence never makes one operator of the text take another's side. */
function bracket(text: string): string {
  return /^[a-z_]+(\{[^{}]*\})?$/.test(text) ? text : `(${text})`;
}

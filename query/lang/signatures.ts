// The functions of the language: argument types, result type, and whether upstream hides them behind a flag.
import type { ValueType } from './ast.ts';

export interface Signature {
  readonly name: string;
  /** Types by position; arguments past the end have the type of the last. */
  readonly args: readonly ValueType[];
  /** Least and greatest number of arguments. */
  readonly min: number;
  readonly max: number;
  readonly result: 'scalar' | 'vector';
  /** True where upstream asks for `--enable-feature=promql-experimental-functions`. */
  readonly experimental: boolean;
}

// One line a shape: argument types as letters (m range vector, v instant vector, s scalar, t string; in brackets:
// optional; a trailing `*`: any number more, `*12`: up to 12 in all), the result type, the functions.
const shapes = `
m vector: rate irate increase resets delta idelta deriv changes
m vector: avg_over_time min_over_time max_over_time sum_over_time count_over_time stddev_over_time stdvar_over_time
m vector: last_over_time first_over_time present_over_time absent_over_time
m vector!: mad_over_time ts_of_min_over_time ts_of_max_over_time ts_of_first_over_time ts_of_last_over_time
ms vector: predict_linear
mss vector!: double_exponential_smoothing
sm vector: quantile_over_time
sv vector: histogram_quantile
ssv vector: histogram_fraction
vts* vector!: histogram_quantiles
v vector: histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar
v vector: abs ceil floor sgn sqrt exp ln log2 log10 deg rad absent sort sort_desc timestamp
v vector: sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
v vector!: start_timestamp
v[s] vector: round
vs vector: clamp_min clamp_max
vss vector: clamp
vtttt vector: label_replace
vtt[t]* vector: label_join
v[t]* vector!: sort_by_label sort_by_label_desc
v[v] vector!: info
[v] vector: minute hour day_of_week day_of_month day_of_year days_in_month month year
v scalar: scalar
s vector: vector
scalar: time pi
scalar!: start end step range
ss scalar!: min_of max_of`;

const letters: Readonly<Record<string, ValueType>> = { m: 'matrix', v: 'vector', s: 'scalar', t: 'string' };

/** Most quantiles that `histogram_quantiles` takes, plus its vector and its label. */
const HISTOGRAM_QUANTILES_MAX = 12;

function parseShapes(): Map<string, Signature> {
  const table = new Map<string, Signature>();
  for (const line of shapes.trim().split('\n')) {
    const [shape, names] = line.split(': ');
    const [result, given = ''] = shape.split(' ').reverse();
    const required = given.replace(/\[.*/, '').replace('*', '');
    const all = given.replace(/[[\]*]/g, '');
    for (const name of names.split(' ')) {
      const most = name === 'histogram_quantiles' ? HISTOGRAM_QUANTILES_MAX : Infinity;
      table.set(name, {
        name,
        args: [...all].map((letter) => letters[letter]),
        min: required.length,
        max: given.endsWith('*') ? most : all.length,
        result: result.startsWith('scalar') ? 'scalar' : 'vector',
        experimental: result.endsWith('!'),
      });
    }
  }
  return table;
}

/** All functions by name. */
export const signatures: ReadonlyMap<string, Signature> = parseShapes();

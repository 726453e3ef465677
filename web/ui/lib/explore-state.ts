// What the Explore page shows, and how the address says it. Everything that is seen is in the address; what has its
// usual value is left out.
import { defaultRange } from './first-request.ts';
import { link } from './link.ts';
import { durationText, parseDuration, type TimeRange } from './range.ts';

export interface ExploreQuery {
  readonly expr: string;
  readonly off: boolean;
  /** Template of the series' names in the legend, `{{label}}` standing for a value; empty for all labels. */
  readonly legend: string;
}

export const views = ['graph', 'table', 'json'] as const;
export type ViewName = (typeof views)[number];

export interface ExploreState extends TimeRange {
  /** At least one; an expression may be empty. */
  readonly queries: readonly ExploreQuery[];
  readonly view: ViewName;
  /** Unit of the axis by its name in lib/units.ts; empty for the guessed one. */
  readonly unit: string;
  readonly zero: boolean;
  readonly log: boolean;
  readonly stacked: boolean;
  /** Draws a line over missing points. */
  readonly join: boolean;
  /** How much earlier the curves to compare with are, as a duration; empty for none. */
  readonly compare: string;
  /** The numbers of the graph instead of its curves. */
  readonly points: boolean;
  /** Words that rows of the table must have. */
  readonly find: string;
  /** Ids of the series that are switched off in the legend. */
  readonly hidden: readonly string[];
  /** Where not empty: ids of the only series that are shown. */
  readonly only: readonly string[];
}

const flags = ['zero', 'log', 'stacked', 'join', 'points'] as const;

/** As many as there are letters to name them. */
export const queriesMax = 26;

export const letterOf = (index: number): string => String.fromCharCode(65 + index);

/** Reads the state from an address of the Explore page. Values that mean nothing count as absent. */
export function readExplore(params: URLSearchParams): ExploreState {
  const get = (name: string) => params.get(name) ?? '';
  const list = (name: string) => get(name).split(',').filter(Boolean);
  const off = list('off');
  const queries: ExploreQuery[] = [];
  for (let i = 0; i < queriesMax; i++) {
    const suffix = i === 0 ? '' : String(i + 1);
    const expr = params.get(`q${suffix}`);
    if (expr === null && i > 0) break;
    queries.push({ expr: expr ?? '', off: off.includes(letterOf(i)), legend: get(`legend${suffix}`) });
  }
  const y = list('y');
  const view = get('view') as ViewName;
  return {
    queries,
    ...readRange(params),
    view: views.includes(view) ? view : 'graph',
    unit: get('unit'),
    zero: y.includes('zero'),
    log: y.includes('log'),
    stacked: y.includes('stacked'),
    join: y.includes('join'),
    points: y.includes('points'),
    compare: parseDuration(get('compare')) ? get('compare') : '',
    find: get('find'),
    hidden: list('hide'),
    only: list('only'),
  };
}

/** Reads `range` and `end`, which all pages with a time range share. */
export function readRange(params: URLSearchParams): TimeRange {
  return {
    seconds: parseDuration(params.get('range')) ?? defaultRange,
    end: Date.parse(params.get('end') ?? '') / 1000 || null,
  };
}

/** An instant as the address holds it. */
export function endText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The relative address of a state; `keep` holds parameters that are not the state's own (refresh, kiosk). */
export function exploreLink(state: Partial<ExploreState>, keep?: URLSearchParams): string {
  const params = new URLSearchParams();
  const set = (name: string, value: string | undefined) => {
    if (value) params.set(name, value);
  };
  const queries = state.queries ?? [];
  queries.forEach((query, i) => {
    const suffix = i === 0 ? '' : String(i + 1);
    // An empty one in the middle is kept, since the reader stops at the first that is missing.
    if (query.expr || i > 0) params.set(`q${suffix}`, query.expr);
    set(`legend${suffix}`, query.legend);
  });
  set('off', queries.flatMap((query, i) => (query.off ? letterOf(i) : [])).join(','));
  params.set('range', durationText(state.seconds ?? defaultRange));
  set('end', state.end == null ? '' : endText(state.end));
  set('view', state.view === 'graph' ? '' : state.view);
  set('unit', state.unit);
  set('y', flags.filter((name) => state[name]).join(','));
  set('compare', state.compare);
  set('find', state.find);
  set('hide', state.hidden?.join(','));
  set('only', state.only?.join(','));
  for (const name of ['refresh', 'kiosk']) {
    const value = keep?.get(name);
    if (value != null) params.set(name, value);
  }
  return link('explore', params);
}

type Shown = Pick<ExploreState, 'hidden' | 'only'>;

export function isShown(id: string, { hidden, only }: Shown): boolean {
  return only.length > 0 ? only.includes(id) : !hidden.includes(id);
}

/** Shows one series alone; all again when it is alone already. */
export function solo(id: string, { only }: Shown): Shown {
  return { hidden: [], only: only.length === 1 && only[0] === id ? [] : [id] };
}

/** Switches one series on or off. */
export function toggle(id: string, { hidden, only }: Shown): Shown {
  const flip = (ids: readonly string[]) =>
    ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
  return only.length > 0 ? { hidden: [], only: flip(only) } : { hidden: flip(hidden), only: [] };
}

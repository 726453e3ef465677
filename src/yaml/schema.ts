// Readers of YAML values: each checks one kind of value, reports what is wrong at its place, and goes on, so that one
// reading finds every error of a file. A reader answers undefined where it has reported an error.
import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { parseDuration, parseSize } from '../durations.ts';
import { nearest } from '../nearest.ts';
import { type Findings, isEmpty, type Place, scalarText } from './findings.ts';

export type Reader<T> = (place: Place, found: Findings) => T | undefined;

/** What a reader of an object's keys gives: keys that are missing, empty or wrong are undefined. */
export type Values<S extends Record<string, Reader<unknown>>> = {
  readonly [K in keyof S]: S[K] extends Reader<infer T> ? T | undefined : never;
};

/** Reports an error at one of an object's keys; at the object itself where the key is missing. */
export type Fail<S> = (key: keyof S, message: string) => void;

export interface ObjectRules<S extends Record<string, Reader<unknown>>> {
  readonly required?: readonly (keyof S & string)[];
  /** What a key means that stands there without a value; by default the same as if it were missing. */
  readonly empty?: Partial<Values<S>>;
  /** Looks at the keys together, once all are read. */
  readonly check?: (values: Values<S>, fail: Fail<S>, found: Findings) => void;
  /** Takes keys that the list does not have; true where it knew the key and has said what there is to say. */
  readonly other?: (key: string, place: Place, found: Findings) => boolean;
}

/** A mapping with known keys. */
export function object<S extends Record<string, Reader<unknown>>>(
  fields: S,
  rules: ObjectRules<S> = {},
): Reader<Values<S>> {
  return (place, found) => {
    const entries = mappingEntries(place, found);
    if (!entries) return undefined;
    const values: Record<string, unknown> = {};
    const nodes = new Map<string, Node>();
    for (const { key, keyNode, value } of entries) {
      const path = place.path === '' ? key : `${place.path}.${key}`;
      const read = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!read) {
        if (rules.other?.(key, { node: value ?? keyNode, path }, found)) continue;
        found.error(keyNode, unknownKey(key, place.path, Object.keys(fields)));
        continue;
      }
      nodes.set(key, value ?? keyNode);
      values[key] =
        value === null || isEmpty(value) ? rules.empty?.[key] : read({ node: value, path }, found);
    }
    const fail: Fail<S> = (key, message) => {
      const at = nodes.get(String(key));
      found.error(at ?? place.node, `${at ? joinPath(place.path, String(key)) : place.path}: ${message}`);
    };
    for (const key of rules.required ?? [])
      if (!nodes.has(key) || isEmpty(nodes.get(key))) found.error(place.node, missingKey(key, place.path));
    rules.check?.(values as Values<S>, fail, found);
    return values as Values<S>;
  };
}

/** A list whose items are all of one kind; an empty item is an error. */
export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (place, found) => {
    const node = found.resolve(place.node);
    if (!isSeq(node)) return wrong(place, found, 'expected a list');
    const values: T[] = [];
    node.items.forEach((entry, i) => {
      const path = `${place.path}[${i}]`;
      const at = entry as Node | null;
      if (!at || isEmpty(at)) found.error(at ?? node, `${path}: empty entry in a list`);
      else {
        const value = item({ node: at, path }, found);
        if (value !== undefined) values.push(value);
      }
    });
    return values;
  };
}

/** A mapping with keys of the user's choice. `name` may refuse a key: it answers with what is wrong with it. */
export function mapping<T>(
  item: Reader<T>,
  name?: (key: string) => string | undefined,
): Reader<Readonly<Record<string, T>>> {
  return (place, found) => {
    const entries = mappingEntries(place, found);
    if (!entries) return undefined;
    const values: Record<string, T> = Object.create(null);
    for (const { key, keyNode, value } of entries) {
      const problem = name?.(key);
      if (problem) found.error(keyNode, `${place.path}: ${problem}`);
      if (value === null || isEmpty(value)) continue;
      const read = item({ node: value, path: `${place.path}.${key}` }, found);
      if (read !== undefined) values[key] = read;
    }
    return values;
  };
}

/** Any scalar, as the text it was written as. */
export const text: Reader<string> = (place, found) => {
  const node = scalar(place, found);
  return node && found.expand(scalarText(node), place.node);
};

/** A text in which `${…}` never means an environment variable: patterns and their replacements. */
export const verbatim: Reader<string> = (place, found) => {
  const node = scalar(place, found);
  return node && scalarText(node);
};

/** A text that must not be shown. */
export const secret: Reader<string> = (place, found) => {
  const node = scalar(place, found);
  if (!node) return undefined;
  if (node.range) found.secret([node.range[0], node.range[1]]);
  return found.expand(scalarText(node), place.node);
};

const TRUE = new Set(['true', 'yes', 'on', 'y']);
const FALSE = new Set(['false', 'no', 'off', 'n']);

/** `true` or `false`; also the older YAML words that upstream's parser takes. */
export const flag: Reader<boolean> = (place, found) => {
  const word = text(place, found)?.toLowerCase();
  if (word === undefined) return undefined;
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  return wrong(place, found, `expected true or false, found ${quoted(word)}`);
};

/** A text that `parse` understands; `expected` says what it should look like. */
export function parsed<T>(parse: (text: string) => T | undefined, expected: string): Reader<T> {
  return (place, found) => {
    const written = text(place, found);
    if (written === undefined) return undefined;
    const value = parse(written);
    if (value === undefined) return wrong(place, found, `expected ${expected}, found ${quoted(written)}`);
    return value;
  };
}

/** Milliseconds. */
export const duration = parsed(parseDuration, 'a duration such as 15s, 1m30s or 2h');
/** Bytes. */
export const size = parsed(parseSize, 'a size with its unit, such as 512KB, 10MB or 1.5GB');
/** A count: not negative, whole. */
export const count = parsed(
  (written) => (/^\d+$/.test(written) && Number.isSafeInteger(Number(written)) ? Number(written) : undefined),
  'a whole number that is not negative',
);
export const integer = parsed(
  (written) =>
    /^-?\d+$/.test(written) && Number.isSafeInteger(Number(written)) ? Number(written) : undefined,
  'a whole number',
);
export const float = parsed((written) => {
  const value = written.trim() === '' ? Number.NaN : Number(written);
  return Number.isNaN(value) ? undefined : value;
}, 'a number');

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[]): Reader<W> {
  return (place, found) => {
    const written = text(place, found);
    if (written === undefined) return undefined;
    const word = words.find((candidate) => candidate === written);
    if (word !== undefined) return word;
    const guess = nearest(written, words);
    const hint = guess ? `; did you mean ${quoted(guess)}?` : '';
    return wrong(place, found, `expected one of ${words.join(', ')}, found ${quoted(written)}${hint}`);
  };
}

/** An absolute http or https URL, as written; a password in it is not shown. */
export const url: Reader<string> = (place, found) => {
  const node = scalar(place, found);
  if (!node) return undefined;
  const value = found.expand(scalarText(node), place.node);
  const parsedUrl = URL.canParse(value) ? new URL(value) : undefined;
  if (!parsedUrl || parsedUrl.host === '')
    return wrong(place, found, `expected a URL such as http://host:9090/path, found ${quoted(value)}`);
  if (parsedUrl.password !== '' && node.range) hidePassword(found, node.range[0], node.range[1]);
  return value;
};

/** Marks the password between `//user:` and `@`; all of the URL where it is not to be found like that. */
function hidePassword(found: Findings, start: number, end: number): void {
  const match = /\/\/[^/@:]*:([^@]*)@/d.exec(found.text.slice(start, end));
  const [from, to] = match?.indices?.[1] ?? [0, end - start];
  found.secret([start + from, start + to]);
}

/** A value together with its place, for checks that need more than the value's own object. */
export interface Located<T> {
  readonly value: T;
  readonly place: Place;
}

export function located<T>(read: Reader<T>): Reader<Located<T>> {
  return (place, found) => {
    const value = read(place, found);
    return value === undefined ? undefined : { value, place: { ...place, node: found.resolve(place.node) } };
  };
}

/** A value changed after reading. */
export function mapped<A, B>(read: Reader<A>, change: (value: A) => B): Reader<B> {
  return (place, found) => {
    const value = read(place, found);
    return value === undefined ? undefined : change(value);
  };
}

/** A text as it appears in an error message. */
export function quoted(value: string): string {
  return JSON.stringify(value);
}

export function joinPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function wrong(place: Place, found: Findings, message: string): undefined {
  found.error(place.node, `${place.path}: ${message}`);
  return undefined;
}

function scalar(place: Place, found: Findings): Scalar | undefined {
  const node = found.resolve(place.node);
  if (isScalar(node)) return node;
  return wrong(place, found, `expected a single value, found ${isMap(node) ? 'a mapping' : 'a list'}`);
}

interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** The entries of a mapping, those merged with `<<` behind its own; undefined and an error for anything else. */
function mappingEntries(place: Place, found: Findings): Entry[] | undefined {
  const node = found.resolve(place.node);
  if (!isMap(node)) {
    const where = place.path === '' ? '' : `${place.path}: `;
    found.error(
      place.node,
      `${where}expected a mapping (key: value), found ${isSeq(node) ? 'a list' : 'a value'}`,
    );
    return undefined;
  }
  return ownEntries(node, found);
}

function ownEntries(node: YAMLMap, found: Findings, within: readonly Node[] = []): Entry[] {
  const entries: Entry[] = [];
  const merged: Entry[] = [];
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    const { key: keyNode, value } = pair;
    if (!isScalar(keyNode)) {
      found.error(keyNode, 'a key must be a single value');
      continue;
    }
    const key = scalarText(keyNode);
    if (key === '<<' && keyNode.type === 'PLAIN' && value)
      merged.push(...mergedEntries(value, found, [...within, node]));
    else entries.push({ key, keyNode, value });
  }
  const own = new Set(entries.map(({ key }) => key));
  return [...entries, ...merged.filter(({ key }) => !own.has(key) && own.add(key))];
}

/** `within`: the mappings that are being merged into, none of which may be merged again. */
function mergedEntries(value: Node, found: Findings, within: readonly Node[]): Entry[] {
  const source = found.resolve(value);
  if (within.includes(source)) {
    found.error(value, '<<: a mapping cannot be merged into itself');
    return [];
  }
  if (isMap(source)) return ownEntries(source, found, within);
  if (isSeq(source))
    return source.items.flatMap((item) => mergedEntries(item as Node, found, [...within, source]));
  found.error(value, '<<: expected a mapping to merge, or a list of them');
  return [];
}

/** A longer list of keys would hide the message. */
const LISTED_KEYS_MAX = 16;

function unknownKey(key: string, path: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  const where = path === '' ? '' : ` in ${path}`;
  if (guess) return `unknown key ${quoted(key)}${where}; did you mean ${quoted(guess)}?`;
  const all = known.length <= LISTED_KEYS_MAX ? `; known keys: ${known.join(', ')}` : '';
  return `unknown key ${quoted(key)}${where}${all}`;
}

function missingKey(key: string, path: string): string {
  return `${path === '' ? '' : `${path}: `}${key} is missing`;
}

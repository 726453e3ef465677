// Accepting a body that differed: ids for its new series, the row's new order of series, the new template. The last
// row's series that the body lacks come out as vanished.
import type { Labels } from '../../storage/model/labels.ts';
import type { ChangedLines } from './changed-lines.ts';
import { countDuplicate, type ExpositionState, storeValue } from './exposition-state.ts';
import { ALIAS, emptyTemplate, NEW, NEW_TIMED, ROW, type Template, TIMED } from './template.ts';

/** What changed for the row. */
export interface RowChange {
  /** The row has other series, or in another order. */
  readonly rowChanged: boolean;
  /** Series of the body before that are gone. */
  readonly vanishedIds: Int32Array;
}

/** What fits a line's meaning beside its kind. */
const ID_MAX = 2 ** 28 - 1;
const NONE = new Int32Array(0);

/**
 * Makes the lines that were read of `body` the state's template and its series the state's row.
 * @param idOf gives the id of a series by its labels.
 */
export function rebuild(
  state: ExpositionState,
  body: Uint8Array,
  idOf: (labels: Labels) => number,
): RowChange {
  const { lines } = state;
  const ids = lines.newIds;
  for (let i = 0; i < ids.length; i++) {
    const labels = lines.newLabels[i];
    if (labels !== null) ids[i] = idOf(labels);
    if (ids[i] > ID_MAX) throw new RangeError(`series id ${ids[i]} is beyond ${ID_MAX}`);
  }
  const { timed } = state;
  for (let i = 0; i < timed.count; i++) {
    if (timed.seriesIds[i] < 0) timed.seriesIds[i] = ids[-1 - timed.seriesIds[i]];
  }
  let newInRow = false;
  for (let i = 0; i < lines.count; i++) {
    const ref = lines.refs[i];
    if ((ref & 7) === NEW) newInRow = true;
    else if ((ref & 7) === NEW_TIMED) lines.refs[i] = (ids[ref >> 3] << 3) | TIMED;
  }
  const timedBefore = state.options.trackTimestampsStaleness ? timedIds(state.template) : NONE;
  const rowChanged = newInRow || lines.seenCount !== state.rowIds.length;
  const idsBefore = state.rowIds;
  if (rowChanged) renumber(state, lines);
  state.template = buildTemplate(state.template, lines, body);
  return { rowChanged, vanishedIds: vanished(state, rowChanged ? idsBefore : NONE, timedBefore) };
}

/** Gives the row's series slots in the order of the exposition; the values move along. */
function renumber(state: ExpositionState, lines: ChangedLines): void {
  const { rowIds, values } = state;
  const { refs, newIds, newValues } = lines;
  const slots = state.idSlots;
  slots.clear();
  const slotOfOld = new Int32Array(rowIds.length).fill(-1);
  const sizeMax = lines.seenCount + newIds.length;
  const nextIds = new Int32Array(sizeMax);
  state.values = new Float64Array(sizeMax + state.spareSlots);
  state.words = new Uint32Array(state.values.buffer);
  let next = 0;
  for (let i = 0; i < lines.count; i++) {
    const kind = refs[i] & 7;
    const arg = refs[i] >> 3;
    if (kind === ALIAS) {
      // Its first occurrence came before it, so the slot has its new place.
      refs[i] = (slotOfOld[arg] << 3) | ALIAS;
      continue;
    }
    if (kind !== ROW && kind !== NEW) continue;
    const id = kind === ROW ? rowIds[arg] : newIds[arg];
    const value = kind === ROW ? values[arg] : newValues[arg];
    let slot = slots.get(id);
    if (slot < 0) {
      slot = next++;
      slots.set(id, slot);
      nextIds[slot] = id;
      storeValue(state, slot, value);
      refs[i] = (slot << 3) | ROW;
    } else {
      countDuplicate(state, slot, value);
      refs[i] = (slot << 3) | ALIAS;
    }
    if (kind === ROW) slotOfOld[arg] = slot;
  }
  state.rowIds = nextIds.slice(0, next);
  if (next < sizeMax) {
    state.values = state.values.slice(0, next + state.spareSlots);
    state.words = new Uint32Array(state.values.buffer);
  }
}

/** Ids of the body before that no line of the new one has. */
function vanished(state: ExpositionState, rowBefore: Int32Array, timedBefore: Int32Array): Int32Array {
  if (rowBefore.length === 0 && timedBefore.length === 0) return NONE;
  const present = new Set<number>(state.rowIds);
  if (timedBefore.length > 0) for (const id of timedIds(state.template)) present.add(id);
  const gone = new Set<number>();
  for (const id of rowBefore) if (!present.has(id)) gone.add(id);
  for (const id of timedBefore) if (!present.has(id)) gone.add(id);
  return Int32Array.from(gone);
}

/** Series whose samples brought times of their own. */
export function timedIds(template: Template): Int32Array {
  const ids: number[] = [];
  for (let i = 0; i < template.count; i++) {
    if ((template.refs[i] & 7) === TIMED) ids.push(template.refs[i] >> 3);
  }
  return Int32Array.from(ids);
}

function buildTemplate(before: Template, lines: ChangedLines, body: Uint8Array): Template {
  if (lines.unkeyed) return emptyTemplate(before.strict);
  const { count, old, from, to } = lines;
  const ends = new Int32Array(count);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const line = old[i];
    size += line < 0 ? to[i] - from[i] : before.ends[line] - (line === 0 ? 0 : before.ends[line - 1]);
    ends[i] = size;
  }
  const keys = new Uint8Array(size);
  const keyView = new DataView(keys.buffer);
  const bodyView = new DataView(body.buffer, body.byteOffset, body.length);
  let at = 0;
  for (let i = 0; i < count; ) {
    const line = old[i];
    if (line < 0) {
      copy(keyView, at, bodyView, from[i], to[i]);
      at = ends[i++];
      continue;
    }
    // A run of lines that stood together before is copied at once.
    let last = i;
    while (last + 1 < count && old[last + 1] === old[last] + 1) last++;
    keys.set(before.keys.subarray(line === 0 ? 0 : before.ends[line - 1], before.ends[old[last]]), at);
    at = ends[last];
    i = last + 1;
  }
  const refs = lines.refs.slice(0, count);
  return {
    strict: before.strict,
    count,
    keys,
    ends,
    refs,
    samples: lines.samples,
    dropped: lines.dropped,
    index: null,
  };
}

/** Short runs, four bytes at a time: `set` of a subarray costs more than the copying. */
function copy(target: DataView, at: number, source: DataView, from: number, to: number): void {
  let i = from;
  let o = at;
  for (; i <= to - 4; i += 4, o += 4) target.setInt32(o, source.getInt32(i, true), true);
  for (; i < to; i++, o++) target.setUint8(o, source.getUint8(i));
}

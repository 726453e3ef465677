// Functions that give one number a step: time(), pi(), the query's own times, scalar(), min_of(), max_of(); and
// vector(), which makes a series of such a number.
import { hasBit } from '../../storage/model/sample.ts';
import type { Call } from '../lang/ast.ts';
import { goMax, goMin } from '../math/instant.ts';
import type { Build } from './build.ts';
import { NO_LABELS } from './labels.ts';
import { type Operator, type ScalarOperator, StepVector } from './operator.ts';

/** A number that is the same at every step. */
function constant(name: string, value: number): ScalarOperator {
  return { readScalar: (out) => void out.fill(value), explain: () => ({ name, inputs: [] }) };
}

/** pi(), start(), end(), step(), range(): the last four are the query's, in seconds, also inside a subquery. */
export function createConstant(node: Call, { context: { request } }: Build): ScalarOperator {
  const name = `${node.func}()`;
  switch (node.func) {
    case 'pi':
      return constant(name, Math.PI);
    case 'start':
      return constant(name, request.startMs / 1000);
    case 'end':
      return constant(name, request.endMs / 1000);
    case 'step':
      return constant(name, request.stepMs / 1000);
    default:
      return constant(name, (request.endMs - request.startMs) / 1000);
  }
}

/** time(): the step's own time in seconds. */
export function createTime({ grid }: Build): ScalarOperator {
  return {
    readScalar(out) {
      for (let k = 0; k < grid.count; k++) out[k] = (grid.startMs + k * grid.stepMs) / 1000;
    },
    explain: () => ({ name: 'time()', inputs: [] }),
  };
}

/** min_of(a, b) and max_of(a, b). */
export function createChoice(node: Call, build: Build): ScalarOperator {
  const left = build.scalar(node.args[0]);
  const right = build.scalar(node.args[1]);
  const choose = node.func === 'min_of' ? goMin : goMax;
  return {
    readScalar(out) {
      const { count } = build.grid;
      const others = new Float64Array(count);
      left.readScalar(out);
      right.readScalar(others);
      for (let k = 0; k < count; k++) out[k] = choose(out[k], others[k]);
    },
    explain: () => ({ name: node.func, inputs: [left, right] }),
  };
}

/** scalar(v): the value where exactly one series has a float, else NaN. */
export function createScalar(node: Call, build: Build): ScalarOperator {
  const input = build.vector(node.args[0]);
  return {
    readScalar(out) {
      const { count } = build.grid;
      const seen = new Uint8Array(count);
      const vector = new StepVector(count);
      const series = input.series().count;
      out.fill(NaN);
      for (let i = 0; i < series; i++) {
        input.read(i, vector);
        const { values, present, histograms } = vector;
        for (let k = 0; k < count; k++) {
          if ((present && !hasBit(present, k)) || histograms?.[k]) continue;
          out[k] = seen[k] === 0 ? values[k] : NaN;
          seen[k] = 1;
        }
      }
    },
    explain: () => ({ name: 'scalar', inputs: [input] }),
  };
}

/** vector(s): one series without labels. */
export function createVector(node: Call, build: Build): Operator {
  const input = build.scalar(node.args[0]);
  return {
    series: () => ({ count: 1, labels: () => NO_LABELS, dropName: null }),
    read(_, out) {
      input.readScalar(out.values);
      out.present = null;
      out.histograms = null;
      out.timesMs = null;
    },
    explain: () => ({ name: 'vector', inputs: [] }),
  };
}

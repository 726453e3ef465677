// Explain: operators wrapped so that what they do is counted. Only queries that ask for it are wrapped; the others
// pay nothing.
import type { ExplainNode } from '../result.ts';
import type { QueryContext } from './context.ts';
import type { Operator, ScalarOperator, SeriesTable, StepVector } from './operator.ts';

/** The operator, counted where the query asks for explain. */
export function measured(operator: Operator, context: QueryContext): Operator {
  return context.request.explain ? new Measured(operator, context) : operator;
}

/** The counts of a tree of operators that has run. */
export function explainTree(operator: Operator): ExplainNode {
  const { name, inputs } = operator.explain();
  const { count, reads, samples, ms } = operator instanceof Measured ? operator : NOTHING;
  return {
    name,
    series: count,
    reads,
    samples,
    seconds: ms / 1000,
    inputs: inputs.filter(isVector).map(explainTree),
  };
}

const NOTHING = { count: 0, reads: 0, samples: 0, ms: 0 };

function isVector(operator: Operator | ScalarOperator): operator is Operator {
  return 'read' in operator;
}

class Measured implements Operator {
  readonly #inner: Operator;
  readonly #context: QueryContext;
  count = 0;
  reads = 0;
  samples = 0;
  ms = 0;

  constructor(inner: Operator, context: QueryContext) {
    this.#inner = inner;
    this.#context = context;
  }

  series(): SeriesTable {
    const table = this.#timed(() => this.#inner.series());
    this.count = table.count;
    return table;
  }

  read(i: number, out: StepVector): void {
    this.reads++;
    this.#timed(() => this.#inner.read(i, out));
  }

  #timed<Result>(work: () => Result): Result {
    const started = performance.now();
    const samples = this.#context.samplesRead;
    const result = work();
    this.ms += performance.now() - started;
    this.samples += this.#context.samplesRead - samples;
    return result;
  }

  explain(): ReturnType<Operator['explain']> {
    return this.#inner.explain();
  }
}

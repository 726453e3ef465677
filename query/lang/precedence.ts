// Operator precedence: a flat run of operands and operators becomes a tree, by two stacks instead of recursion. One
// algorithm for expressions and for duration expressions.

/** Binding powers, low to high; `^` alone is right-associative. */
const powers: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

export function bindingPower(op: string): number {
  return powers[op];
}

/** An operator waiting for its right operand. */
interface Pending<Node, Op> {
  readonly power: number;
  /** The left operand; null for a sign before an operand. */
  readonly left: Node | null;
  readonly op: Op;
}

/**
 * Builds a tree of `Node`s from operands and operators as they come: `sign`s, an operand, an operator, … Signs bind
 * like `*`: `-a ^ b` is `-(a ^ b)`, `-a * b` is `(-a) * b`.
 */
export class Chain<Node, Op> {
  readonly #join: (left: Node | null, op: Op, right: Node) => Node;
  readonly #pending: Pending<Node, Op>[] = [];
  #operand: Node | undefined;

  /** `join` makes the node of an operator; `left` is null for a sign. */
  constructor(join: (left: Node | null, op: Op, right: Node) => Node) {
    this.#join = join;
  }

  /** How many operators wait for their right side: the depth to the right of the tree so far. */
  get depth(): number {
    return this.#pending.length;
  }

  sign(op: Op): void {
    this.#pending.push({ power: powers['*'], left: null, op });
  }

  operand(node: Node): void {
    this.#operand = node;
  }

  operator(text: string, op: Op): void {
    const power = powers[text];
    const left = this.#reduce(text === '^' ? power + 1 : power);
    this.#pending.push({ power, left, op });
  }

  finish(): Node {
    return this.#reduce(0);
  }

  /** Closes all operators that bind at least as strongly as `power`. */
  #reduce(power: number): Node {
    let node = this.#operand as Node;
    const pending = this.#pending;
    while (pending.length > 0 && pending[pending.length - 1].power >= power) {
      const { left, op } = pending.pop() as Pending<Node, Op>;
      node = this.#join(left, op, node);
    }
    return node;
  }
}

/**
 * Simplification: the Program is emitted anew through a builder that applies
 * the rules of `simplify/` and gives equal nodes one value, then loses its dead
 * nodes. With clamped inputs a layer is the same value in every step of an
 * unrolled inference, so this alone removes most of the arithmetic of a
 * training step.
 *
 * @module
 */
import { round } from "../base/dtype.ts";
import type { Aval } from "../base/shape.ts";
import type { Primitive, PrimitiveParams } from "../ir/primitives.ts";
import type { Node, Program, ValueId } from "../ir/program.ts";
import { inferAvals } from "../ir/shape_rules.ts";
import { nodeHasEffects } from "./effects.ts";
import { isNeeded, livingValues, removeDead } from "./simplify/dead.ts";
import { ValueNumbers } from "./simplify/keys.ts";
import type { Replacement, Rewriter, Rule } from "./simplify/rewriter.ts";
import { RULES } from "./simplify/rules.ts";

/**
 * Passes over one Program. The first applies all rules that need no counts of
 * users; few Programs need more than one pass after it.
 */
const MAX_PASSES = 8;

/** A later pass that removes at most one node in so many is the last. */
const FEW = 64;

/** A builder that simplifies what it is given. */
export class SimplifyingBuilder implements Rewriter {
  /** Inputs so far. */
  readonly inputs: ValueId[] = [];
  /** Nodes so far. */
  readonly nodes: Node[] = [];
  /** Avals so far. */
  readonly avals: Aval[] = [];
  readonly #numbers = new ValueNumbers();
  readonly #producers: (Node | undefined)[] = [];
  readonly #splats: (number | undefined)[] = [];
  readonly #users: number[] | null;
  #unfinished = false;

  /** Whether nothing is infinite or NaN. */
  readonly finiteMath: boolean;

  /** A builder; with `countsUsers`, `countUsers` is told of every use. */
  constructor(countsUsers: boolean, finiteMath: boolean) {
    this.#users = countsUsers ? [] : null;
    this.finiteMath = finiteMath;
  }

  /** Whether another pass may find more. */
  get unfinished(): boolean {
    return this.#unfinished;
  }

  /** Declares one more input. */
  input(aval: Aval): ValueId {
    const id = this.#value(aval, undefined, undefined);
    this.inputs.push(id);
    return id;
  }

  /** Appends a node, or finds the values it would yield. */
  emit<P extends Primitive>(
    primitive: P,
    inputs: readonly ValueId[],
    params: PrimitiveParams[P],
  ): readonly ValueId[] {
    const rule = RULES[primitive] as Rule<P> | null;
    const found: Replacement = rule?.(this, inputs, params);
    if (found !== undefined) {
      return typeof found === "number" ? [found] : found;
    }
    if (nodeHasEffects(primitive, params)) {
      return this.#append(primitive, inputs, params);
    }
    return this.#numbers.find(
      primitive,
      inputs,
      params,
      () => this.#append(primitive, inputs, params),
    );
  }

  /** Closes the Program. */
  build(outputs: readonly ValueId[]): Program {
    const { inputs, nodes, avals } = this;
    return { inputs, nodes, outputs, avals };
  }

  /** Tells that `value` will be used `count` times. */
  countUsers(value: ValueId, count: number): void {
    if (this.#users) this.#users[value] = (this.#users[value] ?? 0) + count;
  }

  /** The node that yields `value`; nothing for an input. */
  producer(value: ValueId): Node | undefined {
    return this.#producers[value];
  }

  /** The number that every element of `value` is, when known. */
  splat(value: ValueId): number | undefined {
    return this.#splats[value];
  }

  /** Whether `value` is known to have at most one user. */
  usedOnce(value: ValueId): boolean {
    const once = this.#users !== null && (this.#users[value] ?? 0) <= 1;
    // Refused for want of counts, or granted: both may lead to more.
    if (once || this.#users === null) this.#unfinished = true;
    return once;
  }

  /** Simplifies the body of a loop. */
  simplifyBody(body: Program): Program {
    return simplify(body, this);
  }

  #append<P extends Primitive>(
    primitive: P,
    inputs: readonly ValueId[],
    params: PrimitiveParams[P],
  ): ValueId[] {
    const avals = inferAvals(
      primitive,
      inputs.map((id) => this.avals[id]),
      params,
    );
    const outputs: ValueId[] = [];
    const node = { primitive, params, inputs, outputs } as unknown as Node;
    for (const aval of avals) {
      outputs.push(this.#value(aval, node, this.#splatOf(node)));
    }
    this.nodes.push(node);
    return outputs;
  }

  #splatOf({ primitive, params, inputs }: Node): number | undefined {
    if (primitive === "broadcast") return this.#splats[inputs[0]];
    if (primitive !== "constant") return undefined;
    const { dtype, value } = params as PrimitiveParams["constant"];
    return round(dtype, value);
  }

  #value(
    aval: Aval,
    producer: Node | undefined,
    splat: number | undefined,
  ): ValueId {
    this.avals.push(aval);
    this.#producers.push(producer);
    this.#splats.push(splat);
    return this.avals.length - 1;
  }
}

/** What {@link simplify} may take for granted. */
export interface SimplifyOptions {
  /** Whether nothing is infinite or NaN, so that `0 * x` is 0. */
  readonly finiteMath?: boolean;
}

const exact = new WeakMap<Program, Program>();
const finite = new WeakMap<Program, Program>();

/**
 * The Program with the same inputs and outputs, and fewer nodes. Prints stay,
 * in their order; derivatives can no longer be taken, because `stopGradient`
 * and `customVjp` are gone.
 */
export function simplify(
  program: Program,
  { finiteMath = false }: SimplifyOptions = {},
): Program {
  const simplified = finiteMath ? finite : exact;
  const known = simplified.get(program);
  if (known) return known;
  let current = program;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const builder = new SimplifyingBuilder(pass > 0, finiteMath);
    const living = removeDead(runPass(builder, current, pass > 0));
    const { length: before } = current.nodes;
    current = living.program;
    if (living.trimmed) continue;
    const found = before - current.nodes.length;
    if (!builder.unfinished || pass > 0 && found * FEW <= before) break;
  }
  simplified.set(program, current);
  simplified.set(current, current);
  return current;
}

function runPass(
  builder: SimplifyingBuilder,
  program: Program,
  counts: boolean,
): Program {
  const users = counts ? usersOf(program) : null;
  const map = new Int32Array(program.avals.length);
  const define = (id: ValueId, value: ValueId) => {
    map[id] = value;
    if (users) builder.countUsers(value, users[id]);
  };
  for (const id of program.inputs) {
    define(id, builder.input(program.avals[id]));
  }
  const live = livingValues(program);
  for (const node of program.nodes) {
    if (!isNeeded(node, live)) continue;
    const outs = builder.emit(
      node.primitive,
      node.inputs.map((id) => map[id]),
      node.params,
    );
    for (let i = 0; i < outs.length; i++) define(node.outputs[i], outs[i]);
  }
  return builder.build(program.outputs.map((id) => map[id]));
}

/** How many operands and outputs each value is. */
function usersOf(program: Program): Int32Array {
  const users = new Int32Array(program.avals.length);
  for (const node of program.nodes) {
    for (const id of node.inputs) users[id]++;
  }
  for (const id of program.outputs) users[id]++;
  return users;
}

/**
 * Program: a typed SSA graph of primitives, immutable once built. Values are
 * dense integers; `avals[value]` says what each is. Everything a computation
 * needs beyond its inputs is in static parameters, so equal text means equal
 * meaning: {@link programKey} is a cache key.
 *
 * @module
 */
import type { Aval } from "../base/shape.ts";
import type { Primitive, PrimitiveParams } from "./primitives.ts";
import { inferAvals } from "./shape_rules.ts";

/** Index of a value in a Program. */
export type ValueId = number;

/** One application of a primitive. */
export interface Node<P extends Primitive = Primitive> {
  /** What is computed. */
  readonly primitive: P;
  /** Its static parameters. */
  readonly params: PrimitiveParams[P];
  /** Operands. */
  readonly inputs: readonly ValueId[];
  /** Results. */
  readonly outputs: readonly ValueId[];
}

/** Inputs, nodes in order of execution, outputs. */
export interface Program {
  /** Values given by the caller. */
  readonly inputs: readonly ValueId[];
  /** Nodes in an order in which they can run. */
  readonly nodes: readonly Node[];
  /** Values handed back; repeats are allowed. */
  readonly outputs: readonly ValueId[];
  /** Dtype and shape of each value. */
  readonly avals: readonly Aval[];
}

/** Whether the node is of the given primitive (narrows its parameters). */
export function isNode<P extends Primitive>(
  node: Node,
  primitive: P,
): node is Node<P> {
  return node.primitive === (primitive as Primitive);
}

/** Appends nodes one by one and infers their avals. */
export class Builder {
  /** Inputs so far. */
  readonly inputs: ValueId[] = [];
  /** Nodes so far. */
  readonly nodes: Node[] = [];
  /** Avals so far. */
  readonly avals: Aval[] = [];

  /** Declares one more input. */
  input(aval: Aval): ValueId {
    const id = this.#value(aval);
    this.inputs.push(id);
    return id;
  }

  /**
   * Appends a node.
   *
   * @returns Its output values.
   * @throws {ShapeError} If the operands do not fit the primitive.
   */
  emit<P extends Primitive>(
    primitive: P,
    inputs: readonly ValueId[],
    params: PrimitiveParams[P],
  ): ValueId[] {
    const avals = inferAvals(
      primitive,
      inputs.map((i) => this.avals[i]),
      params,
    );
    const outputs = avals.map((a) => this.#value(a));
    this.nodes.push({ primitive, params, inputs, outputs } as Node);
    return outputs;
  }

  /** Closes the Program. */
  build(outputs: readonly ValueId[]): Program {
    return {
      inputs: this.inputs,
      nodes: this.nodes,
      outputs,
      avals: this.avals,
    };
  }

  #value(aval: Aval): ValueId {
    this.avals.push(aval);
    return this.avals.length - 1;
  }
}

/** What can receive nodes: a plain Builder or one that simplifies. */
export interface Emitter {
  /** Avals so far. */
  readonly avals: readonly Aval[];
  /** Appends a node, or finds the values it would yield. */
  emit<P extends Primitive>(
    primitive: P,
    inputs: readonly ValueId[],
    params: PrimitiveParams[P],
  ): readonly ValueId[];
}

/**
 * Appends the nodes of `program` to `target`.
 *
 * @param args Values of `target` that stand for the inputs.
 * @returns Values of `target` that stand for the outputs.
 */
export function inline(
  target: Emitter,
  program: Program,
  args: readonly ValueId[],
): ValueId[] {
  const map = new Array<ValueId>(program.avals.length);
  program.inputs.forEach((id, i) => map[id] = args[i]);
  for (const node of program.nodes) {
    const outs = target.emit(
      node.primitive,
      node.inputs.map((i) => map[i]),
      node.params,
    );
    node.outputs.forEach((id, i) => map[id] = outs[i]);
  }
  return program.outputs.map((id) => map[id]);
}

const keys = new WeakMap<Program, string>();

/** Text that is equal exactly when two Programs are. */
export function programKey(program: Program): string {
  let key = keys.get(program);
  if (key === undefined) {
    const number = new Map<ValueId, number>();
    const name = (id: ValueId): number => {
      if (!number.has(id)) number.set(id, number.size);
      return number.get(id)!;
    };
    const head = program.inputs.map((i) => {
      name(i);
      return `${program.avals[i].dtype}${program.avals[i].shape}`;
    });
    const body = program.nodes.map((n) => {
      const ins = n.inputs.map(name);
      n.outputs.forEach(name);
      return `${n.primitive}${paramsKey(n.params)}(${ins})`;
    });
    key = `${head.join(";")}|${body.join(";")}|${program.outputs.map(name)}`;
    keys.set(program, key);
  }
  return key;
}

/** Text that is equal exactly when the parameters of two nodes are. */
export function paramsKey(params: PrimitiveParams[Primitive]): string {
  return JSON.stringify(params, (_, value: unknown) => {
    if (typeof value === "number") return numberKey(value);
    return isProgram(value) ? programKey(value) : value;
  });
}

function numberKey(value: number): number | string {
  return Object.is(value, -0)
    ? "-0"
    : Number.isFinite(value)
    ? value
    : `${value}`;
}

function isProgram(value: unknown): value is Program {
  return typeof value === "object" && value !== null && "nodes" in value;
}

/**
 * Reverse-mode differentiation, Program -> Program. The forward Program yields
 * the outputs and the residuals: the values its backward Program needs. Both
 * are ordinary Programs, so derivatives of any order are derivatives again.
 *
 * @module
 */
import { type Aval, range } from "../base/shape.ts";
import {
  Builder,
  isNode,
  type Node,
  type Program,
  type ValueId,
} from "../ir/program.ts";
import { activeValues } from "./activity.ts";
import { Ops } from "./ops.ts";
import { VJP_RULES, type VjpContext } from "./vjp_rules.ts";
import { condForward } from "./vjp_cond.ts";
import {
  customForward,
  scanForward,
  sortForward,
  type Special,
} from "./vjp_control.ts";

/** A function and its pullback. */
export interface Vjp {
  /** Inputs -> outputs, then residuals. */
  readonly forward: Program;
  /** Residuals, then cotangents -> gradients of the inputs asked for. */
  readonly backward: Program;
  /** How many residuals there are. */
  readonly residuals: number;
  /** Outputs whose cotangents the backward Program takes, in order. */
  readonly cotangents: readonly number[];
}

/**
 * Differentiates `program` with respect to the inputs marked in `wrt`.
 *
 * @param wrt One flag per input; a marked input must be f32.
 * @param of Outputs to differentiate; all by default.
 * @throws {TraceError} If a primitive on the way has no derivative.
 */
export function vjp(
  program: Program,
  wrt: readonly boolean[],
  of: readonly number[] = range(program.outputs.length),
): Vjp {
  const forward = new Builder();
  const inputs = program.inputs.map((id) => forward.input(program.avals[id]));
  const run = forwardInto(forward, program, inputs, wrt);
  const pass = new BackwardPass(forward, new Builder());
  const cotangents: number[] = [];
  const gradients = backwardOver(pass, program, run, wrt, of, (i, aval) => {
    cotangents.push(i);
    return pass.cotangentInput(aval);
  });
  return {
    forward: forward.build([...run.outputs, ...pass.residualIds]),
    backward: pass.build(gradients),
    residuals: pass.residualIds.length,
    cotangents,
  };
}

/**
 * Appends `program` and the gradient of its first output, a scalar, to
 * `target`: the forward and the backward pass in one Program, without
 * residuals.
 *
 * @param inputs Values of `target` that stand for the inputs.
 * @returns The outputs, and the gradients of the inputs marked in `wrt`.
 */
export function gradientInto(
  target: Builder,
  program: Program,
  inputs: readonly ValueId[],
  wrt: readonly boolean[],
): { outputs: ValueId[]; gradients: ValueId[] } {
  const run = forwardInto(target, program, inputs, wrt);
  const pass = new BackwardPass(target, target);
  const one = (_: number, aval: Aval) => pass.ops.full(aval, 1);
  const gradients = backwardOver(pass, program, run, wrt, [0], one);
  return { outputs: run.outputs, gradients };
}

/** A forward pass, as emitted. */
interface ForwardRun {
  /** Whether a gradient passes through a value. */
  readonly active: readonly boolean[];
  /** Value of the Program -> emitted value. */
  readonly map: readonly ValueId[];
  readonly specials: ReadonlyMap<Node, Special>;
  readonly outputs: ValueId[];
}

function forwardInto(
  forward: Builder,
  program: Program,
  inputs: readonly ValueId[],
  wrt: readonly boolean[],
): ForwardRun {
  const active = activeValues(program, wrt);
  const map = new Array<ValueId>(program.avals.length);
  const specials = new Map<Node, Special>();
  program.inputs.forEach((id, i) => map[id] = inputs[i]);
  for (const node of program.nodes) {
    const inputs = node.inputs.map((i) => map[i]);
    let outputs: readonly ValueId[];
    if (!node.outputs.some((id) => active[id])) {
      outputs = forward.emit(node.primitive, inputs, node.params);
    } else {
      const flags = node.inputs.map((id) => active[id]);
      const special = isNode(node, "scan")
        ? scanForward(forward, node, inputs, flags, vjp)
        : isNode(node, "cond")
        ? condForward(forward, node, inputs, flags, vjp)
        : isNode(node, "sort")
        ? sortForward(forward, node, inputs)
        : isNode(node, "customVjp")
        ? customForward(forward, node, inputs)
        : null;
      if (special) specials.set(node, special);
      outputs = special?.outputs ??
        forward.emit(node.primitive, inputs, node.params);
    }
    node.outputs.forEach((id, i) => map[id] = outputs[i]);
  }
  const outputs = program.outputs.map((id) => map[id]);
  return { active, map, specials, outputs };
}

/** Goes back through all nodes; the gradients of the inputs in `wrt`. */
function backwardOver(
  pass: BackwardPass,
  program: Program,
  { active, map, specials }: ForwardRun,
  wrt: readonly boolean[],
  of: readonly number[],
  seed: (output: number, aval: Aval) => ValueId,
): ValueId[] {
  program.outputs.forEach((id, i) => {
    if (!active[id] || !of.includes(i)) return;
    pass.accumulate(map[id], seed(i, program.avals[id]));
  });
  for (let n = program.nodes.length - 1; n >= 0; n--) {
    const node = program.nodes[n];
    if (!node.outputs.some((id) => pass.has(map[id]))) continue;
    const inputs = node.inputs.map((id) => map[id]);
    const outputs = node.outputs.map((id) => map[id]);
    const needs = node.inputs.map((id) => active[id]);
    const special = specials.get(node);
    const gradients = special
      ? special.backward(pass, outputs, needs)
      : pass.apply(node, inputs, outputs, needs);
    gradients.forEach((g, i) => {
      if (g !== null && needs[i]) pass.accumulate(inputs[i], g);
    });
  }
  return program.inputs.filter((_, i) => wrt[i])
    .map((id) => pass.gradient(map[id]));
}

/** The backward Program under construction. */
export class BackwardPass {
  /** Emits into the backward Program. */
  readonly ops: Ops;
  readonly #forward: Builder;
  readonly #builder: Builder;
  readonly #producers = new Map<ValueId, Node>();
  #produced = 0;
  readonly #primals = new Map<ValueId, ValueId>();
  readonly #residuals: { forward: ValueId; backward: ValueId }[] = [];
  readonly #cotangentInputs: ValueId[] = [];
  readonly #cotangents = new Map<ValueId, ValueId>();

  /**
   * Starts the pass back through `forward`, written to `backward`; with one
   * builder for both, forward values are at hand and nothing is a residual.
   */
  constructor(forward: Builder, backward: Builder) {
    this.#forward = forward;
    this.#builder = backward;
    this.ops = new Ops(backward);
  }

  /** Forward values that became residuals. */
  get residualIds(): ValueId[] {
    return this.#residuals.map((r) => r.forward);
  }

  /** Declares a cotangent as input. */
  cotangentInput(aval: Aval): ValueId {
    const id = this.#builder.input(aval);
    this.#cotangentInputs.push(id);
    return id;
  }

  /** Whether a forward value has a cotangent. */
  has(id: ValueId): boolean {
    return this.#cotangents.has(id);
  }

  /** Cotangent of a forward value, or null when it is zero. */
  cotangent(id: ValueId): ValueId | null {
    return this.#cotangents.get(id) ?? null;
  }

  /** Cotangent of a forward value, as zeros when there is none. */
  gradient(id: ValueId): ValueId {
    return this.#cotangents.get(id) ??
      this.ops.full(this.#forward.avals[id], 0);
  }

  /** Adds to the cotangent of a forward value. */
  accumulate(id: ValueId, ct: ValueId): void {
    const old = this.#cotangents.get(id);
    this.#cotangents.set(id, old === undefined ? ct : this.ops.add(old, ct));
  }

  /** The forward value itself, as a residual or computed again if trivial. */
  primal(id: ValueId): ValueId {
    if (this.#builder === this.#forward) return id;
    let value = this.#primals.get(id);
    if (value === undefined) {
      const node = this.#producer(id);
      const trivial = node !== undefined &&
        (isNode(node, "constant") || isNode(node, "iota") ||
          (isNode(node, "broadcast") &&
            this.#producer(node.inputs[0])?.primitive === "constant"));
      if (trivial) {
        const inputs = node.inputs.map((i) => this.primal(i));
        value = this.#builder.emit(node.primitive, inputs, node.params)[0];
      } else {
        value = this.#builder.input(this.#forward.avals[id]);
        this.#residuals.push({ forward: id, backward: value });
      }
      this.#primals.set(id, value);
    }
    return value;
  }

  /** Applies the rule of one node. */
  apply(
    node: Node,
    inputs: readonly ValueId[],
    outputs: readonly ValueId[],
    needs: readonly boolean[],
  ): (ValueId | null)[] {
    const context: VjpContext = {
      o: this.ops,
      d: this.#cotangents.get(outputs[0])!,
      x: (i) => this.primal(inputs[i]),
      y: () => this.primal(outputs[0]),
      aval: (i) => this.#forward.avals[inputs[i]],
      needs,
    };
    const rule = VJP_RULES[node.primitive] as (
      c: VjpContext,
      params: Node["params"],
    ) => (ValueId | null)[];
    return rule(context, node.params);
  }

  /** Closes the backward Program. */
  build(gradients: readonly ValueId[]): Program {
    const program = this.#builder.build(gradients);
    const inputs = [
      ...this.#residuals.map((r) => r.backward),
      ...this.#cotangentInputs,
    ];
    return { ...program, inputs };
  }

  #producer(id: ValueId): Node | undefined {
    const nodes = this.#forward.nodes;
    for (; this.#produced < nodes.length; this.#produced++) {
      const node = nodes[this.#produced];
      for (const out of node.outputs) this.#producers.set(out, node);
    }
    return this.#producers.get(id);
  }
}

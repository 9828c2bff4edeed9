/**
 * What a loop computes from its constants alone is the same in every run, so it
 * is computed once, before the loop: with clamped inputs that is the first
 * layer of a network.
 *
 * @module
 */
import type { Primitive, PrimitiveParams } from "../../ir/primitives.ts";
import {
  Builder,
  inline,
  type Node,
  type Program,
  type ValueId,
} from "../../ir/program.ts";
import { nodeHasEffects } from "../effects.ts";
import type { Rewriter } from "./rewriter.ts";

/** Free inside the loop, while their results outside would take memory. */
const FREE: ReadonlySet<Primitive> = new Set<Primitive>([
  "constant",
  "iota",
  "broadcast",
  "reshape",
  "transpose",
  "slice",
  "reverse",
]);

/** Moves the invariant part of a simplified body out of it, if there is any. */
export function hoistInvariants(
  r: Rewriter,
  inputs: readonly ValueId[],
  params: PrimitiveParams["scan"],
): readonly ValueId[] | undefined {
  const { body, constants } = params;
  const { nodes, values } = invariants(body, constants);
  if (values.length === 0) return undefined;

  const before: Program = {
    inputs: body.inputs.slice(0, constants),
    nodes,
    outputs: values,
    avals: body.avals,
  };
  const hoisted = inline(r, before, inputs.slice(0, constants));

  const outside = new Set(nodes);
  const b = new Builder();
  const map = new Map<ValueId, ValueId>();
  const declare = (id: ValueId) => map.set(id, b.input(body.avals[id]));
  body.inputs.slice(0, constants).forEach(declare);
  values.forEach(declare);
  body.inputs.slice(constants).forEach(declare);
  for (const node of body.nodes) {
    // What is free and has an operand that nothing in the loop needs is not
    // needed either.
    const isOutside = outside.has(node) &&
      (!FREE.has(node.primitive) || node.inputs.some((id) => !map.has(id)));
    if (isOutside) continue;
    const operands = node.inputs.map((id) => map.get(id)!);
    const outs = b.emit(node.primitive, operands, node.params);
    node.outputs.forEach((id, i) => map.set(id, outs[i]));
  }
  return r.emit(
    "scan",
    [...inputs.slice(0, constants), ...hoisted, ...inputs.slice(constants)],
    {
      ...params,
      body: b.build(body.outputs.map((id) => map.get(id)!)),
      constants: constants + values.length,
    },
  );
}

/**
 * The nodes of a body that depend on its constants alone, and the computed
 * values among theirs that the rest of the body uses.
 */
function invariants(
  body: Program,
  constants: number,
): { nodes: Node[]; values: ValueId[] } {
  const nodes: Node[] = [];
  const producers = new Map<ValueId, Node | null>();
  for (const id of body.inputs.slice(0, constants)) producers.set(id, null);
  const values = new Set<ValueId>();
  const need = (id: ValueId) => {
    const node = producers.get(id);
    if (!node) return;
    if (FREE.has(node.primitive)) node.inputs.forEach(need);
    else values.add(id);
  };
  for (const node of body.nodes) {
    const isInvariant = !nodeHasEffects(node.primitive, node.params) &&
      node.inputs.every((id) => producers.has(id));
    if (isInvariant) {
      nodes.push(node);
      for (const id of node.outputs) producers.set(id, node);
    } else node.inputs.forEach(need);
  }
  body.outputs.forEach(need);
  return { nodes, values: [...values] };
}

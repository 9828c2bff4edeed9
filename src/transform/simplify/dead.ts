/**
 * Removes what no output and no print needs, inside loops as well, and numbers
 * the values that are left densely.
 *
 * @module
 */
import type { Aval } from "../../base/shape.ts";
import {
  isNode,
  type Node,
  type Program,
  type ValueId,
} from "../../ir/program.ts";
import { nodeHasEffects } from "../effects.ts";

/** A Program without dead nodes. */
export interface Living {
  /** The Program; its inputs are all kept. */
  readonly program: Program;
  /** Whether a loop has lost operands or results. */
  readonly trimmed: boolean;
}

/** Marks (with 1) the values that outputs and prints depend on. */
export function livingValues(program: Program): Uint8Array {
  const live = new Uint8Array(program.avals.length);
  for (const id of program.outputs) live[id] = 1;
  return spread(program, live);
}

/** Marks what the marked values and prints depend on as well. */
function spread({ nodes }: Program, live: Uint8Array): Uint8Array {
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!isNeeded(nodes[i], live)) continue;
    for (const id of nodes[i].inputs) live[id] = 1;
  }
  return live;
}

/** Whether a node yields a marked value or prints. */
export function isNeeded(node: Node, live: Uint8Array): boolean {
  for (const id of node.outputs) if (live[id] === 1) return true;
  return nodeHasEffects(node.primitive, node.params);
}

/** Removes dead nodes, and dead carries, operands and results of loops. */
export function removeDead(program: Program): Living {
  const live = new Uint8Array(program.avals.length);
  for (const id of program.outputs) live[id] = 1;
  const kept: Node[] = [];
  let trimmed = false;
  for (let i = program.nodes.length - 1; i >= 0; i--) {
    let node = program.nodes[i];
    if (!isNeeded(node, live)) continue;
    if (isNode(node, "scan")) {
      const shorter = trimScan(node, live);
      trimmed ||= shorter !== node;
      node = shorter;
    } else if (isNode(node, "sort")) node = trimSort(node, live);
    for (const id of node.inputs) live[id] = 1;
    kept.push(node);
  }
  return { program: renumber(program, kept.reverse()), trimmed };
}

/** The Program with the given nodes, its values numbered from 0. */
function renumber(program: Program, nodes: readonly Node[]): Program {
  const avals: Aval[] = [];
  const map = new Int32Array(program.avals.length);
  const define = (id: ValueId): ValueId => {
    map[id] = avals.length;
    avals.push(program.avals[id]);
    return map[id];
  };
  const inputs = program.inputs.map(define);
  const renamed = nodes.map(({ primitive, params, ...node }): Node => ({
    primitive,
    params,
    inputs: node.inputs.map((id) => map[id]),
    outputs: node.outputs.map(define),
  }));
  const outputs = program.outputs.map((id) => map[id]);
  return { inputs, nodes: renamed, outputs, avals };
}

/** Values of a body that the results marked in `needed` depend on. */
function usedInBody(body: Program, needed: readonly boolean[]): Uint8Array {
  const live = new Uint8Array(body.avals.length);
  body.outputs.forEach((id, i) => {
    if (needed[i]) live[id] = 1;
  });
  return spread(body, live);
}

/** The sort without the operands that are no keys and that nothing needs. */
function trimSort(node: Node<"sort">, live: Uint8Array): Node<"sort"> {
  const takes = (i: number) =>
    i < node.params.keys || live[node.outputs[i]] === 1;
  return {
    ...node,
    inputs: node.inputs.filter((_, i) => takes(i)),
    outputs: node.outputs.filter((_, i) => takes(i)),
  };
}

/** The loop without the carries, operands and results that nothing needs. */
function trimScan(node: Node<"scan">, live: Uint8Array): Node<"scan"> {
  const { body, constants, carries } = node.params;
  const needed = node.outputs.map((id) => live[id] === 1);
  let used = usedInBody(body, needed);
  // A carry that is read is needed, and so is what it is computed from.
  for (let grew = true; grew;) {
    grew = false;
    for (let i = 0; i < carries; i++) {
      if (needed[i] || used[body.inputs[constants + i]] === 0) continue;
      needed[i] = true;
      grew = true;
    }
    if (grew) used = usedInBody(body, needed);
  }
  const takes = body.inputs.map((id, i) => {
    const carry = i - constants;
    return carry >= 0 && carry < carries ? needed[carry] : used[id] === 1;
  });
  if (takes.every(Boolean) && needed.every(Boolean)) return node;
  const kept = <T>(list: readonly T[], keep: readonly boolean[]) =>
    list.filter((_, i) => keep[i]);
  const small: Program = {
    inputs: kept(body.inputs, takes),
    nodes: body.nodes,
    outputs: kept(body.outputs, needed),
    avals: body.avals,
  };
  return {
    primitive: "scan",
    inputs: kept(node.inputs, takes),
    outputs: kept(node.outputs, needed),
    params: {
      ...node.params,
      body: removeDead(small).program,
      constants: takes.slice(0, constants).filter(Boolean).length,
      carries: needed.slice(0, carries).filter(Boolean).length,
    },
  };
}

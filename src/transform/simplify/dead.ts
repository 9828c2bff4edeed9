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
    const shorter = trim(node, live);
    trimmed ||= shorter !== node && node.primitive !== "sort";
    node = shorter;
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

/** The node without operands and results that nothing needs. */
function trim(node: Node, live: Uint8Array): Node {
  if (isNode(node, "scan")) return trimScan(node, live);
  if (isNode(node, "while")) return trimWhile(node, live);
  if (isNode(node, "cond")) return trimCond(node, live);
  return isNode(node, "sort") ? trimSort(node, live) : node;
}

const kept = <T>(list: readonly T[], keep: readonly boolean[]) =>
  list.filter((_, i) => keep[i]);

/** A Program with some of its inputs and outputs, and no dead nodes. */
function part(
  program: Program,
  takes: readonly boolean[],
  needed: readonly boolean[],
): Program {
  return removeDead({
    inputs: kept(program.inputs, takes),
    nodes: program.nodes,
    outputs: kept(program.outputs, needed),
    avals: program.avals,
  }).program;
}

/** Each branch yields what is needed, and takes what any of them needs. */
function trimCond(node: Node<"cond">, live: Uint8Array): Node<"cond"> {
  const { branches } = node.params;
  const needed = node.outputs.map((id) => live[id] === 1);
  const used = branches.map((branch) => usedInBody(branch, needed));
  const takes = branches[0].inputs.map((_, i) =>
    branches.some((branch, k) => used[k][branch.inputs[i]] === 1)
  );
  if (takes.every(Boolean) && needed.every(Boolean)) return node;
  return {
    primitive: "cond",
    inputs: kept(node.inputs, [true, ...takes]),
    outputs: kept(node.outputs, needed),
    params: { branches: branches.map((b) => part(b, takes, needed)) },
  };
}

/** Carries stay that are results, or that those or the condition need. */
function trimWhile(node: Node<"while">, live: Uint8Array): Node<"while"> {
  const { condition, body, constants } = node.params;
  const needed = node.outputs.map((id) => live[id] === 1);
  const asked = usedInBody(condition, [true]);
  let used = usedInBody(body, needed);
  const isUsed = (i: number) =>
    used[body.inputs[i]] === 1 || asked[condition.inputs[i]] === 1;
  for (let grew = true; grew;) {
    grew = false;
    needed.forEach((need, i) => {
      if (need || !isUsed(constants + i)) return;
      needed[i] = true;
      grew = true;
    });
    if (grew) used = usedInBody(body, needed);
  }
  const takes = body.inputs.map((_, i) =>
    i < constants ? isUsed(i) : needed[i - constants]
  );
  if (takes.every(Boolean)) return node;
  return {
    primitive: "while",
    inputs: kept(node.inputs, takes),
    outputs: kept(node.outputs, needed),
    params: {
      ...node.params,
      condition: part(condition, takes, [true]),
      body: part(body, takes, needed),
      constants: takes.slice(0, constants).filter(Boolean).length,
    },
  };
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
  return {
    primitive: "scan",
    inputs: kept(node.inputs, takes),
    outputs: kept(node.outputs, needed),
    params: {
      ...node.params,
      body: part(body, takes, needed),
      constants: takes.slice(0, constants).filter(Boolean).length,
      carries: needed.slice(0, carries).filter(Boolean).length,
    },
  };
}

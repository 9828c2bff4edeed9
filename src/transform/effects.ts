/**
 * Prints as values: `debugPrint` nodes become outputs, so that devices never
 * see an effect. A print inside a loop becomes one stacked output, from which
 * the host prints once per run of the body.
 *
 * @module
 */
import type { Primitive, PrimitiveParams } from "../ir/primitives.ts";
import {
  Builder,
  inline,
  isNode,
  type Node,
  type Program,
  type ValueId,
} from "../ir/program.ts";

const effects = new WeakMap<Program, boolean>();

/** Whether running the Program prints something. */
export function hasEffects(program: Program): boolean {
  let found = effects.get(program);
  if (found === undefined) {
    found = program.nodes.some((n) => nodeHasEffects(n.primitive, n.params));
    effects.set(program, found);
  }
  return found;
}

/** Whether running the node prints something: it is then never shared. */
export function nodeHasEffects(
  primitive: Primitive,
  params: PrimitiveParams[Primitive],
): boolean {
  if (primitive === "debugPrint") return true;
  if (primitive === "scan") {
    return hasEffects((params as PrimitiveParams["scan"]).body);
  }
  return primitive === "customVjp" &&
    hasEffects((params as PrimitiveParams["customVjp"]).primal);
}

/** A loop around a print. */
export interface PrintLoop {
  /** Tells loops of one Program apart. */
  readonly id: number;
  /** How often the body runs. */
  readonly length: number;
  /** Whether it runs from the last slice to the first. */
  readonly reverse: boolean;
}

/** A print, as outputs of the Program it was hoisted from. */
export interface Print {
  /** What is printed, with `{}` for each value. */
  readonly format: string;
  /** How many outputs it has, after those of the prints before it. */
  readonly values: number;
  /**
   * The loops around it, outermost first: each is one leading axis of its
   * outputs.
   */
  readonly loops: readonly PrintLoop[];
}

/** A Program without prints, and what it would have printed. */
export interface Hoisted {
  /** Outputs of the original, then the values of each print. */
  readonly program: Program;
  /** The prints in order. */
  readonly prints: readonly Print[];
}

/** Turns prints into outputs. */
export function hoistPrints(program: Program): Hoisted {
  if (!hasEffects(program)) return { program, prints: [] };
  let loops = 0;
  return hoist(program, () => loops++);
}

function hoist(program: Program, nextLoop: () => number): Hoisted {
  const b = new Builder();
  const prints: Print[] = [];
  const printed: ValueId[] = [];
  const map = new Map<ValueId, ValueId>();
  for (const id of program.inputs) map.set(id, b.input(program.avals[id]));
  for (const node of program.nodes) {
    const inputs = node.inputs.map((id) => map.get(id)!);
    const outs = hoistNode(b, node, inputs, nextLoop, (print, values) => {
      prints.push(print);
      printed.push(...values);
    });
    node.outputs.forEach((id, i) => map.set(id, outs[i]));
  }
  const outputs = program.outputs.map((id) => map.get(id)!);
  return { program: b.build([...outputs, ...printed]), prints };
}

/** Emits a node without its prints, which go to `found`. */
function hoistNode(
  b: Builder,
  node: Node,
  inputs: readonly ValueId[],
  nextLoop: () => number,
  found: (print: Print, values: readonly ValueId[]) => void,
): readonly ValueId[] {
  if (isNode(node, "debugPrint")) {
    const { format } = node.params;
    found({ format, values: inputs.length, loops: [] }, inputs);
    return [];
  }
  if (!nodeHasEffects(node.primitive, node.params)) {
    return b.emit(node.primitive, inputs, node.params);
  }
  const isLoop = isNode(node, "scan");
  const loop = isLoop && {
    id: nextLoop(),
    length: node.params.length,
    reverse: node.params.reverse,
  };
  const inner = isNode(node, "customVjp") ? node.params.primal : null;
  const { program, prints } = hoist(
    isLoop ? node.params.body : inner!,
    nextLoop,
  );
  const outs = isLoop
    ? b.emit("scan", inputs, { ...node.params, body: program })
    : inline(b, program, inputs);
  let at = node.outputs.length;
  for (const print of prints) {
    const loops = loop ? [loop, ...print.loops] : print.loops;
    found({ ...print, loops }, outs.slice(at, at += print.values));
  }
  return outs;
}

/** One line to print. */
export interface PrintCall {
  /** What is printed, with `{}` for each value. */
  readonly format: string;
  /** The first of its values among the values of all prints. */
  readonly first: number;
  /** How many values it has. */
  readonly values: number;
  /** Where in those values its own lie: one index per loop around it. */
  readonly index: readonly number[];
}

/** The lines of all prints, in the order in which a program would print. */
export function printCalls(prints: readonly Print[]): PrintCall[] {
  let first = 0;
  const placed = prints.map((print) => {
    const at = { print, first };
    first += print.values;
    return at;
  });
  return callsOf(placed, []);
}

interface Placed {
  readonly print: Print;
  readonly first: number;
}

function callsOf(
  prints: readonly Placed[],
  index: readonly number[],
): PrintCall[] {
  const calls: PrintCall[] = [];
  for (let i = 0; i < prints.length;) {
    const { print, first } = prints[i];
    const loop = print.loops[index.length];
    if (!loop) {
      const { format, values } = print;
      calls.push({ format, first, values, index });
      i++;
      continue;
    }
    const start = i;
    while (prints[i]?.print.loops[index.length]?.id === loop.id) i++;
    const group = prints.slice(start, i);
    for (let run = 0; run < loop.length; run++) {
      const at = loop.reverse ? loop.length - 1 - run : run;
      calls.push(...callsOf(group, [...index, at]));
    }
  }
  return calls;
}

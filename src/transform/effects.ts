/**
 * Prints as values: `debugPrint` nodes become outputs, so that devices never
 * see an effect. A print inside a loop becomes one stacked output, from which
 * the host prints once per run of the body; one inside a branch is shown where
 * that branch ran.
 *
 * @module
 */
import { TraceError } from "../base/errors.ts";
import type { Primitive, PrimitiveParams } from "../ir/primitives.ts";
import {
  Builder,
  inline,
  isNode,
  type Node,
  type Program,
  type ValueId,
} from "../ir/program.ts";
import { runPrograms } from "../ir/sub_programs.ts";
import { Ops } from "./ops.ts";

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
  return primitive === "debugPrint" ||
    runPrograms({ primitive, params }).some(hasEffects);
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

/** A cond around a print. */
export interface PrintChoice {
  /** The branch with the print. */
  readonly branch: number;
  /** How many branches there are. */
  readonly branches: number;
}

/** A print, as outputs of the Program it was hoisted from. */
export interface Print {
  /** What is printed, with `{}` for each value. */
  readonly format: string;
  /** How many outputs it has, after those of the prints before it. */
  readonly values: number;
  /**
   * The conds around it: after its values it has one more output for each, the
   * number of the branch that ran, not clamped.
   */
  readonly choices: readonly PrintChoice[];
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
    const values = inputs.length;
    found({ format, values, choices: [], loops: [] }, inputs);
    return [];
  }
  if (!nodeHasEffects(node.primitive, node.params)) {
    return b.emit(node.primitive, inputs, node.params);
  }
  if (isNode(node, "while")) {
    throw new TraceError(
      "Cannot print in a while loop: how often it runs is not known, expected " +
        "prints outside: print its result, or use scan or foriLoop with a " +
        "fixed number of runs",
    );
  }
  if (isNode(node, "cond")) {
    return hoistCond(b, node, inputs, nextLoop, found);
  }
  const isLoop = isNode(node, "scan");
  const loop = isLoop && {
    id: nextLoop(),
    length: node.params.length,
    reverse: node.params.reverse,
  };
  const { program, prints } = hoist(runPrograms(node)[0], nextLoop);
  const outs = isLoop
    ? b.emit("scan", inputs, { ...node.params, body: program })
    : inline(b, program, inputs);
  let at = node.outputs.length;
  for (const print of prints) {
    const loops = loop ? [loop, ...print.loops] : print.loops;
    const end = at + print.values + print.choices.length;
    found({ ...print, loops }, outs.slice(at, end));
    at = end;
  }
  return outs;
}

/** Every branch yields the values of all prints, zeros for those of others. */
function hoistCond(
  b: Builder,
  node: Node<"cond">,
  inputs: readonly ValueId[],
  nextLoop: () => number,
  found: (print: Print, values: readonly ValueId[]) => void,
): readonly ValueId[] {
  const { branches } = node.params;
  const count = node.outputs.length;
  const hoisted = branches.map((branch) => hoist(branch, nextLoop));
  const outs = b.emit("cond", inputs, {
    branches: hoisted.map(({ program }) => {
      const own = new Builder();
      const args = program.inputs.map((id) => own.input(program.avals[id]));
      const results = inline(own, program, args);
      const o = new Ops(own);
      const printed = hoisted.flatMap((other) =>
        other.program === program
          ? results.slice(count)
          : other.program.outputs.slice(count).map((id) =>
            o.full(other.program.avals[id], 0)
          )
      );
      return own.build([...results.slice(0, count), ...printed]);
    }),
  });
  let at = count;
  hoisted.forEach(({ prints }, branch) => {
    for (const print of prints) {
      const end = at + print.values + print.choices.length;
      const choice = { branch, branches: branches.length };
      const choices = [...print.choices, choice];
      found({ ...print, choices }, [...outs.slice(at, end), inputs[0]]);
      at = end;
    }
  });
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
  /** It is printed only where these ran; their numbers follow its values. */
  readonly choices: readonly PrintChoice[];
  /** Where in those values its own lie: one index per loop around it. */
  readonly index: readonly number[];
}

/** The lines of all prints, in the order in which a program would print. */
export function printCalls(prints: readonly Print[]): PrintCall[] {
  let first = 0;
  const placed = prints.map((print) => {
    const at = { print, first };
    first += print.values + print.choices.length;
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
      const { format, values, choices } = print;
      calls.push({ format, first, values, choices, index });
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

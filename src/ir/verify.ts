/**
 * Checks that a Program is well formed: run after every pass in tests, so that
 * a pass that breaks a Program is found where it happens. An error here is a
 * bug of this library, never of its user.
 *
 * @module
 */
import { isFloat } from "../base/dtype.ts";
import { type Aval, formatAval, sameShape } from "../base/shape.ts";
import { formatNode, formatProgram } from "./print.ts";
import { isNode, type Node, type Program, type ValueId } from "./program.ts";
import { inferAvals } from "./shape_rules.ts";
import { subPrograms } from "./sub_programs.ts";

/**
 * Checks ids, order of definition and avals, in sub-programs as well.
 *
 * @returns The Program itself.
 * @throws {Error} That shows the offending line and the whole Program.
 */
export function verify(program: Program): Program {
  const reject = (line: string, problem: string): never => {
    throw new Error(
      `Cannot verify a program: ${problem}\n  at: ${line}\n` +
        formatProgram(program),
    );
  };
  const count = program.avals.length;
  const defined = new Uint8Array(count);
  const define = (id: ValueId, line: () => string) => {
    if (!Number.isInteger(id) || id < 0 || id >= count) {
      reject(line(), `value ${id} has no aval, expected ids below ${count}`);
    }
    if (defined[id] === 1) reject(line(), `value ${id} is defined twice`);
    defined[id] = 1;
  };
  const use = (id: ValueId, line: () => string) => {
    if (defined[id] !== 1) {
      reject(line(), `value ${id} is used before it is defined`);
    }
  };
  for (const id of program.inputs) define(id, () => "inputs");
  for (const node of program.nodes) {
    const line = () => formatNode(program, node);
    for (const id of node.inputs) use(id, line);
    for (const id of node.outputs) define(id, line);
    const problem = nodeProblem(program, node);
    if (problem !== null) reject(line(), problem);
  }
  for (const id of program.outputs) use(id, () => "return");
  const unused = defined.indexOf(0);
  if (unused >= 0) {
    reject("end", `value ${unused} has an aval but no definition`);
  }
  return program;
}

/** What is wrong with a node whose operands are defined, or null. */
function nodeProblem(program: Program, node: Node): string | null {
  const operands = node.inputs.map((id) => program.avals[id]);
  const given = node.outputs.map((id) => program.avals[id]);
  const counts = isNode(node, "scan")
    ? scanProblem(node)
    : isNode(node, "while")
    ? whileProblem(node)
    : isNode(node, "cond")
    ? condProblem(node)
    : null;
  if (counts !== null) return counts;
  for (const [, sub] of subPrograms(node)) verify(sub);
  let inferred: Aval[];
  try {
    inferred = inferAvals(node.primitive, operands, node.params);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (!sameAvals(given, inferred)) {
    return `its outputs are (${given.map(formatAval).join(" ")}), expected ` +
      `(${inferred.map(formatAval).join(" ")})`;
  }
  return isNode(node, "customVjp") ? customProblem(node, operands) : null;
}

function scanProblem(node: Node<"scan">): string | null {
  const { body, constants, carries } = node.params;
  if (node.inputs.length !== body.inputs.length) {
    return `${node.inputs.length} operands were given to a body of ` +
      `${body.inputs.length} inputs`;
  }
  return constants + carries > body.inputs.length ||
      carries > body.outputs.length
    ? `${constants} constants and ${carries} carries do not fit a body of ` +
      `${body.inputs.length} inputs and ${body.outputs.length} outputs`
    : null;
}

function whileProblem(node: Node<"while">): string | null {
  const { condition, body, constants } = node.params;
  const operands = node.inputs.length;
  const sizes = [condition.inputs.length, body.inputs.length];
  if (sizes.some((n) => n !== operands)) {
    return `${operands} operands were given to a condition and a body of ` +
      `${sizes.join(" and ")} inputs`;
  }
  const outs = [condition.outputs.length, body.outputs.length];
  return outs[0] !== 1 || outs[1] !== operands - constants
    ? `condition and body have ${outs.join(" and ")} outputs, expected 1 and ` +
      `${operands - constants}`
    : null;
}

function condProblem(node: Node<"cond">): string | null {
  const { branches } = node.params;
  if (branches.length === 0) return "it has no branches";
  const operands = node.inputs.length - 1;
  const odd = branches.find(({ inputs, outputs }) =>
    inputs.length !== operands || outputs.length !== node.outputs.length
  );
  return odd === undefined
    ? null
    : `a branch has ${odd.inputs.length} inputs and ${odd.outputs.length} ` +
      `outputs, expected ${operands} and ${node.outputs.length}`;
}

/** Checks that the three Programs of a customVjp fit each other. */
function customProblem(
  node: Node<"customVjp">,
  operands: readonly Aval[],
): string | null {
  const { primal, forward, backward } = node.params;
  const outs = avalsOf(primal, primal.outputs);
  const forwardOuts = avalsOf(forward, forward.outputs);
  const residuals = forwardOuts.slice(outs.length);
  const pairs: [string, readonly Aval[], readonly Aval[]][] = [
    ["primal's inputs", avalsOf(primal, primal.inputs), operands],
    ["forward's inputs", avalsOf(forward, forward.inputs), operands],
    ["forward's outputs", forwardOuts.slice(0, outs.length), outs],
    [
      "backward's inputs",
      avalsOf(backward, backward.inputs),
      [...residuals, ...outs],
    ],
    ["backward's outputs", avalsOf(backward, backward.outputs), operands],
  ];
  for (const [what, given, expected] of pairs) {
    // Cotangents of integers carry nothing, so any aval will do for them.
    const free = what.startsWith("backward");
    if (!sameAvals(given, expected, free)) {
      return `${what} are (${given.map(formatAval).join(" ")}), expected ` +
        `(${expected.map(formatAval).join(" ")})`;
    }
  }
  return null;
}

function avalsOf(program: Program, ids: readonly ValueId[]): Aval[] {
  return ids.map((id) => program.avals[id]);
}

function sameAvals(
  given: readonly Aval[],
  expected: readonly Aval[],
  integersFree = false,
): boolean {
  return given.length === expected.length &&
    expected.every(({ dtype, shape }, i) =>
      given[i] !== undefined &&
      (integersFree && !isFloat(dtype) ||
        given[i].dtype === dtype && sameShape(given[i].shape, shape))
    );
}

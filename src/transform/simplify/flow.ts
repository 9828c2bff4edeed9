/**
 * Rules of `cond` and `while`: what is known of their operands moves into their
 * Programs, and what needs no choice or no loop leaves them.
 *
 * @module
 */
import type { PrimitiveParams } from "../../ir/primitives.ts";
import {
  Builder,
  inline,
  type Program,
  programKey,
  type ValueId,
} from "../../ir/program.ts";
import { full, type Rewriter, type Rule } from "./rewriter.ts";

/** Which operands Programs take, and what stands for the others. */
interface Operands {
  /** Those that stay. */
  readonly kept: readonly number[];
  /** The same in all Programs, with the inputs that stay. */
  readonly inner: (program: Program, outputs: readonly number[]) => Program;
}

/** Moves repeated numbers, and operands that come twice, into Programs. */
function absorb(
  r: Rewriter,
  inputs: readonly ValueId[],
  isFixed: (i: number) => boolean,
): Operands {
  const kept: number[] = [];
  inputs.forEach((x, i) => {
    const isKnown = isFixed(i) && (r.splat(x) !== undefined ||
      kept.some((j) => isFixed(j) && inputs[j] === x));
    if (!isKnown) kept.push(i);
  });
  const inner = (program: Program, outputs: readonly number[]): Program => {
    const b = new Builder();
    const own = new Map(
      kept.map((i) => [i, b.input(program.avals[program.inputs[i]])]),
    );
    const args = inputs.map((x, i) => {
      const value = isFixed(i) ? r.splat(x) : undefined;
      const aval = program.avals[program.inputs[i]];
      if (value !== undefined) return full(b, aval, value);
      const same = own.has(i)
        ? i
        : kept.find((j) => isFixed(j) && inputs[j] === x)!;
      return own.get(same)!;
    });
    const results = inline(b, program, args);
    return b.build(outputs.map((k) => results[k]));
  };
  return { kept, inner };
}

/** The number that the only element of a simplified Program's output is. */
function knownOutput({ nodes, outputs: [id] }: Program): number | undefined {
  const node = nodes.find(({ outputs }) => outputs[0] === id);
  return node?.primitive === "constant"
    ? (node.params as PrimitiveParams["constant"]).value
    : undefined;
}

/** A known or needless choice; operands and results that need no choice. */
export const cond: Rule<"cond"> = (r, inputs, params) => {
  const [index, ...operands] = inputs;
  const branches = params.branches.map((b) => r.simplifyBody(b));
  const [first] = branches;
  const chosen = r.splat(index);
  const isSame = branches.every((b) => programKey(b) === programKey(first));
  if (chosen !== undefined || isSame) {
    const k = Math.min(Math.max(chosen ?? 0, 0), branches.length - 1);
    return inline(r, branches[k], operands);
  }
  // A result that is the same operand in all branches.
  const passed = first.outputs.map((id, k) => {
    const i = first.inputs.indexOf(id);
    const isPassed = i >= 0 &&
      branches.every((b) => b.outputs[k] === b.inputs[i]);
    return isPassed ? operands[i] : undefined;
  });
  const open = [...passed.keys()].filter((k) => passed[k] === undefined);
  const { kept, inner } = absorb(r, operands, () => true);
  const isUnchanged = kept.length === operands.length &&
    open.length === passed.length;
  if (isUnchanged) {
    return branches.every((b, k) => b === params.branches[k])
      ? undefined
      : r.emit("cond", inputs, { branches });
  }
  const values = open.length === 0
    ? []
    : r.emit("cond", [index, ...kept.map((i) => operands[i])], {
      branches: branches.map((b) => inner(b, open)),
    });
  return passed.map((known, k) => known ?? values[open.indexOf(k)]);
};

/** A loop that never runs; carries that never change, known constants. */
export const whileLoop: Rule<"while"> = (r, inputs, params) => {
  const { constants, maxSteps } = params;
  const condition = r.simplifyBody(params.condition);
  const body = r.simplifyBody(params.body);
  const initial = inputs.slice(constants);
  if (maxSteps === 0 || knownOutput(condition) === 0) return initial;
  const isUnchanged = initial.map((_, i) =>
    body.outputs[i] === body.inputs[constants + i]
  );
  const isFixed = (i: number) => i < constants || isUnchanged[i - constants];
  const { kept, inner } = absorb(r, inputs, isFixed);
  const moving = [...initial.keys()].filter((i) => !isUnchanged[i]);
  const isPlain = moving.length === initial.length &&
    kept.length === inputs.length;
  // Without a carry that moves it runs for ever or not at all; it stays.
  if (isPlain || moving.length === 0) {
    return condition === params.condition && body === params.body
      ? undefined
      : r.emit("while", inputs, { ...params, condition, body });
  }
  const order = [...kept.filter(isFixed), ...kept.filter((i) => !isFixed(i))];
  const reordered = (program: Program, outputs: readonly number[]): Program => {
    const made = inner(program, outputs);
    const given = order.map((i) => made.inputs[kept.indexOf(i)]);
    return { ...made, inputs: given };
  };
  const values = r.emit("while", order.map((i) => inputs[i]), {
    condition: reordered(condition, [0]),
    body: reordered(body, moving),
    constants: kept.filter(isFixed).length,
    maxSteps,
  });
  return initial.map((x, i) => isUnchanged[i] ? x : values[moving.indexOf(i)]);
};

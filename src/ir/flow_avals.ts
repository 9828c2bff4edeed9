/**
 * The avals that loops and choices yield.
 *
 * @module
 */
import type { Aval } from "../base/shape.ts";
import { needSame } from "./checks.ts";
import type { PrimitiveParams } from "./primitives.ts";
import type { Program } from "./program.ts";

function avalsOf({ avals }: Program, ids: readonly number[]): Aval[] {
  return ids.map((id) => avals[id]);
}

/** Of `scan`: the carries, then the stacks. */
export function scanAvals(
  operands: readonly Aval[],
  { body, length, constants, carries }: PrimitiveParams["scan"],
): Aval[] {
  const ins = avalsOf(body, body.inputs);
  const outs = avalsOf(body, body.outputs);
  const stack = (a: Aval) => ({ dtype: a.dtype, shape: [length, ...a.shape] });
  ins.forEach((a, i) => {
    const expected = i < constants + carries ? a : stack(a);
    needSame("scan", operands[i], expected);
  });
  outs.slice(0, carries).forEach((a, i) => {
    needSame("scan (carry before and after the body)", ins[constants + i], a);
  });
  return outs.map((a, i) => i < carries ? a : stack(a));
}

/** Of `while`: the carries. */
export function whileAvals(
  operands: readonly Aval[],
  { condition, body, constants }: PrimitiveParams["while"],
): Aval[] {
  const ins = avalsOf(body, body.inputs);
  const outs = avalsOf(body, body.outputs);
  ins.forEach((a, i) => needSame("run a while loop", operands[i], a));
  avalsOf(condition, condition.inputs).forEach((a, i) =>
    needSame("run a while loop (condition)", operands[i], a)
  );
  outs.forEach((a, i) =>
    needSame("run a while loop (carry before and after)", ins[constants + i], a)
  );
  needSame(
    "run a while loop (what the condition yields)",
    condition.avals[condition.outputs[0]],
    { dtype: "bool", shape: [] },
  );
  return outs;
}

/** Of `cond`: what each branch yields. */
export function condAvals(
  [index, ...operands]: readonly Aval[],
  { branches }: PrimitiveParams["cond"],
): Aval[] {
  needSame("choose a branch", index, { dtype: "i32", shape: [] });
  const [first, ...others] = branches.map((b) => avalsOf(b, b.outputs));
  for (const branch of branches) {
    avalsOf(branch, branch.inputs).forEach((a, i) =>
      needSame("run a branch", operands[i], a)
    );
  }
  for (const outs of others) {
    outs.forEach((a, i) => needSame("join branches", first[i], a));
  }
  return first;
}

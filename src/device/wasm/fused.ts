/**
 * What is known of a fused kernel before it runs: which registers are one
 * value, when each is used last, what each write may overwrite.
 *
 * @module
 */
import type { Shape } from "../../base/shape.ts";
import type { Call, Instruction, View } from "../plan.ts";
import type { Assembly, Window } from "./assembly.ts";
import { castKernel } from "./kernel_names.ts";
import { isContiguous, isScalar } from "./windows.ts";

/** What an evaluation needs to know of a call, the same for all blocks. */
export interface Fused {
  /** The instructions. */
  readonly instructions: readonly Instruction[];
  /** Number of operand views, whose registers come first. */
  readonly reads: number;
  /** Register that is the value of each register: no-op casts share one. */
  readonly roots: readonly number[];
  /** Instruction that uses each register last; infinite for results. */
  readonly lastUse: readonly number[];
  /** Register of each result. */
  readonly results: readonly number[];
  /** Registers read from memory that each write may overwrite. */
  readonly conflicts: readonly (readonly number[])[];
}

/** Which register instruction `i` only renames, if it does. */
function renamed(i: Instruction): number | null {
  if (i.op === "bitcast") return i.args[0];
  return i.op === "cast" && castKernel(i.from, i.to) === null
    ? i.args[0]
    : null;
}

/** Registers an instruction reads. */
export function argsOf(i: Instruction): readonly number[] {
  return i.op === "constant" || i.op === "index" ? [] : i.args;
}

/** Bytes that a view spans, and the base they are on. */
function extent(assembly: Assembly, view: View) {
  const { base, offset, steps } = assembly.place(view);
  let low = offset;
  let high = offset + 4;
  view.shape.forEach((n, axis) => {
    const reach = 4 * (n - 1) * view.strides[axis];
    if (reach < 0) low += reach;
    else high += reach;
  });
  return { base, moves: steps.length > 0, low, high };
}

function overlap(assembly: Assembly, a: View, b: View): boolean {
  const x = extent(assembly, a);
  const y = extent(assembly, b);
  if (x.base !== y.base) return false;
  return x.moves || y.moves || x.low < y.high && y.low < x.high;
}

/** Prepares the instructions of a call. */
export function analyse(
  assembly: Assembly,
  call: Call,
  instructions: readonly Instruction[],
  results: readonly number[],
  writes: readonly View[],
): Fused {
  const reads = call.reads.length;
  const roots = call.reads.map((_, r) => r);
  const lastUse = new Array<number>(reads + instructions.length).fill(-1);
  instructions.forEach((instruction, i) => {
    const same = renamed(instruction);
    roots.push(same === null ? reads + i : roots[same]);
    for (const r of argsOf(instruction)) lastUse[roots[r]] = i;
  });
  const stored = results.map((r) => roots[r]);
  for (const r of stored) lastUse[r] = Infinity;
  const conflicts = writes.map((w) =>
    call.reads.flatMap((v, r) => overlap(assembly, v, w) ? [r] : [])
  );
  return { instructions, reads, roots, lastUse, results: stored, conflicts };
}

/**
 * Windows that move with the blocks: one per register that is read from
 * memory, undefined for the others.
 */
export function registerWindows(
  assembly: Assembly,
  call: Call,
  shape: Shape,
  instructions: readonly Instruction[],
): (Window | undefined)[] {
  const windows: (Window | undefined)[] = call.reads.map((v) =>
    assembly.window(v)
  );
  for (const i of instructions) {
    windows.push(
      i.op !== "index" ? undefined : {
        address: assembly.iota(i.dtype, shape[i.axis]),
        strides: shape.map((_, axis) => Number(axis === i.axis)),
      },
    );
  }
  return windows;
}

/** Whether an evaluation needs memory for whole registers. */
export function hasTemporaries(
  { instructions }: Fused,
  shape: Shape,
  windows: readonly (Window | undefined)[],
): boolean {
  const working = instructions.filter((i) =>
    i.op !== "constant" && i.op !== "index" && renamed(i) === null
  );
  const gathers = windows.some((w) =>
    w !== undefined && !isContiguous(shape, w) && !isScalar(shape, w)
  );
  return working.length > (gathers ? 0 : 1);
}

/**
 * Reductions: the instructions are evaluated block by block, each block is
 * reduced, and where several blocks share an output their results are joined
 * in a fixed order.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../base/shape.ts";
import type { BinaryOp, ReduceOp } from "../../ir/primitives.ts";
import type { Call, Kernel } from "../plan.ts";
import {
  type Address,
  type Assembly,
  bitsOf,
  Scratch,
  type Window,
} from "./assembly.ts";
import { blockedAxis, inBlocks, isContiguous, ONE_PASS } from "./blocks.ts";
import { reduceKernel } from "./kernel_names.ts";
import { assembleGroup, registerWindows } from "./maps.ts";

/** The 32 bits of what a reduction of nothing gives. */
function identityBits(op: ReduceOp, dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "prod") return bitsOf(dtype, [1])[0];
  const sign = op === "max" ? -1 : 1;
  if (dtype === "f32") return bitsOf(dtype, [sign * Infinity])[0];
  if (dtype === "i32") return op === "max" ? -(2 ** 31) : 2 ** 31 - 1;
  return op === "max" ? 0 : 2 ** 32 - 1;
}

/** A fused elementwise loop and the reduction of its result. */
export function assembleReduce(
  assembly: Assembly,
  call: Call,
  kernel: Extract<Kernel, { kind: "reduce" }>,
): void {
  const { shape, axes, op, instructions, result } = kernel;
  const [target] = call.writes;
  const { dtype } = target;
  const reduced = shape.map((_, axis) => axes.includes(axis));
  const outputs = sizeOf(shape.filter((_, axis) => !reduced[axis]));
  const out = assembly.address(target);
  if (outputs === 0) return;
  if (sizeOf(shape) === 0) {
    assembly.call("fill", outputs, identityBits(op, dtype), out);
    return;
  }
  const scratch = new Scratch(assembly);
  const windows = registerWindows(assembly, call, shape, instructions);
  const reduceBlock = (
    part: Shape,
    registers: readonly (Window | undefined)[],
    flags: readonly boolean[],
    to: Address,
  ) => {
    const root = registers[result];
    if (root !== undefined && isContiguous(part, root)) {
      reduceAxes(assembly, scratch, op, dtype, part, flags, root.address, to);
      return;
    }
    const bytes = 4 * sizeOf(part);
    const address = scratch.take(bytes);
    const loop = { shape: part, instructions, results: [result] };
    const block = { dtype, address, strides: stridesOf(part) };
    assembleGroup(assembly, loop, registers, [block]);
    reduceAxes(assembly, scratch, op, dtype, part, flags, address, to);
    scratch.give(address, bytes);
  };
  const whole = windows[result];
  const inPlace = whole !== undefined && isContiguous(shape, whole);
  if (inPlace || sizeOf(shape) <= ONE_PASS) {
    reduceBlock(shape, windows, reduced, out);
    return;
  }
  const kept = stridesOf(shape.map((n, axis) => reduced[axis] ? 1 : n));
  const place: Window = {
    dtype,
    address: out,
    strides: kept.map((stride, axis) => reduced[axis] ? 0 : stride),
  };
  // Blocks share outputs where the space is cut along a reduced axis.
  const joins = reduced.slice(0, blockedAxis(shape) + 1).includes(true);
  if (joins) {
    assembly.call("fill", outputs, identityBits(op, dtype), out);
  }
  const all = [place, ...windows];
  inBlocks(assembly, shape, all, (part, [to, ...own], axis) => {
    const flags = reduced.slice(axis);
    if (!joins) {
      reduceBlock(part, own, flags, to!.address);
      return;
    }
    const n = sizeOf(part.filter((_, i) => !flags[i]));
    const partial = scratch.take(4 * n);
    reduceBlock(part, own, flags, partial);
    assembleJoin(assembly, op, dtype, n, to!.address, partial);
    scratch.give(partial, 4 * n);
  }, { parallel: !joins });
}

/** The binary operation that joins two partial reductions. */
const JOIN: { readonly [op in ReduceOp]: BinaryOp } = {
  sum: "add",
  max: "max",
  min: "min",
  prod: "mul",
};

/** Joins `n` partial results to those before. */
function assembleJoin(
  assembly: Assembly,
  op: ReduceOp,
  dtype: DType,
  n: number,
  to: Address,
  partial: Address,
): void {
  const total = { dtype, address: to, strides: [1] };
  const loop = {
    shape: [n],
    instructions: [
      { op: "binary", fn: JOIN[op], dtype, args: [0, 1] } as const,
    ],
    results: [2],
  };
  const reads = [total, { ...total, address: partial }, undefined];
  assembleGroup(assembly, loop, reads, [total]);
}

/** Reduces contiguous elements, one run of adjacent axes after another. */
function reduceAxes(
  assembly: Assembly,
  scratch: Scratch,
  op: ReduceOp,
  dtype: DType,
  shape: Shape,
  reduced: readonly boolean[],
  from: Address,
  to: Address,
): void {
  const runs: { size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    const last = runs.at(-1);
    if (last?.reduced === reduced[axis]) last.size *= size;
    else if (size !== 1) runs.push({ size, reduced: reduced[axis] });
  });
  const product = (list: typeof runs) => list.reduce((n, r) => n * r.size, 1);
  let at = from;
  let left = runs.filter((run) => run.reduced).length;
  if (left === 0) assembly.call("copy", product(runs), from, to);
  for (; left > 0; left--) {
    const i = runs.findLastIndex((run) => run.reduced);
    const outer = product(runs.slice(0, i));
    const inner = product(runs.slice(i + 1));
    const out = left === 1 ? to : scratch.take(4 * outer * inner);
    const name = reduceKernel(op, dtype);
    assembly.call(name, outer, runs[i].size, inner, at, out);
    runs.splice(i, 1);
    at = out;
  }
}

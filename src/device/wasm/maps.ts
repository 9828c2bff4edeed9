/**
 * The fused elementwise loop.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Call, Instruction, Kernel } from "../plan.ts";
import type { Assembly, Window } from "./assembly.ts";

/** A fused elementwise loop. */
export function assembleMap(
  assembly: Assembly,
  call: Call,
  kernel: Extract<Kernel, { kind: "map" }>,
): void {
  const { shape, instructions } = kernel;
  if (sizeOf(shape) === 0 || assembleTranspose(assembly, call, kernel)) return;
  const reads = registerWindows(assembly, call, shape, instructions);
  assembleGroup(
    assembly,
    kernel,
    reads,
    call.writes.map((v) => assembly.window(v)),
  );
}

/** A copy between matrices stored by rows and by columns has a kernel. */
function assembleTranspose(
  assembly: Assembly,
  { reads, writes }: Call,
  { shape, instructions }: Extract<Kernel, { kind: "map" }>,
): boolean {
  if (shape.length !== 2 || reads.length !== 1 || writes.length !== 1) {
    return false;
  }
  const [from, to] = [reads[0].strides, writes[0].strides];
  if (instructions.length > 0 || from[0] !== 1 || to[1] !== 1) return false;
  const [x, out] = [...reads, ...writes].map((v) => assembly.address(v));
  assembly.call("transpose", shape[1], shape[0], x, from[1], out, to[0]);
  return true;
}

/**
 * Windows on the registers that are read from memory, undefined for the
 * others. An index is read from constants.
 */
export function registerWindows(
  assembly: Assembly,
  call: Call,
  shape: Shape,
  instructions: readonly Instruction[],
): (Window | undefined)[] {
  return [
    ...call.reads.map((v) => assembly.window(v)),
    ...instructions.map((i) =>
      i.op !== "index" ? undefined : {
        dtype: i.dtype,
        address: assembly.iota(i.dtype, shape[i.axis]),
        strides: shape.map((_, axis) => Number(axis === i.axis)),
      }
    ),
  ];
}

/** A fused loop as one operation. */
export function assembleGroup(
  assembly: Assembly,
  { shape, instructions, results }: Pick<
    Extract<Kernel, { kind: "map" }>,
    "shape" | "instructions" | "results"
  >,
  reads: readonly (Window | undefined)[],
  writes: readonly Window[],
): void {
  const windows = [...reads.filter((w) => w !== undefined), ...writes];
  assembly.add({
    op: "group",
    group: {
      shape,
      reads: reads.map((window) => window?.strides),
      writes: writes.map((window) => window.strides),
      operands: reads.length - instructions.length,
      instructions,
      results,
    },
    args: windows.map((w) => w.address),
    types: windows.map((w) => w.dtype),
  });
}

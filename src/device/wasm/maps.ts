/**
 * The fused elementwise loop. Large spaces are cut into blocks, so that
 * temporaries stay in the caches.
 *
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { Call, Kernel } from "../plan.ts";
import {
  type Assembly,
  Scratch,
  SPILL_BYTES,
  type Window,
} from "./assembly.ts";
import { Evaluation } from "./evaluation.ts";
import { analyse, hasTemporaries, registerWindows } from "./fused.ts";
import { inBlocks, ONE_PASS } from "./windows.ts";

/** A fused elementwise loop. */
export function assembleMap(
  assembly: Assembly,
  call: Call,
  kernel: Extract<Kernel, { kind: "map" }>,
): void {
  const { shape, instructions, results } = kernel;
  if (sizeOf(shape) === 0) return;
  const { writes } = call;
  if (assembly.generates) {
    const reads = registerWindows(assembly, call, shape, instructions);
    const to = writes.map((v) => assembly.window(v));
    assembleGroup(assembly, new Scratch(assembly), kernel, reads, to);
    return;
  }
  const fused = analyse(assembly, call, instructions, results, writes);
  const scratch = new Scratch(assembly);
  const reads = registerWindows(assembly, call, shape, instructions);
  const targets = writes.map((v) => assembly.window(v));
  const run = (
    part: Shape,
    windows: readonly (Window | undefined)[],
    to: readonly Window[],
  ) => {
    const e = new Evaluation(assembly, scratch, fused, part, windows, to);
    e.run();
    e.close();
  };
  if (sizeOf(shape) <= ONE_PASS || !hasTemporaries(fused, shape, reads)) {
    run(shape, reads, targets);
    return;
  }
  inBlocksOf(assembly, shape, reads, targets, run);
}

/** What {@link assembleGroup} needs to know of a fused loop. */
export type FusedLoop = Pick<
  Extract<Kernel, { kind: "map" }>,
  "shape" | "instructions" | "results"
>;

/** A fused loop as one generated function. */
export function assembleGroup(
  assembly: Assembly,
  scratch: Scratch,
  { shape, instructions, results }: FusedLoop,
  reads: readonly (Window | undefined)[],
  writes: readonly Window[],
): void {
  const spill = scratch.take(SPILL_BYTES);
  const present = reads.filter((window) => window !== undefined);
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
    args: [...present, ...writes].map((w) => w.address).concat(spill),
  });
  scratch.give(spill, SPILL_BYTES);
}

/** {@link inBlocks} for windows on registers and on results. */
export function inBlocksOf(
  assembly: Assembly,
  shape: Shape,
  registers: readonly (Window | undefined)[],
  writes: readonly Window[],
  body: (
    shape: Shape,
    registers: readonly (Window | undefined)[],
    writes: readonly Window[],
    axis: number,
  ) => void,
): void {
  const present = registers.filter((window) => window !== undefined);
  inBlocks(assembly, shape, [...present, ...writes], (part, moved, axis) => {
    let next = 0;
    const own = registers.map((w) => w === undefined ? w : moved[next++]);
    body(part, own, moved.slice(next), axis);
  });
}

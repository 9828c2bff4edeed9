/**
 * What an emitter may make of a call: one kernel run or several.
 *
 * @module
 */
import type { Call, View } from "../plan.ts";
import type { KernelCode } from "./kernel_code.ts";

/** What kernels are made for. */
export interface EmitTuning {
  /** Whether a program plays the GPU. */
  readonly software: boolean;
  /**
   * Neighbouring invocations that can see each other's values, a power of two;
   * 1 where there are no subgroups.
   */
  readonly subgroup: number;
}

/** A kernel run, one of those that a call becomes. */
export interface Stage {
  /** What it runs. */
  readonly code: KernelCode;
  /** Views, or numbers of words of scratch memory, in the code's order. */
  readonly operands: readonly {
    readonly view: View | number;
    readonly written: boolean;
  }[];
}

/** The views of a call: reads, then writes. */
export function operandsOf({ reads, writes }: Call): Stage["operands"] {
  return [
    ...reads.map((view) => ({ view, written: false })),
    ...writes.map((view) => ({ view, written: true })),
  ];
}

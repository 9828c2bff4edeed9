/**
 * The table of emitters: what each kernel of a Plan is in WGSL.
 *
 * @module
 */
import type { Call, Kernel } from "../plan.ts";
import { convCode } from "./conv.ts";
import { dotCode, packCode } from "./dot.ts";
import {
  dynamicSliceCode,
  dynamicUpdateSliceCode,
  gatherCode,
} from "./indexing.ts";
import type { KernelCode } from "./kernel_code.ts";
import { mapCode } from "./map.ts";
import { randomCode } from "./random.ts";
import { reduceStages } from "./reduce.ts";
import { type EmitTuning, operandsOf, type Stage } from "./stages.ts";
import { argreduceCode, cumsumCode } from "./scans.ts";
import { scatterCode } from "./scatter.ts";
import { sortStages } from "./sort.ts";
import { argWindowCode, reduceWindowCode } from "./windows.ts";
import { winogradCode, winogradWeightsCode } from "./winograd.ts";

type Of<K extends Kernel["kind"]> = Extract<Kernel, { kind: K }>;

type Emit = {
  readonly [K in Kernel["kind"]]: (
    call: Call,
    kernel: Of<K>,
    tuning: EmitTuning,
  ) => KernelCode | readonly Stage[];
};

const EMIT: Emit = {
  map: mapCode,
  reduce: reduceStages,
  dot: (call, kernel, tuning) => dotCode(call, kernel, undefined, tuning),
  pack: packCode,
  argreduce: argreduceCode,
  sort: sortStages,
  cumsum: cumsumCode,
  gather: gatherCode,
  scatter: scatterCode,
  dynamicSlice: dynamicSliceCode,
  dynamicUpdateSlice: dynamicUpdateSliceCode,
  conv: convCode,
  winogradWeights: winogradWeightsCode,
  winograd: winogradCode,
  reduceWindow: reduceWindowCode,
  argWindow: argWindowCode,
  random: randomCode,
};

/** What a call runs, in order. */
export function emit(call: Call, tuning: EmitTuning): readonly Stage[] {
  return emitKernel(call, call.kernel, tuning);
}

function emitKernel<K extends Kernel["kind"]>(
  call: Call,
  kernel: Of<K>,
  tuning: EmitTuning,
): readonly Stage[] {
  const emitted = EMIT[kernel.kind as K](call, kernel, tuning);
  if (!("kind" in emitted)) return emitted;
  return [{ code: emitted, operands: operandsOf(call) }];
}

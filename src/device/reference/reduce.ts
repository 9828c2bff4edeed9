/**
 * Reductions on the reference device: one element after the other.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import { sizeOf, stridesOf } from "../../base/shape.ts";
import type { ReduceOp } from "../../ir/primitives.ts";
import {
  type Arithmetic,
  positions,
  prepareRegisters,
} from "../elementwise.ts";
import type { Call, Kernel } from "../plan.ts";
import { BINARY } from "../scalar_ops.ts";
import type { Runner } from "./kernels.ts";

/** What a reduction of nothing gives. */
function identity(op: ReduceOp, dtype: DType): number {
  if (op === "sum") return 0;
  if (op === "prod") return 1;
  const [low, high] = dtype === "f32"
    ? [-Infinity, Infinity]
    : dtype === "i32"
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [0, 2 ** 32 - 1];
  return op === "max" ? low : high;
}

/** A fused elementwise loop and a reduction; floats add up in double. */
export function prepareReduce(
  call: Call,
  kernel: Extract<Kernel, { kind: "reduce" }>,
  arithmetic: Arithmetic,
): Runner {
  const { shape, axes, op, result } = kernel;
  const strides = call.reads.map((v) => v.strides);
  const compute = prepareRegisters(kernel, strides, arithmetic);
  const { dtype } = call.writes[0];
  const { round } = arithmetic;
  const kept = stridesOf(shape.map((n, a) => axes.includes(a) ? 1 : n));
  const slots = positions(
    shape,
    kept.map((stride, a) => axes.includes(a) ? 0 : stride),
  );
  const outputs = sizeOf(shape.filter((_, a) => !axes.includes(a)));
  const combine = BINARY[op === "sum" ? "add" : op === "prod" ? "mul" : op];
  return (reads, [out]) => {
    const values = compute(reads)[result];
    const totals = new Float64Array(outputs).fill(identity(op, dtype));
    slots.forEach((slot, element) => {
      const total = combine(totals[slot], values[element], dtype);
      totals[slot] = dtype === "f32" ? total : round(dtype, total);
    });
    totals.forEach((total, i) => {
      out.words[out.at + i] = round(dtype, total);
    });
  };
}

/**
 * Which kernel computes an operation on a dtype. The combinations that the
 * shape rules exclude have no kernel.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import type { ReduceOp, ScatterMode } from "../../ir/primitives.ts";
import type {
  Kernels,
  ReduceName,
  ScatterName,
  VectorName,
} from "./kernel_types.ts";

/** Name of a kernel. */
export type KernelName = Exclude<keyof Kernels, VectorName>;

/** The kernel of a reduction. */
export function reduceKernel(op: ReduceOp, dtype: DType): KernelName {
  return `r_${reduceName(op, dtype)}`;
}

function reduceName(op: ReduceOp, dtype: DType): ReduceName {
  if (dtype === "f32") return op;
  if (op === "sum" || op === "prod" || dtype === "i32") return `${op}_i32`;
  return `${op}_u32`;
}

/** The kernel of the index of an extreme. */
export function argreduceKernel(op: "max" | "min", dtype: DType): KernelName {
  if (dtype === "f32") return `arg${op}`;
  return dtype === "i32" ? `arg${op}_i32` : `arg${op}_u32`;
}

/** The kernel of a scatter; `_b` has indices per outer entry. */
export function scatterKernel(
  mode: ScatterMode,
  dtype: DType,
  form: "" | "_b",
): KernelName {
  return `scatter_${scatterName(mode, dtype)}${form}`;
}

function scatterName(mode: ScatterMode, dtype: DType): ScatterName {
  if (mode === "set" || dtype === "f32") return mode;
  if (mode === "add" || dtype === "i32") return `${mode}_i32`;
  return `${mode}_u32`;
}

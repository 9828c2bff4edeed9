/**
 * Which kernel computes a scalar operation on a dtype. The combinations that
 * the shape rules exclude have no kernel.
 *
 * @module
 */
import type { DType } from "../../base/dtype.ts";
import type {
  BinaryOp,
  CompareOp,
  ReduceOp,
  ScatterMode,
  UnaryOp,
} from "../../ir/primitives.ts";
import type {
  BinaryName,
  CompareName,
  Kernels,
  ReduceName,
  ScatterName,
} from "./kernel_types.ts";

/** Name of a kernel. */
export type KernelName = keyof Kernels;

const INTEGER_UNARY: { readonly [op in UnaryOp]?: KernelName } = {
  neg: "u_neg_i32",
  square: "u_square_i32",
  not: "u_not_i32",
};

/** The kernel of a unary operation. */
export function unaryKernel(op: UnaryOp, dtype: DType): KernelName {
  if (dtype === "f32" || dtype === "bool") return `u_${op}`;
  if (op === "abs") return dtype === "i32" ? "u_abs_i32" : "copy";
  if (op === "sign") return dtype === "i32" ? "u_sign_i32" : "u_sign_u32";
  return INTEGER_UNARY[op] ?? `u_${op}`;
}

const SIGNED_BINARY: { readonly [op in BinaryOp]: BinaryName } = {
  add: "add_i32",
  sub: "sub_i32",
  mul: "mul_i32",
  div: "div_i32",
  max: "max_i32",
  min: "min_i32",
  pow: "pow_i32",
  rem: "rem_i32",
  atan2: "atan2",
  and: "and",
  or: "or",
  xor: "xor",
  shl: "shl",
  shr: "shr_s",
};

const UNSIGNED_BINARY: { readonly [op in BinaryOp]: BinaryName } = {
  ...SIGNED_BINARY,
  div: "div_u32",
  max: "max_u32",
  min: "min_u32",
  rem: "rem_u32",
  shr: "shr_u",
};

/** Which operands of a kernel are one element that stands for all. */
export type Form = "vv" | "vs" | "sv";

/** The kernel of a binary operation. */
export function binaryKernel(
  op: BinaryOp,
  dtype: DType,
  form: Form,
): KernelName {
  if (dtype === "f32" && op !== "shl" && op !== "shr") return `b_${op}_${form}`;
  const table = dtype === "i32" ? SIGNED_BINARY : UNSIGNED_BINARY;
  return `b_${table[op]}_${form}`;
}

/** The kernel of a comparison. */
export function compareKernel(
  op: CompareOp,
  dtype: DType,
  form: Form,
): KernelName {
  return `c_${compareName(op, dtype)}_${form}`;
}

function compareName(op: CompareOp, dtype: DType): CompareName {
  if (dtype === "f32") return op;
  if (op === "eq" || op === "ne" || dtype === "i32") return `${op}_i32`;
  return `${op}_u32`;
}

/** The kernel of a cast, or null when the bits stay as they are. */
export function castKernel(from: DType, to: DType): KernelName | null {
  if (from === to || from === "bool" && to !== "f32") return null;
  if (from === "f32") {
    return to === "i32"
      ? "cast_f32_i32"
      : to === "u32"
      ? "cast_f32_u32"
      : "cast_f32_bool";
  }
  if (to === "f32") return `cast_${from}_f32`;
  return to === "bool" ? "cast_i32_bool" : null;
}

/** The kernel of a reduction. */
export function reduceKernel(op: ReduceOp, dtype: DType): KernelName {
  return `r_${reduceName(op, dtype)}`;
}

function reduceName(op: ReduceOp, dtype: DType): ReduceName {
  if (dtype === "f32") return op;
  if (op === "sum" || op === "prod" || dtype === "i32") return `${op}_i32`;
  return `${op}_u32`;
}

/** The binary operation that joins two partial reductions. */
export const REDUCE_AS_BINARY: { readonly [op in ReduceOp]: BinaryOp } = {
  sum: "add",
  max: "max",
  min: "min",
  prod: "mul",
};

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

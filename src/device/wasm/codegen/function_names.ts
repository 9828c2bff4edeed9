/**
 * The function that a scalar operation is on a dtype. The combinations that
 * the shape rules exclude have none.
 *
 * @module
 */
import type { DType } from "../../../base/dtype.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../../../ir/primitives.ts";

/** The function of a unary operation. */
export function unaryFunction(op: UnaryOp, dtype: DType): string {
  if (dtype === "f32") return `u_${op}`;
  return op === "abs" || op === "sign" ? `u_${op}_${dtype}` : `u_${op}_i32`;
}

const SIGNED = new Set<BinaryOp>(["div", "max", "min", "rem"]);
const BITWISE = new Set<BinaryOp>(["and", "or", "xor", "shl"]);

/** The function of a binary operation. */
export function binaryFunction(op: BinaryOp, dtype: DType): string {
  if (dtype === "f32" || BITWISE.has(op)) return `b_${op}`;
  if (op === "shr") return dtype === "i32" ? "b_shr_s" : "b_shr_u";
  const type = SIGNED.has(op) && dtype !== "i32" ? "u32" : "i32";
  return `b_${op}_${type}`;
}

/** The function of a comparison. */
export function compareFunction(op: CompareOp, dtype: DType): string {
  if (dtype === "f32") return `c_${op}`;
  const signed = op === "eq" || op === "ne" || dtype === "i32";
  return `c_${op}_${signed ? "i32" : "u32"}`;
}

/** The function of a cast, or null when the bits stay as they are. */
export function castFunction(from: DType, to: DType): string | null {
  if (from === to || from === "bool" && to !== "f32") return null;
  if (from === "f32") return `cast_f32_${to}`;
  if (to === "f32") return `cast_${from}_f32`;
  return to === "bool" ? "cast_i32_bool" : null;
}

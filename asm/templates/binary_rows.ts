/**
 * The functions of two operands, one row each: an expression of the vectors A
 * and B, or the types of a function in `kernels/scalar_math.ts`.
 */

/** Rows of `b_<name>` as vector expressions. */
export const BINARY: Readonly<Record<string, string>> = {
  add: "f32x4.add(A, B)",
  sub: "f32x4.sub(A, B)",
  mul: "f32x4.mul(A, B)",
  div: "f32x4.div(A, B)",
  max: "f32x4.max(A, B)",
  min: "f32x4.min(A, B)",
  add_i32: "i32x4.add(A, B)",
  sub_i32: "i32x4.sub(A, B)",
  mul_i32: "i32x4.mul(A, B)",
  max_i32: "i32x4.max_s(A, B)",
  min_i32: "i32x4.min_s(A, B)",
  max_u32: "i32x4.max_u(A, B)",
  min_u32: "i32x4.min_u(A, B)",
  and: "v128.and(A, B)",
  or: "v128.or(A, B)",
  xor: "v128.xor(A, B)",
};

/** Rows of `b_<name>` computed per element: types of a, b and the result. */
export const SCALAR_BINARY: Readonly<Record<string, readonly string[]>> = {
  pow: ["f32", "f32", "f32"],
  rem: ["f32", "f32", "f32"],
  atan2: ["f32", "f32", "f32"],
  div_i32: ["i32", "i32", "i32"],
  rem_i32: ["i32", "i32", "i32"],
  pow_i32: ["i32", "i32", "i32"],
  div_u32: ["u32", "u32", "u32"],
  rem_u32: ["u32", "u32", "u32"],
  shl: ["u32", "u32", "u32"],
  shr_s: ["i32", "u32", "i32"],
  shr_u: ["u32", "u32", "u32"],
};

/** Rows of `u_<name>` computed per element of f32. */
export const SCALAR_UNARY = ["sin", "cos", "tan", "erfinv"];

/** Rows of `c_<name>` as vector masks. */
export const COMPARE: Readonly<Record<string, string>> = {
  eq: "f32x4.eq(A, B)",
  ne: "f32x4.ne(A, B)",
  lt: "f32x4.lt(A, B)",
  le: "f32x4.le(A, B)",
  gt: "f32x4.gt(A, B)",
  ge: "f32x4.ge(A, B)",
  eq_i32: "i32x4.eq(A, B)",
  ne_i32: "i32x4.ne(A, B)",
  lt_i32: "i32x4.lt_s(A, B)",
  le_i32: "i32x4.le_s(A, B)",
  gt_i32: "i32x4.gt_s(A, B)",
  ge_i32: "i32x4.ge_s(A, B)",
  lt_u32: "i32x4.lt_u(A, B)",
  le_u32: "i32x4.le_u(A, B)",
  gt_u32: "i32x4.gt_u(A, B)",
  ge_u32: "i32x4.ge_u(A, B)",
};

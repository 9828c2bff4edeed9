/**
 * Which dtypes the scalar ops take.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import type { BinaryOp, UnaryOp } from "./primitives.ts";

/** Everything but bool. */
export const NUMERIC: readonly DType[] = ["f32", "i32", "u32"];
const SIGNED: readonly DType[] = ["f32", "i32"];
/** Floating point. */
export const FLOAT: readonly DType[] = ["f32"];
const BITS: readonly DType[] = ["i32", "u32", "bool"];

/** Dtypes each unary op takes. */
export const UNARY_DTYPES: Record<UnaryOp, readonly DType[]> = {
  neg: NUMERIC,
  abs: SIGNED,
  sign: SIGNED,
  floor: FLOAT,
  ceil: FLOAT,
  round: FLOAT,
  exp: FLOAT,
  expm1: FLOAT,
  log: FLOAT,
  log1p: FLOAT,
  sin: FLOAT,
  cos: FLOAT,
  tan: FLOAT,
  tanh: FLOAT,
  sigmoid: FLOAT,
  sqrt: FLOAT,
  rsqrt: FLOAT,
  reciprocal: FLOAT,
  square: NUMERIC,
  erf: FLOAT,
  erfinv: FLOAT,
  not: BITS,
  isnan: FLOAT,
};

/** Dtypes each binary op takes. */
export const BINARY_DTYPES: Record<BinaryOp, readonly DType[]> = {
  add: NUMERIC,
  sub: NUMERIC,
  mul: NUMERIC,
  div: NUMERIC,
  max: NUMERIC,
  min: NUMERIC,
  pow: FLOAT,
  rem: NUMERIC,
  atan2: FLOAT,
  and: BITS,
  or: BITS,
  xor: BITS,
  shl: ["i32", "u32"],
  shr: ["i32", "u32"],
};

/**
 * The scalar operations as plain functions of JS numbers: the definition of
 * right for every device, and what folds constants. Each function works in
 * double precision; the caller rounds the result to its dtype with `round`.
 * No operation traps: what other machines leave undefined follows XLA.
 *
 * @module
 */
import { type DType, round } from "../base/dtype.ts";
import type { BinaryOp, CompareOp, UnaryOp } from "../ir/primitives.ts";
import { erf, erfinv } from "./erf.ts";

/** Functions of one operand of the given dtype. */
export type UnaryTable = {
  readonly [op in UnaryOp]: (x: number, dtype: DType) => number;
};

/** Functions of two operands of the given dtype. */
export type BinaryTable = {
  readonly [op in BinaryOp]: (a: number, b: number, dtype: DType) => number;
};

/** Comparisons. */
export type CompareTable = {
  readonly [op in CompareOp]: (a: number, b: number) => boolean;
};

/** Unary operations; `isnan` and `not` of a bool give 0 or 1. */
export const UNARY: UnaryTable = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  square: (x, dtype) => multiply(x, x, dtype),
  erf,
  erfinv,
  not: (x, dtype) => dtype === "bool" ? Number(x === 0) : ~x,
  isnan: (x) => Number(Number.isNaN(x)),
};

/** Binary operations. */
export const BINARY: BinaryTable = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: multiply,
  div: (a, b, dtype) => {
    if (dtype === "f32") return a / b;
    return b === 0 ? -1 : Math.trunc(a / b);
  },
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  pow: (a, b) => {
    // As C and XLA have it; ECMAScript says NaN for these.
    const one = a === 1 || (a === -1 && Math.abs(b) === Infinity);
    return one ? 1 : Math.pow(a, b);
  },
  rem: (a, b, dtype) => dtype !== "f32" && b === 0 ? a : a % b,
  atan2: Math.atan2,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  // Counts are unsigned: a negative one is a large one.
  shl: (a, b) => b >>> 0 > 31 ? 0 : a << b,
  shr: (a, b, dtype) => {
    const beyond = b >>> 0 > 31;
    if (dtype === "i32") return a >> (beyond ? 31 : b);
    return beyond ? 0 : a >>> b;
  },
};

/** Comparisons. */
export const COMPARE: CompareTable = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

/**
 * Value conversion: floats are truncated to integers and saturate, NaN becomes
 * 0; integers keep their bits; anything but 0 becomes true.
 */
export function cast(x: number, from: DType, to: DType): number {
  if (from !== "f32" || to === "f32") return round(to, x);
  if (to === "bool") return Number(x !== 0);
  if (Number.isNaN(x)) return 0;
  const [low, high] = to === "i32"
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [0, 2 ** 32 - 1];
  return Math.min(Math.max(Math.trunc(x), low), high);
}

/** The number whose bits, as `to`, are those of `x` as `from`. */
export function bitcast(x: number, from: DType, to: DType): number {
  if (from === to) return x;
  const bits = new DataView(new ArrayBuffer(4));
  if (from === "f32") bits.setFloat32(0, x);
  else bits.setInt32(0, x);
  if (to === "f32") return bits.getFloat32(0);
  return to === "i32" ? bits.getInt32(0) : bits.getUint32(0);
}

function multiply(a: number, b: number, dtype: DType): number {
  return dtype === "f32" ? a * b : Math.imul(a, b);
}

function roundHalfEven(x: number): number {
  // An f32 or double of this size is an integer already.
  if (!(Math.abs(x) < 2 ** 52)) return x;
  const low = Math.floor(x);
  const part = x - low;
  const up = part > 0.5 || (part === 0.5 && low % 2 !== 0);
  const value = up ? low + 1 : low;
  return value === 0 && (x < 0 || Object.is(x, -0)) ? -0 : value;
}

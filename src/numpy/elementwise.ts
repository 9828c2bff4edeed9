/**
 * Elementwise functions with the names of numpy.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { Tensor } from "./tensor.ts";
import { type TensorLike, toOperand } from "./values/host.ts";
import { avalOf } from "./values/operand.ts";
import * as v from "./values/scalar.ts";

/** `a + b`. */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.binary("add", "add", toOperand(a), toOperand(b)));
}

/** `a - b`. */
export function subtract(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.binary("sub", "subtract", toOperand(a), toOperand(b)));
}

/** `a * b`. */
export function multiply(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.binary("mul", "multiply", toOperand(a), toOperand(b)));
}

/** `a / b`, in f32. */
export function divide(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.floatBinary("div", "divide", toOperand(a), toOperand(b)));
}

/** `a / b` rounded down. */
export function floorDivide(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.floorDivide(toOperand(a), toOperand(b)));
}

/** Rest of `a / b` with the sign of `b`. */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.mod(toOperand(a), toOperand(b)));
}

/** Rest of `a / b` with the sign of `b`. */
export function remainder(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.mod(toOperand(a), toOperand(b)));
}

/** Rest of `a / b` with the sign of `a`. */
export function fmod(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.binary("rem", "divide", toOperand(a), toOperand(b)));
}

/** `a` to the power of `b`. */
export function power(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.pow(toOperand(a), toOperand(b)));
}

/** Angle of the point (b, a), from -pi to pi. */
export function arctan2(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(
    v.floatBinary("atan2", "take the angle of", toOperand(a), toOperand(b)),
  );
}

/** The larger of two elements; NaN wins. */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.extreme("max", toOperand(a), toOperand(b)));
}

/** The smaller of two elements; NaN wins. */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.extreme("min", toOperand(a), toOperand(b)));
}

/** `-x`. */
export function negative(x: TensorLike): Tensor {
  return new Tensor(v.neg(toOperand(x)));
}

/** Absolute value. */
export function abs(x: TensorLike): Tensor {
  return new Tensor(v.abs(toOperand(x)));
}

/** -1, 0 or 1. */
export function sign(x: TensorLike): Tensor {
  return new Tensor(v.sign(toOperand(x)));
}

/** `x * x`. */
export function square(x: TensorLike): Tensor {
  return new Tensor(v.square(toOperand(x)));
}

/** The next integer below. */
export function floor(x: TensorLike): Tensor {
  return new Tensor(v.rounding("floor", toOperand(x)));
}

/** The next integer above. */
export function ceil(x: TensorLike): Tensor {
  return new Tensor(v.rounding("ceil", toOperand(x)));
}

/** The nearest integer; halves go to the even one. */
export function round(x: TensorLike): Tensor {
  return new Tensor(v.rounding("round", toOperand(x)));
}

/** e to the power of `x`. */
export function exp(x: TensorLike): Tensor {
  return new Tensor(v.unary("exp", toOperand(x)));
}

/** `exp(x) - 1`, accurate near 0. */
export function expm1(x: TensorLike): Tensor {
  return new Tensor(v.unary("expm1", toOperand(x)));
}

/** Natural logarithm. */
export function log(x: TensorLike): Tensor {
  return new Tensor(v.unary("log", toOperand(x)));
}

/** `log(1 + x)`, accurate near 0. */
export function log1p(x: TensorLike): Tensor {
  return new Tensor(v.unary("log1p", toOperand(x)));
}

/** Sine. */
export function sin(x: TensorLike): Tensor {
  return new Tensor(v.unary("sin", toOperand(x)));
}

/** Cosine. */
export function cos(x: TensorLike): Tensor {
  return new Tensor(v.unary("cos", toOperand(x)));
}

/** Tangent. */
export function tan(x: TensorLike): Tensor {
  return new Tensor(v.unary("tan", toOperand(x)));
}

/** Hyperbolic tangent. */
export function tanh(x: TensorLike): Tensor {
  return new Tensor(v.unary("tanh", toOperand(x)));
}

/** Square root. */
export function sqrt(x: TensorLike): Tensor {
  return new Tensor(v.unary("sqrt", toOperand(x)));
}

/** `1 / x`. */
export function reciprocal(x: TensorLike): Tensor {
  return new Tensor(v.unary("reciprocal", toOperand(x)));
}

/** Where `a` equals `b`. */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.compare("eq", toOperand(a), toOperand(b)));
}

/** Where `a` differs from `b`. */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.compare("ne", toOperand(a), toOperand(b)));
}

/** Where `a` is below `b`. */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.compare("lt", toOperand(a), toOperand(b)));
}

/** Where `a` is at most `b`. */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.compare("le", toOperand(a), toOperand(b)));
}

/** Where `a` is above `b`. */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.compare("gt", toOperand(a), toOperand(b)));
}

/** Where `a` is at least `b`. */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.compare("ge", toOperand(a), toOperand(b)));
}

/** Where both are true (not 0). */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.logical("and", toOperand(a), toOperand(b)));
}

/** Where at least one is true (not 0). */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.logical("or", toOperand(a), toOperand(b)));
}

/** Where exactly one is true (not 0). */
export function logicalXor(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.logical("xor", toOperand(a), toOperand(b)));
}

/** Where `x` is false (0). */
export function logicalNot(x: TensorLike): Tensor {
  return new Tensor(v.logicalNot(toOperand(x)));
}

/** Where `x` is NaN. */
export function isnan(x: TensorLike): Tensor {
  return new Tensor(v.isnan(toOperand(x)));
}

/** Where `x` is neither infinite nor NaN. */
export function isfinite(x: TensorLike): Tensor {
  return new Tensor(v.isfinite(toOperand(x)));
}

/** `a` where `condition` is true (not 0), else `b`. */
export function where(
  condition: TensorLike,
  a: TensorLike,
  b: TensorLike,
): Tensor {
  return new Tensor(v.where(toOperand(condition), toOperand(a), toOperand(b)));
}

/** Conversion to another dtype. */
export function astype(x: TensorLike, dtype: DType): Tensor {
  return new Tensor(v.astype(toOperand(x), dtype));
}

/** `x` moved into the range from `low` to `high`; `null` is no bound. */
export function clip(
  x: TensorLike,
  low: TensorLike | null = null,
  high: TensorLike | null = null,
): Tensor {
  let value = toOperand(x);
  if (low !== null) value = v.extreme("max", toOperand(low), value);
  if (high !== null) value = v.extreme("min", value, toOperand(high));
  return new Tensor(v.astype(value, avalOf(value).dtype));
}

export { round as around };

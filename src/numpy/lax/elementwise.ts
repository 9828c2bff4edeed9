/**
 * Elementwise functions under the names of `jax.lax`. Unlike there, operands
 * broadcast and are promoted, as those of `jnp`.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { rightShift } from "../bits.ts";
import { asTensor } from "../convert.ts";
import { clip, where } from "../elementwise.ts";
import { bitcast } from "../lax.ts";
import { Tensor } from "../tensor.ts";
import { type TensorLike, toOperand } from "../values/host.ts";
import { binary, pow as power, unary } from "../values/scalar.ts";

export {
  bitwiseAnd,
  bitwiseCount as populationCount,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  leftShift as shiftLeft,
} from "../bits.ts";
export {
  abs,
  add,
  arctan2 as atan2,
  astype as convertElementType,
  ceil,
  cos,
  equal as eq,
  exp,
  expm1,
  floor,
  fmod as rem,
  greater as gt,
  greaterEqual as ge,
  isfinite as isFinite,
  less as lt,
  lessEqual as le,
  log,
  log1p,
  maximum as max,
  minimum as min,
  multiply as mul,
  negative as neg,
  notEqual as ne,
  power as pow,
  reciprocal,
  round,
  sign,
  sin,
  sqrt,
  square,
  subtract as sub,
  tan,
  tanh,
} from "../elementwise.ts";
export { cbrt, exp2 } from "../exponentials.ts";
export {
  arccos as acos,
  arccosh as acosh,
  arcsin as asin,
  arcsinh as asinh,
  arctan as atan,
  arctanh as atanh,
  cosh,
  sinh,
} from "../trigonometry.ts";
export { sigmoid as logistic } from "../nn/activations.ts";

/** `a / b`; the quotient of integers is cut off towards 0. */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(binary("div", "divide", toOperand(a), toOperand(b)));
}

/** `1 - erf(x)`. */
export function erfc(x: TensorLike): Tensor {
  return asTensor(1).sub(new Tensor(unary("erf", toOperand(x))));
}

/** `x` to the power of an integer that is a JS number. */
export function integerPow(x: TensorLike, exponent: number): Tensor {
  if (!Number.isInteger(exponent)) {
    throw new ShapeError(
      `Cannot raise to the power of ${exponent}, expected an integer: use pow`,
    );
  }
  return new Tensor(power(toOperand(x), exponent));
}

/** `x` moved into the range from `low` to `high`; as `clip`, in JAX's order. */
export function clamp(
  low: TensorLike,
  x: TensorLike,
  high: TensorLike,
): Tensor {
  return clip(x, low, high);
}

/**
 * For each element the case with the number `which`: false and true, or
 * integers from 0 up, which are clamped.
 *
 * @throws {ShapeError} If there are no cases.
 */
export function selectN(
  which: TensorLike,
  ...cases: readonly TensorLike[]
): Tensor {
  if (cases.length === 0) {
    throw new ShapeError("Cannot select of no cases, expected at least one");
  }
  const number = asTensor(which).astype("i32");
  const last = asTensor(cases[cases.length - 1]);
  return cases.slice(0, -1).reduceRight<Tensor>(
    (rest, value, i) => where(number.lessEqual(i), value, rest),
    last,
  );
}

/** Bits moved to the right, with zeros from the left. */
export function shiftRightLogical(x: TensorLike, count: TensorLike): Tensor {
  return shiftAs("u32", x, count);
}

/** Bits moved to the right, with copies of the sign from the left. */
export function shiftRightArithmetic(
  x: TensorLike,
  count: TensorLike,
): Tensor {
  return shiftAs("i32", x, count);
}

function shiftAs(
  dtype: "i32" | "u32",
  x: TensorLike,
  count: TensorLike,
): Tensor {
  const t = asTensor(x);
  const words = bitcast(t, dtype);
  return bitcast(rightShift(words, asTensor(count).astype(dtype)), t.dtype);
}

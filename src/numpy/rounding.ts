/**
 * Signs, parts, quotients and special values of numbers, beyond those of
 * `elementwise.ts`.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import {
  floor,
  floorDivide,
  isnan,
  logicalAnd,
  maximum,
  minimum,
  mod,
  round,
  sign,
  where,
} from "./elementwise.ts";
import { bitcast } from "./lax.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

/** `x` itself. */
export function positive(x: TensorLike): Tensor {
  return asTensor(x);
}

/** Absolute value. */
export function absolute(x: TensorLike): Tensor {
  return asTensor(x).abs();
}

/** Absolute value, in f32. */
export function fabs(x: TensorLike): Tensor {
  return asTensor(x).astype("f32").abs();
}

/** The nearest integer; halves go to the even one. */
export function rint(x: TensorLike): Tensor {
  return round(asTensor(x).astype("f32"));
}

/** The next integer towards 0. */
export function trunc(x: TensorLike): Tensor {
  const t = asTensor(x);
  if (t.dtype !== "f32") return t;
  return sign(t).mul(floor(t.abs()));
}

/** The next integer towards 0, under its other name. */
export function fix(x: TensorLike): Tensor {
  return trunc(x);
}

/** The fraction and the whole part, both with the sign of `x`. */
export function modf(x: TensorLike): [fraction: Tensor, whole: Tensor] {
  const t = asTensor(x).astype("f32");
  const whole = trunc(t);
  const finite = t.abs().less(Infinity).logicalOr(isnan(t));
  return [where(finite, t.sub(whole), 0), whole];
}

/** Quotient rounded down, and rest with the sign of the divisor. */
export function divmod(
  a: TensorLike,
  b: TensorLike,
): [quotient: Tensor, rest: Tensor] {
  return [floorDivide(a, b), mod(a, b)];
}

/** The larger of two elements; a number wins over NaN. */
export function fmax(a: TensorLike, b: TensorLike): Tensor {
  return where(isnan(a), b, where(isnan(b), a, maximum(a, b)));
}

/** The smaller of two elements; a number wins over NaN. */
export function fmin(a: TensorLike, b: TensorLike): Tensor {
  return where(isnan(a), b, where(isnan(b), a, minimum(a, b)));
}

/** Whether the sign bit is set: of negative numbers, and of -0. */
export function signbit(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.dtype === "f32" ? bitcast(t, "i32").less(0) : t.less(0);
}

/** `|a|` with the sign of `b`. */
export function copysign(a: TensorLike, b: TensorLike): Tensor {
  const size = fabs(a);
  return where(signbit(asTensor(b).astype("f32")), size.neg(), size);
}

/** 0 below 0, 1 above, and `value` at 0. */
export function heaviside(x: TensorLike, value: TensorLike): Tensor {
  const t = asTensor(x).astype("f32");
  const step = where(t.less(0), 0, where(t.greater(0), 1, value));
  return where(isnan(t), t, step.astype("f32"));
}

/** Where `x` is infinite. */
export function isinf(x: TensorLike): Tensor {
  return asTensor(x).astype("f32").abs().equal(Infinity);
}

/** Where `x` is Infinity. */
export function isposinf(x: TensorLike): Tensor {
  return asTensor(x).astype("f32").equal(Infinity);
}

/** Where `x` is -Infinity. */
export function isneginf(x: TensorLike): Tensor {
  return asTensor(x).astype("f32").equal(-Infinity);
}

/** Largest and smallest finite f32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** What stands for special values in {@link nanToNum}. */
export interface NanToNumOptions {
  /** For NaN; 0 by default. */
  readonly nan?: TensorLike;
  /** For Infinity; the largest f32 by default. */
  readonly posinf?: TensorLike;
  /** For -Infinity; the smallest f32 by default. */
  readonly neginf?: TensorLike;
}

/** `x` with numbers in the places of NaN and of infinities. */
export function nanToNum(
  x: TensorLike,
  { nan = 0, posinf = LARGEST, neginf = -LARGEST }: NanToNumOptions = {},
): Tensor {
  const t = asTensor(x);
  if (t.dtype !== "f32") return t;
  const numbers = where(isnan(t), nan, t);
  const below = where(isposinf(t), posinf, numbers);
  return where(isneginf(t), neginf, below);
}

/** Options of {@link isclose} and of `allclose`. */
export interface CloseOptions {
  /** Relative tolerance; 1e-5 by default. */
  readonly rtol?: number;
  /** Absolute tolerance; 1e-8 by default. */
  readonly atol?: number;
  /** Whether NaN is close to NaN; false by default. */
  readonly equalNan?: boolean;
}

/** Where `a` and `b` are equal up to `atol + rtol |b|`. */
export function isclose(
  a: TensorLike,
  b: TensorLike,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {},
): Tensor {
  const x = asTensor(a).astype("f32"), y = asTensor(b).astype("f32");
  const distance = x.sub(y).abs();
  const near = distance.lessEqual(y.abs().mul(rtol).add(atol));
  // Infinities are close to themselves only.
  const close = near.logicalAnd(distance.less(Infinity)).logicalOr(x.equal(y));
  return equalNan ? close.logicalOr(logicalAnd(isnan(x), isnan(y))) : close;
}

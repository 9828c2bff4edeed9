/**
 * Hyperbolic and inverse functions, and angles, beyond those of
 * `elementwise.ts`.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import { arctan2, expm1, log1p, sign, sin, where } from "./elementwise.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

/** `sqrt((1 - x) (1 + x))`, accurate near 1. */
function coside(x: Tensor): Tensor {
  return asTensor(1).sub(x).mul(x.add(1)).sqrt();
}

/** The angle of a sine, from -pi/2 to pi/2. */
export function arcsin(x: TensorLike): Tensor {
  const t = float(x);
  return arctan2(t, coside(t));
}

/** The angle of a cosine, from 0 to pi. */
export function arccos(x: TensorLike): Tensor {
  const t = float(x);
  return arctan2(coside(t), t);
}

/** The angle of a tangent, from -pi/2 to pi/2. */
export function arctan(x: TensorLike): Tensor {
  return arctan2(float(x), 1);
}

/** Hyperbolic sine, accurate near 0. */
export function sinh(x: TensorLike): Tensor {
  const t = float(x);
  // Each side of e^x - e^-x by itself, so that nothing is lost near 0, and
  // half of e^x before its square, so that nothing overflows too early.
  const part = expm1(t.abs());
  const near = part.add(part.div(part.add(1))).mul(0.5);
  const half = t.abs().sub(Math.LN2).exp();
  return sign(t).mul(where(t.abs().less(80), near, half));
}

/** Hyperbolic cosine. */
export function cosh(x: TensorLike): Tensor {
  const t = float(x);
  const a = t.sub(Math.LN2).exp(), b = t.neg().sub(Math.LN2).exp();
  return a.add(b);
}

/** Inverse of the hyperbolic sine. */
export function arcsinh(x: TensorLike): Tensor {
  const t = float(x);
  const size = t.abs();
  const square = size.square();
  // Beyond 1e8, 1 is lost beside x^2, which overflows later on.
  const large = size.greater(1e8);
  const safe = where(large, 0, square);
  const root = safe.add(1).sqrt().add(1);
  const near = log1p(where(large, 0, size).add(safe.div(root)));
  const far = where(large, size, 1).log().add(Math.LN2);
  return sign(t).mul(where(large, far, near));
}

/** Inverse of the hyperbolic cosine, for numbers from 1 up. */
export function arccosh(x: TensorLike): Tensor {
  const t = float(x);
  const large = t.greater(1e8);
  const over = where(large, 1, t).sub(1);
  const near = log1p(over.add(over.mul(over.add(2)).sqrt()));
  const far = where(large, t, 1).log().add(Math.LN2);
  return where(large, far, near);
}

/** Inverse of the hyperbolic tangent, between -1 and 1. */
export function arctanh(x: TensorLike): Tensor {
  const t = float(x);
  return log1p(t).sub(log1p(t.neg())).mul(0.5);
}

/** `sin(pi x) / (pi x)`, and 1 at 0. */
export function sinc(x: TensorLike): Tensor {
  const t = float(x).mul(Math.PI);
  // Near 0 the first terms of the series, which have derivatives there.
  const small = t.abs().less(0.03);
  const safe = where(small, 1, t);
  const square = where(small, t, 0).square();
  const series = square.mul(square.div(120).sub(1 / 6)).add(1);
  return where(small, series, sin(safe).div(safe));
}

/** Degrees as radians. */
export function deg2rad(x: TensorLike): Tensor {
  return float(x).mul(Math.PI / 180);
}

/** Radians as degrees. */
export function rad2deg(x: TensorLike): Tensor {
  return float(x).mul(180 / Math.PI);
}

/** Degrees as radians. */
export function radians(x: TensorLike): Tensor {
  return deg2rad(x);
}

/** Radians as degrees. */
export function degrees(x: TensorLike): Tensor {
  return rad2deg(x);
}

export {
  arccos as acos,
  arccosh as acosh,
  arcsin as asin,
  arcsinh as asinh,
  arctan as atan,
  arctan2 as atan2,
  arctanh as atanh,
};

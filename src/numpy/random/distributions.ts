/**
 * Distributions made from uniform and normal numbers, with the streams of
 * numbers of `jax.random`.
 *
 * @module
 */
import { broadcastShapes, type Shape } from "../../base/shape.ts";
import { erf } from "../../device/erf.ts";
import { asTensor } from "../convert.ts";
import { type ShapeLike, toShape } from "../creation.ts";
import { clip, log1p, sign, tan, where } from "../elementwise.ts";
import { stopGradient } from "../lax.ts";
import { norm } from "../reductions.ts";
import {
  bernoulli,
  normal,
  type RandomOptions,
  split,
  uniform,
} from "../random.ts";
import { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { drawBetween } from "../values/random.ts";
import { unary } from "../values/scalar.ts";

/** The smallest step from 1 upwards in f32. */
const EPSILON = 2 ** -23;
const ROOT2 = Math.fround(Math.SQRT2);

/** A shape given, or that to which parameters broadcast. */
function shapeOf(
  what: string,
  shape: ShapeLike | null | undefined,
  parameters: readonly Tensor[],
): Shape {
  const own = parameters.reduce(
    (a: Shape, t) =>
      broadcastShapes({ dtype: "f32", shape: a }, t.value.aval, what),
    [],
  );
  if (shape === null || shape === undefined) return own;
  const sizes = toShape(shape);
  // The parameters must fit the shape, which a draw does not show by itself.
  broadcastShapes(
    { dtype: "f32", shape: own },
    { dtype: "f32", shape: sizes },
    what,
  );
  return sizes;
}

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

/** Numbers of the density `exp(-x)` from 0 up. */
export function exponential(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  return log1p(uniform(key, shape, options).neg()).neg();
}

/** Numbers of the density `exp(-|x|) / 2`. */
export function laplace(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const range = { minval: -1 + EPSILON / 2, maxval: 1 };
  const u = uniform(key, shape, { ...options, ...range });
  return sign(u).mul(log1p(u.abs().neg()));
}

/** Numbers of the density `1 / (pi (1 + x^2))`. */
export function cauchy(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const range = { minval: EPSILON, maxval: 1 };
  const u = uniform(key, shape, { ...options, ...range });
  return tan(u.sub(0.5).mul(Math.PI));
}

/** Numbers whose distribution function is the sigmoid. */
export function logistic(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const range = { minval: EPSILON, maxval: 1 };
  const u = uniform(key, shape, { ...options, ...range });
  return u.div(asTensor(1).sub(u)).log();
}

/** -1 or 1 with equal probability, as i32. */
export function rademacher(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  return bernoulli(key, 0.5, shape, options).astype("i32").mul(2).sub(1);
}

/**
 * Standard normal numbers of the open interval (lower, upper); by default of
 * the shape to which the bounds broadcast.
 *
 * @example
 * ```ts
 * import { random } from "@vodes/vodes/numpy";
 * const x = random.truncatedNormal(random.key(0), -2, 2, [1000]);
 * console.log(x.abs().max()); // below 2
 * ```
 */
export function truncatedNormal(
  key: TensorLike,
  lower: TensorLike,
  upper: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const low = float(lower), high = float(upper);
  const sizes = shapeOf("draw between", shape, [low, high]);
  const u = typeof lower === "number" && typeof upper === "number"
    ? uniform(key, sizes, {
      ...options,
      minval: normalShare(lower),
      maxval: normalShare(upper),
    })
    : between(key, sizes, low, high, options);
  const x = new Tensor(unary("erfinv", u.value)).mul(ROOT2);
  // Rounding could reach the bounds, which the interval leaves out.
  return clip(
    x,
    stopGradient(nextTo(low, 1)),
    stopGradient(nextTo(high, -1)),
  );
}

/** The error function of `bound / sqrt(2)`, rounded as often as in JAX. */
function normalShare(bound: number): number {
  return Math.fround(erf(Math.fround(Math.fround(bound) / ROOT2)));
}

/** Uniform numbers between the shares of two tensors of bounds. */
function between(
  key: TensorLike,
  shape: Shape,
  low: Tensor,
  high: Tensor,
  options: RandomOptions,
): Tensor {
  const unit = uniform(key, shape, options);
  const [a, b] = [low, high].map((t) => unary("erf", t.div(ROOT2).value));
  return new Tensor(drawBetween(unit.value, a, b));
}

/** The float after `x` upwards (1) or downwards (-1), near enough: 1 ulp. */
function nextTo(x: Tensor, direction: 1 | -1): Tensor {
  const step = x.abs().mul(EPSILON / 2).add(2 ** -126);
  return x.add(step.mul(direction));
}

/** `x^2 = -2 sigma^2 log(u)`: lengths of normal vectors of two elements. */
export function rayleigh(
  key: TensorLike,
  scale: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const sigma = float(scale);
  const u = uniform(key, shapeOf("scale", shape, [sigma]), options);
  return sigma.mul(u.log().mul(-2).sqrt());
}

/** Lengths of standard normal vectors of three elements. */
export function maxwell(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  return norm(normal(key, [...toShape(shape), 3], options), -1);
}

/** `maxwell` with a random sign, times `scale`, plus `loc`. */
export function doubleSidedMaxwell(
  key: TensorLike,
  loc: TensorLike,
  scale: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const center = float(loc), width = float(scale);
  const own = shapeOf("scale", null, [center, width]);
  const given = toShape(shape);
  const sizes = [...(given.length === 0 ? own : given), ...own];
  const keys = split(key, 2, options);
  return maxwell(keys.at(0), sizes, options)
    .mul(rademacher(keys.at(1), sizes, options)).mul(width).add(center);
}

/** Numbers of the density `b / x^(b + 1)` from 1 up. */
export function pareto(
  key: TensorLike,
  b: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const power = float(b);
  const sizes = shapeOf("draw with", shape, [power]);
  return exponential(key, sizes, options).div(power).exp();
}

/** Weibull's distribution: `scale (-log(1 - u))^(1 / concentration)`. */
export function weibullMin(
  key: TensorLike,
  scale: TensorLike,
  concentration: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const exponent = asTensor(1).div(concentration);
  return exponential(key, shape, options).pow(exponent).mul(scale);
}

/** Exponentials of normal numbers of standard deviation `sigma`. */
export function lognormal(
  key: TensorLike,
  sigma: TensorLike = 1,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const width = float(sigma);
  const sizes = shapeOf("scale", shape, [width]);
  return normal(key, sizes, options).mul(width).exp();
}

/** The inverse Gaussian distribution of the given mean, with scale 1. */
export function wald(
  key: TensorLike,
  mean: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const m = float(mean);
  const sizes = shapeOf("draw around", shape, [m]);
  const keys = split(key, 2, options);
  const y = normal(keys.at(0), sizes, options).square();
  const z = uniform(keys.at(1), sizes, options);
  const root = m.mul(y).mul(4).add(m.square().mul(y.square())).sqrt();
  const x = m.add(m.square().mul(y).div(2)).sub(m.div(2).mul(root));
  return where(z.lessEqual(m.div(m.add(x))), x, m.square().div(x));
}

/**
 * Uniform numbers of [left, right] folded at `mode` to a triangle, the top of
 * the density.
 */
export function triangular(
  key: TensorLike,
  left: TensorLike,
  mode: TensorLike,
  right: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const [a, c, b] = [left, mode, right].map(float);
  const u = uniform(key, shapeOf("draw between", shape, [a, c, b]), options);
  const width = b.sub(a);
  const low = a.add(u.mul(width).mul(c.sub(a)).sqrt());
  const high = b.sub(asTensor(1).sub(u).mul(width).mul(b.sub(c)).sqrt());
  return where(u.less(c.sub(a).div(width)), low, high);
}

/** Number of trials up to the first success of probability `p`, as i32. */
export function geometric(
  key: TensorLike,
  p: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const chance = float(p);
  const u = uniform(key, shapeOf("draw with", shape, [chance]), options);
  const trials = log1p(u.neg()).div(log1p(chance.neg()));
  return trials.astype("i32").add(1);
}

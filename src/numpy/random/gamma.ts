/**
 * The gamma distribution and those made of it, as in `jax.random`: with the
 * same streams of numbers. They have no derivative by their parameters.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import {
  broadcastShapes,
  formatAval,
  type Shape,
  sizeOf,
} from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { type ShapeLike, toShape } from "../creation.ts";
import { maximum, power, where } from "../elementwise.ts";
import { whileLoop } from "../flow.ts";
import { broadcastTo } from "../movement.ts";
import { softmax } from "../nn/softmax.ts";
import { normal, type RandomOptions, split, uniform } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { vmap } from "../vmap.ts";
import { exponential, rademacher } from "./distributions.ts";

/**
 * More turns than these are needed once in 10^20 draws; devices without a limit
 * of their own take as many as it needs.
 */
const LIMITS = { accept: { maxSteps: 16 }, positive: { maxSteps: 9 } };

/** What a draw is made of: its logarithm is `log(d) + log(v) + log(boost)`. */
interface Parts {
  readonly d: Tensor;
  readonly v: Tensor;
  /** Uniform; its power 1 / alpha is the boost where alpha is below 1. */
  readonly u: Tensor;
}

/** One draw by Marsaglia and Tsang, "A simple method for generating gamma
 * variables" (2000). */
function drawOne(key: Tensor, alpha: Tensor, options: RandomOptions): Parts {
  const shape = where(alpha.greaterEqual(1), alpha, alpha.add(1));
  const d = shape.sub(1 / 3);
  const c = asTensor(1 / 3).div(d.sqrt());
  const first = split(key, 2, options);
  type State = { key: Tensor; x: Tensor; v: Tensor; u: Tensor };
  const rejected = ({ x, v, u }: State) => {
    const plain = u.greaterEqual(asTensor(1).sub(x.mul(0.0331).mul(x)));
    const bound = x.mul(0.5).add(d.mul(asTensor(1).sub(v).add(v.log())));
    return plain.logicalAnd(u.log().greaterEqual(bound));
  };
  type Line = { key: Tensor; x: Tensor; v: Tensor };
  const draw = ({ key }: Line): Line => {
    const keys = split(key, 2, options);
    const x = normal(keys.at(1), [], options);
    return { key: keys.at(0), x, v: x.mul(c).add(1) };
  };
  const turn = ({ key }: State): State => {
    const keys = split(key, 3, options);
    const { x, v } = whileLoop(
      ({ v }: Line) => v.lessEqual(0),
      draw,
      { key: keys.at(1), x: d.mul(0), v: d.mul(0).sub(1) },
      LIMITS.positive,
    );
    return {
      key: keys.at(0),
      x: x.mul(x),
      v: v.mul(v).mul(v),
      u: uniform(keys.at(2), [], options),
    };
  };
  // The first state is one that is rejected.
  const zero = d.mul(0);
  const start = { key: first.at(0), x: zero, v: zero.add(1), u: zero.add(2) };
  const { v } = whileLoop(rejected, turn, start, LIMITS.accept);
  return { d, v, u: uniform(first.at(1), [], options) };
}

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

/** The shape given, which parameters must fit, or that of the parameters. */
function shapeFor(
  shape: ShapeLike | null,
  ...parameters: readonly Tensor[]
): Shape {
  const asked = { dtype: "f32", shape: toShape(shape ?? []) } as const;
  return parameters.reduce<Shape>(
    (a, t) =>
      broadcastShapes({ ...asked, shape: a }, t.value.aval, "draw with"),
    asked.shape,
  );
}

function drawAll(
  key: TensorLike,
  a: Tensor,
  shape: Shape,
  options: RandomOptions,
  finish: (parts: Parts, alpha: Tensor) => Tensor,
): Tensor {
  const count = sizeOf(shape);
  const alphas = broadcastTo(a, shape).flatten();
  const draws = vmap((k: Tensor, alpha: Tensor) =>
    finish(drawOne(k, alpha, options), alpha)
  );
  return draws(split(key, count, options), alphas).reshape(shape);
}

/** Numbers of the density `x^(a - 1) exp(-x)` from 0 up. */
export function gamma(
  key: TensorLike,
  a: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const alpha = float(a);
  const sizes = shapeFor(shape, alpha);
  return drawAll(key, alpha, sizes, options, ({ d, v, u }, alpha) => {
    const boost = power(u, asTensor(1).div(alpha));
    const x = d.mul(v).mul(where(alpha.greaterEqual(1), 1, boost));
    return where(x.equal(0), 2 ** -126, x);
  });
}

/** Logarithms of {@link gamma}, accurate for small `a` as well. */
export function loggamma(
  key: TensorLike,
  a: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const alpha = float(a);
  const sizes = shapeFor(shape, alpha);
  return drawAll(key, alpha, sizes, options, ({ d, v, u }, alpha) => {
    const boost = u.log().div(alpha);
    return d.log().add(v.log())
      .add(where(alpha.greaterEqual(1), 0, boost));
  });
}

/** Numbers of the density `x^(a - 1) (1 - x)^(b - 1)` of (0, 1). */
export function beta(
  key: TensorLike,
  a: TensorLike,
  b: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const [p, q] = [float(a), float(b)];
  const sizes = shapeFor(shape, p, q);
  const keys = split(key, 2, options);
  const x = loggamma(keys.at(0), p, sizes, options);
  const y = loggamma(keys.at(1), q, sizes, options);
  const top = maximum(x, y);
  const [left, right] = [x.sub(top).exp(), y.sub(top).exp()];
  return left.div(left.add(right));
}

/** Sums of `df` squared normal numbers. */
export function chisquare(
  key: TensorLike,
  df: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  return loggamma(key, float(df).div(2), shape, options).exp().mul(2);
}

/**
 * Vectors of positive numbers whose sum is 1, of the density
 * `x_1^(alpha_1 - 1) x_2^(alpha_2 - 1) ..`: `[shape.., n]` for `alpha` `[n]`.
 *
 * @throws {ShapeError} If `alpha` has no axis.
 */
export function dirichlet(
  key: TensorLike,
  alpha: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const a = float(alpha);
  if (a.ndim === 0) {
    throw new ShapeError(
      `Cannot draw with alpha ${formatAval(a.value.aval)}, expected at least ` +
        "one axis, of the elements of a vector",
    );
  }
  const lead = shape === null ? a.shape.slice(0, -1) : toShape(shape);
  const sizes = [...lead, a.shape[a.ndim - 1]];
  return softmax(loggamma(key, a, sizes, options));
}

/** Student's distribution with `df` degrees of freedom. */
export function t(
  key: TensorLike,
  df: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const half = float(df).div(2);
  const sizes = shapeFor(shape, half);
  const keys = split(key, 2, options);
  const n = normal(keys.at(0), sizes, options);
  return n.mul(half.div(gamma(keys.at(1), half, sizes, options)).sqrt());
}

/** Quotients of two {@link chisquare} numbers, each over its `df`. */
export function f(
  key: TensorLike,
  dfnum: TensorLike,
  dfden: TensorLike,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const [num, den] = [float(dfnum), float(dfden)];
  const sizes = shapeFor(shape, num, den);
  const keys = split(key, 2, options);
  // JAX names the first key after the denominator, and so the order is its own.
  const above = chisquare(keys.at(1), num, sizes, options).div(num);
  return above.div(chisquare(keys.at(0), den, sizes, options).div(den));
}

/** Numbers of the density `exp(-|x|^p)`. */
export function generalizedNormal(
  key: TensorLike,
  p: number,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const sizes = toShape(shape);
  const keys = split(key, 2, options);
  const size = gamma(keys.at(0), 1 / p, sizes, options).pow(1 / p);
  return size.mul(rademacher(keys.at(1), sizes, options));
}

/** Options of {@link ball}. */
export interface BallOptions extends RandomOptions {
  /** Which norm is below 1; 2 by default. */
  readonly p?: number;
  /** How many points; one by default. */
  readonly shape?: ShapeLike;
}

/** Points `[shape.., d]` uniformly distributed in the ball of radius 1. */
export function ball(
  key: TensorLike,
  d: number,
  { p = 2, shape = [], ...options }: BallOptions = {},
): Tensor {
  const lead = toShape(shape);
  const keys = split(key, 2, options);
  const g = generalizedNormal(keys.at(0), p, [...lead, d], options);
  const e = exponential(keys.at(1), lead, options);
  const size = g.abs().pow(p).sum(-1).add(e).pow(1 / p);
  return g.div(size.reshape([...lead, 1]));
}

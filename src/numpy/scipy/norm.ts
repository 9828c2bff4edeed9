/**
 * The normal distribution, as in `jax.scipy.stats.norm`.
 *
 * @module
 */
import { asTensor } from "../convert.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { logNdtr, ndtr, ndtri } from "./special.ts";

/** Distance from `loc` in units of `scale`. */
function standard(x: TensorLike, loc: TensorLike, scale: TensorLike): Tensor {
  return asTensor(x).astype("f32").sub(loc).div(scale);
}

/** Logarithm of the density at `x`, with mean `loc` and deviation `scale`. */
export function logpdf(
  x: TensorLike,
  loc: TensorLike = 0,
  scale: TensorLike = 1,
): Tensor {
  const square = standard(x, loc, scale).square();
  const width = asTensor(scale).astype("f32").log();
  return square.add(Math.log(2 * Math.PI)).mul(-0.5).sub(width);
}

/** Density at `x`. */
export function pdf(
  x: TensorLike,
  loc: TensorLike = 0,
  scale: TensorLike = 1,
): Tensor {
  return logpdf(x, loc, scale).exp();
}

/** Probability of what is below `x`. */
export function cdf(
  x: TensorLike,
  loc: TensorLike = 0,
  scale: TensorLike = 1,
): Tensor {
  return ndtr(standard(x, loc, scale));
}

/** Logarithm of the probability of what is below `x`. */
export function logcdf(
  x: TensorLike,
  loc: TensorLike = 0,
  scale: TensorLike = 1,
): Tensor {
  return logNdtr(standard(x, loc, scale));
}

/** Probability of what is above `x`. */
export function sf(
  x: TensorLike,
  loc: TensorLike = 0,
  scale: TensorLike = 1,
): Tensor {
  return ndtr(standard(x, loc, scale).neg());
}

/** Where the probability of what is below is `q`. */
export function ppf(
  q: TensorLike,
  loc: TensorLike = 0,
  scale: TensorLike = 1,
): Tensor {
  return ndtri(q).mul(scale).add(loc);
}

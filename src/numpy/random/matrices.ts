/**
 * Random vectors and matrices, as in `jax.random`.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { type ShapeLike, toShape } from "../creation.ts";
import { diagonal } from "../diagonals.ts";
import { sign, where } from "../elementwise.ts";
import { cholesky, qr } from "../linalg/factor.ts";
import { matmul } from "../linalg.ts";
import { expandDims } from "../movement.ts";
import { normal, type RandomOptions } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";

/**
 * Orthogonal matrices `[shape.., n, n]`, uniformly distributed.
 *
 * @see `jax.random.orthogonal`
 */
export function orthogonal(
  key: TensorLike,
  n: number,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const [q, r] = qr(normal(key, [...toShape(shape), n, n], options));
  return q.mul(expandDims(signs(diagonal(r, { axis1: -2, axis2: -1 })), -2));
}

/** -1 or 1. */
function signs(x: Tensor): Tensor {
  return where(x.equal(0), 1, sign(x));
}

/**
 * Normal vectors `[shape.., n]` with the given mean `[n]` and covariance
 * `[n, n]`, which must be positive definite.
 *
 * @throws {ShapeError} If the covariance does not fit the mean.
 */
export function multivariateNormal(
  key: TensorLike,
  mean: TensorLike,
  cov: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const center = asTensor(mean), spread = asTensor(cov);
  const n = center.size;
  const fits = center.ndim === 1 && spread.ndim === 2 &&
    spread.shape.every((size) => size === n);
  if (!fits) {
    throw new ShapeError(
      `Cannot draw normal vectors of mean ${formatAval(center.value.aval)} ` +
        `and covariance ${formatAval(spread.value.aval)}, expected [n] and ` +
        "[n,n]: use vmap for several distributions",
    );
  }
  const noise = normal(key, [...toShape(shape), n], options);
  return matmul(noise, cholesky(spread).T).add(center);
}

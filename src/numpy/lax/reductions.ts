/**
 * Reductions under the names of `jax.lax`: over the listed axes.
 *
 * @module
 */
import { asTensor } from "../convert.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";

/** Sum over axes. */
export function reduceSum(x: TensorLike, axes: readonly number[]): Tensor {
  return asTensor(x).sum(axes);
}

/** Product over axes. */
export function reduceProd(x: TensorLike, axes: readonly number[]): Tensor {
  return asTensor(x).prod(axes);
}

/** Largest element along axes. */
export function reduceMax(x: TensorLike, axes: readonly number[]): Tensor {
  return asTensor(x).max(axes);
}

/** Smallest element along axes. */
export function reduceMin(x: TensorLike, axes: readonly number[]): Tensor {
  return asTensor(x).min(axes);
}

/** Whether all elements along axes are true. */
export function reduceAnd(x: TensorLike, axes: readonly number[]): Tensor {
  return asTensor(x).all(axes);
}

/** Whether any element along axes is true. */
export function reduceOr(x: TensorLike, axes: readonly number[]): Tensor {
  return asTensor(x).any(axes);
}

/** i32 index of the first largest element along an axis. */
export function argmax(x: TensorLike, axis: number): Tensor {
  return asTensor(x).argmax(axis);
}

/** i32 index of the first smallest element along an axis. */
export function argmin(x: TensorLike, axis: number): Tensor {
  return asTensor(x).argmin(axis);
}

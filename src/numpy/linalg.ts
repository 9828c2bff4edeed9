/**
 * Products of tensors with the names of numpy. All of them compute in f32.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import { Tensor } from "./tensor.ts";
import * as v from "./values/dot.ts";
import { type TensorLike, toValue } from "./values/host.ts";

/** Product of matrices; leading axes broadcast. */
export function matmul(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.matmul(toValue(a), toValue(b)));
}

/** numpy's dot: `matmul` up to two axes, and scalars multiply. */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(v.dot(toValue(a), toValue(b)));
}

/** Sum of products of all elements. */
export function vdot(a: TensorLike, b: TensorLike): Tensor {
  return dot(asTensor(a).flatten(), asTensor(b).flatten());
}

/** Sum of products over the last axis of both. */
export function inner(a: TensorLike, b: TensorLike): Tensor {
  const x = asTensor(a), y = asTensor(b);
  if (x.ndim === 0 || y.ndim === 0) return x.mul(y);
  return tensordot(x, y, [[-1], [-1]]);
}

/** All products of an element of `a` and one of `b`. */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(a).reshape(-1, 1).mul(asTensor(b).reshape(1, -1));
}

/**
 * Sum of products over pairs of axes: the last `axes` of `a` with the first of
 * `b`, or the listed ones.
 */
export function tensordot(
  a: TensorLike,
  b: TensorLike,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  return new Tensor(v.tensordot(toValue(a), toValue(b), axes));
}

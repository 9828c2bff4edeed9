/**
 * Reductions with the names of numpy.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import { type CloseOptions, isclose } from "./rounding.ts";
import { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";
import { toValue } from "./values/host.ts";
import type { Axes, ReduceOptions, VarianceOptions } from "./values/reduce.ts";
import * as v from "./values/reduce.ts";

/** Sum over axes; all by default. */
export function sum(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).sum(axis, options);
}

/** Product over axes; all by default. */
export function prod(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).prod(axis, options);
}

/** Largest element along axes; all by default. */
export function max(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).max(axis, options);
}

/** Smallest element along axes; all by default. */
export function min(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).min(axis, options);
}

/** Arithmetic mean over axes, in f32; all by default. */
export function mean(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).mean(axis, options);
}

/** Variance over axes, in f32; all by default. */
function variance(
  x: TensorLike,
  axis?: Axes,
  options?: VarianceOptions,
): Tensor {
  return asTensor(x).var(axis, options);
}
export { variance as var };

/** Standard deviation over axes, in f32; all by default. */
export function std(
  x: TensorLike,
  axis?: Axes,
  options?: VarianceOptions,
): Tensor {
  return asTensor(x).std(axis, options);
}

/** Whether any element along axes is true (not 0); all by default. */
export function any(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).any(axis, options);
}

/** Whether all elements along axes are true (not 0); all by default. */
export function all(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).all(axis, options);
}

/** i32 index of the first largest element along an axis, or of all. */
export function argmax(
  x: TensorLike,
  axis?: number | null,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).argmax(axis, options);
}

/** i32 index of the first smallest element along an axis, or of all. */
export function argmin(
  x: TensorLike,
  axis?: number | null,
  options?: ReduceOptions,
): Tensor {
  return asTensor(x).argmin(axis, options);
}

/** Running sum along an axis, or over all elements in row-major order. */
export function cumsum(x: TensorLike, axis?: number | null): Tensor {
  return new Tensor(v.cumsum(toValue(x), axis));
}

/** Whether `a` and `b` are equal up to `atol + rtol |b|` everywhere. */
export function allclose(
  a: TensorLike,
  b: TensorLike,
  options: CloseOptions = {},
): Tensor {
  return isclose(a, b, options).all();
}

/** Whether `a` and `b` have equal shapes and elements. */
export function arrayEqual(a: TensorLike, b: TensorLike): Tensor {
  const x = asTensor(a), y = asTensor(b);
  const alike = x.ndim === y.ndim && x.shape.every((n, i) => n === y.shape[i]);
  return alike ? x.equal(y).all() : asTensor(false);
}

/** Whether `a` and `b` are equal after broadcasting. */
export function arrayEquiv(a: TensorLike, b: TensorLike): Tensor {
  const x = asTensor(a), y = asTensor(b);
  const rank = Math.max(x.ndim, y.ndim);
  const fits = Array.from({ length: rank }, (_, i) => {
    const m = x.shape[x.ndim - 1 - i] ?? 1, n = y.shape[y.ndim - 1 - i] ?? 1;
    return m === n || m === 1 || n === 1;
  });
  return fits.includes(false) ? asTensor(false) : x.equal(y).all();
}

/** Number of elements that are not 0. */
export function countNonzero(x: TensorLike, axis?: Axes): Tensor {
  return asTensor(x).notEqual(0).sum(axis);
}

/** Options of {@link norm}. */
export interface NormOptions extends ReduceOptions {
  /** 2 (default), 1, or Infinity. */
  readonly ord?: 1 | 2 | typeof Infinity;
}

/**
 * Length of the vectors along axes: the root of the sum of squares, or with
 * `ord` 1 the sum and with `Infinity` the largest of the absolute values.
 */
export function norm(
  x: TensorLike,
  axis?: Axes,
  { ord = 2, keepdims = false }: NormOptions = {},
): Tensor {
  const value = asTensor(x).astype("f32");
  if (ord === 2) return value.square().sum(axis, { keepdims }).sqrt();
  const size = value.abs();
  return ord === 1
    ? size.sum(axis, { keepdims })
    : size.max(axis, { keepdims });
}

export { cumsum as cumulativeSum };

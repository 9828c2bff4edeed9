/**
 * Reductions that leave NaN out.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import { isnan, logicalNot, where } from "./elementwise.ts";
import { cumsum } from "./reductions.ts";
import { cumprod } from "./statistics.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";
import type { Axes, ReduceOptions, VarianceOptions } from "./values/reduce.ts";

/** `x` with `value` in the places of NaN. */
function without(x: TensorLike, value: number): Tensor {
  const t = asTensor(x);
  return t.dtype === "f32" ? where(isnan(t), value, t) : t;
}

function counted(
  x: TensorLike,
  axis: Axes | undefined,
  options?: ReduceOptions,
): Tensor {
  return logicalNot(isnan(x)).astype("f32").sum(axis, options);
}

/** Sum over axes without NaN; all by default. */
export function nansum(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return without(x, 0).sum(axis, options);
}

/** Product over axes without NaN; all by default. */
export function nanprod(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return without(x, 1).prod(axis, options);
}

/** Mean over axes without NaN; NaN where there is nothing else. */
export function nanmean(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  return nansum(x, axis, options).div(counted(x, axis, options));
}

/** Variance over axes without NaN; NaN where nothing is left to divide by. */
export function nanvar(
  x: TensorLike,
  axis?: Axes,
  { ddof = 0, keepdims = false }: VarianceOptions = {},
): Tensor {
  const center = nanmean(x, axis, { keepdims: true });
  const squares = without(asTensor(x).astype("f32").sub(center).square(), 0);
  const count = counted(x, axis, { keepdims }).sub(ddof);
  const out = squares.sum(axis, { keepdims }).div(count);
  return where(count.greater(0), out, NaN);
}

/** Standard deviation over axes without NaN. */
export function nanstd(
  x: TensorLike,
  axis?: Axes,
  options?: VarianceOptions,
): Tensor {
  return nanvar(x, axis, options).sqrt();
}

/** Largest element along axes without NaN; NaN where there is nothing else. */
export function nanmax(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  const t = asTensor(x);
  const out = without(t, -Infinity).max(axis, options);
  return t.dtype === "f32" ? where(isnan(t).all(axis, options), NaN, out) : out;
}

/** Smallest element along axes without NaN; NaN where there is nothing else. */
export function nanmin(
  x: TensorLike,
  axis?: Axes,
  options?: ReduceOptions,
): Tensor {
  const t = asTensor(x);
  const out = without(t, Infinity).min(axis, options);
  return t.dtype === "f32" ? where(isnan(t).all(axis, options), NaN, out) : out;
}

/** i32 index of the first largest element without NaN; -1 if all are NaN. */
export function nanargmax(
  x: TensorLike,
  axis?: number | null,
  options?: ReduceOptions,
): Tensor {
  const best = without(x, -Infinity).argmax(axis, options);
  return where(isnan(x).all(axis, options), -1, best);
}

/** i32 index of the first smallest element without NaN; -1 if all are NaN. */
export function nanargmin(
  x: TensorLike,
  axis?: number | null,
  options?: ReduceOptions,
): Tensor {
  const best = without(x, Infinity).argmin(axis, options);
  return where(isnan(x).all(axis, options), -1, best);
}

/** Running sum along an axis, or over all elements, without NaN. */
export function nancumsum(x: TensorLike, axis?: number | null): Tensor {
  return cumsum(without(x, 0), axis);
}

/** Running product along an axis, or over all elements, without NaN. */
export function nancumprod(x: TensorLike, axis?: number | null): Tensor {
  return cumprod(without(x, 1), axis);
}

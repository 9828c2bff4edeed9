/**
 * Reductions that leave NaN out.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import {
  floor,
  isnan,
  logicalNot,
  maximum,
  minimum,
  where,
} from "./elementwise.ts";
import { takeAlongAxis } from "./indexing.ts";
import { cumsum } from "./reductions.ts";
import { sort } from "./sorting.ts";
import { cumprod } from "./statistics.ts";
import type { Tensor } from "./tensor.ts";
import { describe, type TensorLike } from "./values/host.ts";
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

/** Options of {@link nanquantile}. */
export interface NanQuantileOptions {
  /** Keep the reduced axis with size 1. */
  readonly keepdims?: boolean;
}

/**
 * The element with a share `q` of all others below it, between neighbours on
 * the line between them, without NaN: along an axis, or of all elements. NaN
 * where there is nothing else.
 *
 * @throws {ShapeError} If `q` is not from 0 to 1.
 */
export function nanquantile(
  x: TensorLike,
  q: number,
  axis: number | null = null,
  { keepdims = false }: NanQuantileOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  if (!(q >= 0 && q <= 1)) {
    throw new ShapeError(
      `Cannot take the quantile ${describe(q)} of ` +
        `${formatAval(t.value.aval)}, expected a number from 0 to 1`,
    );
  }
  const line = axis === null ? t.flatten() : t;
  const at = normalizeAxis(axis ?? 0, line.ndim, "take a quantile");
  // NaN comes last, so the numbers are in front.
  const sorted = sort(line, at);
  const count = logicalNot(isnan(line)).astype("f32")
    .sum(at, { keepdims: true });
  const place = maximum(count.sub(1), 0).mul(q);
  const low = floor(place);
  const pick = (i: Tensor) => takeAlongAxis(sorted, i.astype("i32"), at);
  const last = maximum(count.sub(1), 0);
  const [a, b] = [pick(low), pick(minimum(low.add(1), last))];
  const out = a.add(b.sub(a).mul(place.sub(low)));
  const found = where(count.greater(0), out, NaN);
  if (!keepdims) return found.squeeze(at);
  return axis === null ? found.reshape(t.shape.map(() => 1)) : found;
}

/** {@link nanquantile} of a percentage, from 0 to 100. */
export function nanpercentile(
  x: TensorLike,
  q: number,
  axis: number | null = null,
  options: NanQuantileOptions = {},
): Tensor {
  return nanquantile(x, q / 100, axis, options);
}

/** The middle element without NaN, or the mean of two middle ones. */
export function nanmedian(
  x: TensorLike,
  axis: number | null = null,
  options: NanQuantileOptions = {},
): Tensor {
  return nanquantile(x, 0.5, axis, options);
}

/**
 * Order and order statistics, with the names of numpy.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import {
  formatAval,
  normalizeAxes,
  range,
  sizeOf,
  withoutAxes,
} from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { Tensor } from "./tensor.ts";
import { ceil, floor, isnan, where } from "./elementwise.ts";
import { take } from "./indexing.ts";
import type { TensorLike } from "./values/host.ts";
import type { Axes, ReduceOptions } from "./values/reduce.ts";
import { sortPlaces, sortWithPlaces } from "./values/sort.ts";

/** Options of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** The largest first; NaN is larger than all numbers. Off by default. */
  readonly descending?: boolean;
}

/** The tensor, or with axis `null` its elements in one row. */
function alongAxis(x: TensorLike, axis: number | null): [Tensor, number] {
  const all = asTensor(x);
  return axis === null ? [all.reshape([all.size]), 0] : [all, axis];
}

/**
 * The elements in ascending order along an axis, the last by default; with
 * `null` all of them. What is equal keeps its order, -0 equals 0, NaN is last.
 *
 * @example
 * ```ts
 * import { argsort, sort } from "@vodes/vodes/numpy";
 * console.log(sort([3, 1, 2]).toArray()); // [1, 2, 3]
 * console.log(argsort([3, 1, 2], -1, { descending: true }).toArray());
 * // [0, 2, 1]
 * ```
 */
export function sort(
  x: TensorLike,
  axis: number | null = -1,
  { descending = false }: SortOptions = {},
): Tensor {
  const [all, at] = alongAxis(x, axis);
  return new Tensor(sortWithPlaces(all.value, at, descending)[0]);
}

/** The i32 places of the elements in the order of {@link sort}. */
export function argsort(
  x: TensorLike,
  axis: number | null = -1,
  { descending = false }: SortOptions = {},
): Tensor {
  const [all, at] = alongAxis(x, axis);
  return new Tensor(sortWithPlaces(all.value, at, descending)[1]);
}

/**
 * The i32 places of elements in the order of several keys along an axis: the
 * last key is the most important, as in numpy. Keys are tensors of one shape,
 * or the rows of one tensor.
 */
export function lexsort(
  keys: TensorLike | readonly TensorLike[],
  axis = -1,
): Tensor {
  const list = Array.isArray(keys) && keys.some((k) => typeof k !== "number")
    ? keys.map((k: TensorLike) => asTensor(k))
    : rowsOf(asTensor(keys as TensorLike));
  if (list.length === 0) {
    throw new ShapeError(
      "Cannot lexsort: no keys were given, expected at least one",
    );
  }
  return new Tensor(sortPlaces(list.toReversed().map((t) => t.value), axis));
}

function rowsOf(keys: Tensor): Tensor[] {
  return range(keys.shape[0] ?? 0).map((i) => keys.at(i));
}

/** How {@link quantile} chooses between two neighbours. */
export type QuantileMethod =
  | "linear"
  | "lower"
  | "higher"
  | "nearest"
  | "midpoint";

/** Options of {@link quantile} and {@link percentile}. */
export interface QuantileOptions extends ReduceOptions {
  /** Where a quantile lies between two elements; `"linear"` by default. */
  readonly method?: QuantileMethod;
}

type Between = (low: Tensor, high: Tensor, weight: Tensor) => Tensor;

const BETWEEN: { readonly [M in QuantileMethod]: Between } = {
  // An infinite neighbour counts only where it has weight.
  linear: (low, high, weight) =>
    where(
      weight.equal(0),
      low,
      low.mul(weight.neg().add(1)).add(high.mul(weight)),
    ),
  lower: (low) => low,
  higher: (_, high) => high,
  nearest: (low, high, weight) => where(weight.lessEqual(0.5), low, high),
  midpoint: (low, high) => low.add(high).mul(0.5),
};

/**
 * Quantiles over axes, all by default, in f32. `q` is a number of 0 up to 1,
 * or a row of them, whose axis is then the first of the result. Where there is
 * a NaN the result is NaN.
 *
 * @param q May be traced; what is outside counts as the nearest end.
 * @throws {ShapeError} If `q` has more than one axis, or there is no element.
 * @example
 * ```ts
 * import { median, quantile } from "@vodes/vodes/numpy";
 * console.log(quantile([3, 1, 2, 4], [0, 0.5]).toArray()); // [1, 2.5]
 * console.log(median([3, 1, 2]).toArray()); // 2
 * ```
 */
export function quantile(
  x: TensorLike,
  q: TensorLike,
  axis?: Axes,
  { method = "linear", keepdims = false }: QuantileOptions = {},
): Tensor {
  const tensor = asTensor(x).astype("f32");
  const { shape } = tensor;
  const axes = normalizeAxes(axis, shape.length, "quantile");
  const n = sizeOf(axes.map((a) => shape[a]));
  const at = asTensor(q).astype("f32");
  if (at.ndim > 1 || n === 0) {
    throw new ShapeError(
      `Cannot take quantiles ${formatAval(at.value.aval)} of ` +
        `${formatAval(tensor.value.aval)} over axes [${axes}]: expected q to ` +
        "be a number or a row, and at least one element",
    );
  }
  const kept = range(shape.length).filter((a) => !axes.includes(a));
  const left = withoutAxes(shape, axes);
  // The axis that is left is the first, so that quantiles come first too.
  const rows = tensor.transpose([...axes, ...kept]).reshape([n, ...left]);
  const sorted = sort(rows, 0);
  const place = at.mul(n - 1).maximum(0).minimum(n - 1);
  const low = floor(place);
  const pick = (p: Tensor) => take(sorted, p.astype("i32"), 0);
  const weight = place.sub(low).reshape([...at.shape, ...left.map(() => 1)]);
  const between = BETWEEN[method](pick(low), pick(ceil(place)), weight);
  // NaN is last.
  const result = where(isnan(sorted.at(n - 1)), NaN, between);
  if (!keepdims) return result;
  const full = shape.map((size, a) => axes.includes(a) ? 1 : size);
  return result.reshape([...at.shape, ...full]);
}

/** {@link quantile} with `q` in percent. */
export function percentile(
  x: TensorLike,
  q: TensorLike,
  axis?: Axes,
  options: QuantileOptions = {},
): Tensor {
  return quantile(x, asTensor(q).div(100), axis, options);
}

/** The middle element, or the mean of the two; over all axes by default. */
export function median(
  x: TensorLike,
  axis?: Axes,
  { keepdims }: ReduceOptions = {},
): Tensor {
  return quantile(x, 0.5, axis, { method: "midpoint", keepdims });
}

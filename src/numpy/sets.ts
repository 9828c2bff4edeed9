/**
 * Sets of elements, whose sizes are given beforehand.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import { full, ones, toShape, zeros } from "./creation.ts";
import { logicalNot, where } from "./elementwise.ts";
import { scatter } from "./lax.ts";
import { concatenate } from "./movement.ts";
import { cumsum } from "./reductions.ts";
import { isin } from "./searching.ts";
import { argsort, sort } from "./sorting.ts";
import type { Tensor } from "./tensor.ts";
import { needOptions } from "./values/given.ts";
import type { TensorLike } from "./values/host.ts";

/** Options of sets. */
export interface SetOptions {
  /** How many places there are: more elements are left out. */
  readonly size: number;
  /** Stands in the places that are too many; the smallest element by default. */
  readonly fillValue?: TensorLike | null;
}

/** The elements of {@link unique}, and more about them. */
export interface Unique {
  /** The different elements, in ascending order. */
  readonly values: Tensor;
  /** i32: where each occurs first. */
  readonly indices: Tensor;
  /** i32: which of them each element is. */
  readonly inverse: Tensor;
  /** i32: how often each occurs. */
  readonly counts: Tensor;
}

/** {@link unique} with indices, inverse and counts. */
export function uniqueAll(x: TensorLike, options: SetOptions): Unique {
  const { size, fillValue = null } = needOptions("find", options, "size");
  const [length] = toShape(size);
  const t = asTensor(x).flatten();
  const order = argsort(t);
  const sorted = t.at(order);
  const first = startsOf(sorted);
  const rank = cumsum(first.astype("i32")).sub(1);
  const place = where(first, rank, length);
  const fill = fillValue ?? (t.size === 0 ? 0 : sorted.at(0));
  return {
    values: scatter(full(length, fill, t.dtype), place, sorted),
    indices: scatter(zeros(length, "i32"), place, order),
    inverse: scatter(zeros(t.size, "i32"), order, rank)
      .reshape(asTensor(x).shape),
    counts: scatter(zeros(length, "i32"), rank, ones(t.size, "i32"), {
      mode: "add",
    }),
  };
}

/** Where a sorted vector has another element than before. */
function startsOf(sorted: Tensor): Tensor {
  const n = sorted.size;
  if (n === 0) return zeros(0, "bool");
  const changes = sorted.slice([1, null]).notEqual(sorted.slice([0, n - 1]));
  return concatenate([ones(1, "bool"), changes]);
}

/**
 * The different elements of a tensor, in ascending order.
 *
 * @example
 * ```ts
 * import { unique } from "@vodes/vodes/numpy";
 * console.log(unique([3, 1, 3, 2], { size: 3 }).toArray()); // [1, 2, 3]
 * ```
 *
 * @see `jnp.unique` with its `size`
 */
export function unique(x: TensorLike, options: SetOptions): Tensor {
  return uniqueAll(x, options).values;
}

/** The elements of at least one tensor. */
export function union1d(
  a: TensorLike,
  b: TensorLike,
  options: SetOptions,
): Tensor {
  const both = [asTensor(a).flatten(), asTensor(b).flatten()];
  return unique(concatenate(both), options);
}

/** The different elements of a sorted choice, then fill values. */
function chosen(
  x: Tensor,
  keep: Tensor,
  { size, fillValue = null }: SetOptions,
): Tensor {
  const [length] = toShape(size);
  const order = argsort(x);
  const sorted = x.at(order), kept = keep.at(order);
  const wanted = startsOf(sorted).logicalAnd(kept);
  const place = where(wanted, cumsum(wanted.astype("i32")).sub(1), length);
  const fill = fillValue ?? (x.size === 0 ? 0 : sort(x).at(0));
  return scatter(full(length, fill, x.dtype), place, sorted);
}

/** The elements of both tensors. */
export function intersect1d(
  a: TensorLike,
  b: TensorLike,
  options: SetOptions,
): Tensor {
  needOptions("find", options, "size");
  const x = asTensor(a).flatten();
  return chosen(x, isin(x, b), options);
}

/** The elements of the first tensor that are not in the second. */
export function setdiff1d(
  a: TensorLike,
  b: TensorLike,
  options: SetOptions,
): Tensor {
  needOptions("find", options, "size");
  const x = asTensor(a).flatten();
  return chosen(x, logicalNot(isin(x, b)), options);
}

/** The elements of exactly one of two tensors. */
export function setxor1d(
  a: TensorLike,
  b: TensorLike,
  options: SetOptions,
): Tensor {
  needOptions("find", options, "size");
  const [x, y] = [asTensor(a).flatten(), asTensor(b).flatten()];
  const alone = [logicalNot(isin(x, y)), logicalNot(isin(y, x))];
  return chosen(concatenate([x, y]), concatenate(alone), options);
}

/**
 * Running products, extremes, and whatever else is associative.
 *
 * @module
 */
import { normalizeAxis } from "../base/shape.ts";
import { treeFlatten } from "../base/tree.ts";
import { asTensor } from "./convert.ts";
import { maximum, minimum, multiply } from "./elementwise.ts";
import { logaddexp } from "./exponentials.ts";
import { concatenate, flip, split } from "./movement.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

/** Options of running functions. */
export interface RunningOptions {
  /** From the last element to the first. */
  readonly reverse?: boolean;
  /** The axis along which they run; 0 by default. */
  readonly axis?: number;
}

/**
 * The results of `fn` over the first 1, 2, 3 .. elements along an axis. `fn`
 * takes two trees of tensors with many elements along that axis each, and must
 * be associative. It is called once per power of 2.
 *
 * @example
 * ```ts
 * import { lax, type Tensor, tensor } from "@vodes/vodes/numpy";
 * const times = (a: Tensor, b: Tensor) => a.mul(b);
 * console.log(lax.associativeScan(times, tensor([1, 2, 3, 4]))); // 1, 2, 6, 24
 * ```
 *
 * @see `jax.lax.associative_scan`
 */
export function associativeScan<T>(
  fn: (a: T, b: T) => T,
  elements: T,
  { reverse = false, axis = 0 }: RunningOptions = {},
): T {
  const [leaves, structure] = treeFlatten(elements);
  let parts = leaves.map((x) => asTensor(x as TensorLike));
  const axes = parts.map((t) => normalizeAxis(axis, t.ndim, "scan"));
  const turn = () => parts = parts.map((t, i) => flip(t, axes[i]));
  const combine = (a: Tensor[], b: Tensor[]): Tensor[] => {
    const [x, y] = [a, b].map((list) => structure.rebuild(list) as T);
    return treeFlatten(fn(x, y))[0].map((r) => asTensor(r as TensorLike));
  };
  const length = parts.length === 0 ? 0 : parts[0].shape[axes[0]];
  if (reverse) turn();
  for (let step = 1; step < length; step *= 2) {
    const cut = (at: number) => parts.map((t, i) => split(t, [at], axes[i]));
    const before = cut(length - step).map(([head]) => head);
    const own = cut(step);
    const later = combine(before, own.map(([, tail]) => tail));
    parts = own.map(([head], i) => concatenate([head, later[i]], axes[i]));
  }
  if (reverse) turn();
  return structure.rebuild(parts) as T;
}

function running(fn: (a: Tensor, b: Tensor) => Tensor) {
  return (x: TensorLike, options?: RunningOptions): Tensor => {
    const t = asTensor(x);
    return associativeScan(
      fn,
      t.dtype === "bool" ? t.astype("i32") : t,
      options,
    );
  };
}

const products = running(multiply);
const maxima = running(maximum);
const minima = running(minimum);
const sums = running(logaddexp);

/** Running product along an axis. */
export function cumprod(x: TensorLike, options?: RunningOptions): Tensor {
  return products(x, options);
}

/** Largest element so far along an axis. */
export function cummax(x: TensorLike, options?: RunningOptions): Tensor {
  return maxima(x, options);
}

/** Smallest element so far along an axis. */
export function cummin(x: TensorLike, options?: RunningOptions): Tensor {
  return minima(x, options);
}

/** Running `log(sum(exp(x)))` along an axis. */
export function cumlogsumexp(x: TensorLike, options?: RunningOptions): Tensor {
  return sums(asTensor(x).astype("f32"), options);
}

/**
 * Random order, as in `jax.random`: rounds of a stable sort by random words.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval, normalizeAxis, range } from "../../base/shape.ts";
import { type Key, keyPath, randomBits } from "../../device/threefry.ts";
import type { Value } from "../../transform/trace.ts";
import { asTensor } from "../convert.ts";
import { arange, toShape } from "../creation.ts";
import { take } from "../indexing.ts";
import { bits, type RandomOptions, split } from "../random.ts";
import { Tensor } from "../tensor.ts";
import { concrete, type TensorLike, toValue } from "../values/host.ts";
import { sortTogether } from "../values/sort.ts";
import { streamOf } from "./config.ts";

/** Options of {@link permutation}. */
export interface PermutationOptions extends RandomOptions {
  /** The axis that is shuffled; 0 by default. */
  readonly axis?: number;
  /** Whether each line along the axis has an order of its own. */
  readonly independent?: boolean;
}

/**
 * The numbers `0 .. n-1` in random order, or a tensor shuffled along an axis.
 *
 * @throws {ShapeError} If the tensor has no such axis.
 */
export function permutation(
  key: TensorLike,
  x: number | TensorLike,
  { axis = 0, independent = false, ...options }: PermutationOptions = {},
): Tensor {
  if (typeof x === "number") {
    return shuffledOrder(key, toShape(x)[0], options);
  }
  const tensor = asTensor(x);
  if (tensor.ndim === 0) {
    throw new ShapeError(
      `Cannot shuffle ${formatAval(tensor.value.aval)}: expected an axis`,
    );
  }
  const at = normalizeAxis(axis, tensor.ndim, "shuffle");
  if (independent) return shuffle(key, tensor, at, options);
  const order = shuffledOrder(key, tensor.shape[at], options);
  return take(tensor, order, at);
}

/** `0 .. n-1` in random order; on the host where the key is there. */
function shuffledOrder(
  key: TensorLike,
  n: number,
  options: RandomOptions,
): Tensor {
  const known = keyOnHost(toValue(key));
  if (known === null) return shuffle(key, arange(n), 0, options);
  const order = orderOnHost(known, n, streamOf(options));
  return new Tensor(concrete("i32", [n], order));
}

/** How often JAX sorts, so that words that are equal do not matter. */
function roundsFor(n: number): number {
  return Math.ceil(3 * Math.log(Math.max(1, n)) / Math.log(2 ** 32 - 1));
}

function shuffle(
  key: TensorLike,
  x: Tensor,
  axis: number,
  options: RandomOptions,
): Tensor {
  let own = asTensor(key);
  let out = x;
  for (const _ of range(roundsFor(x.size))) {
    const keys = split(own, 2, options);
    own = keys.at(0);
    const words = bits(keys.at(1), x.shape, options);
    out = new Tensor(sortTogether([words.value, out.value], axis, 1)[1]);
  }
  return out;
}

function orderOnHost(
  key: Key,
  n: number,
  partitionable: boolean,
): Int32Array<ArrayBuffer> {
  let own = key;
  let order = Int32Array.from(range(n));
  for (const _ of range(roundsFor(n))) {
    const words = randomBits(
      keyPath(own, [[1, 2]], partitionable),
      n,
      partitionable,
    );
    own = keyPath(own, [[0, 2]], partitionable);
    const places = Int32Array.from(range(n))
      .sort((i, j) => words[i] - words[j] || i - j);
    order = places.map((i) => order[i]);
  }
  return order;
}

function keyOnHost(key: Value): Key | null {
  const { dtype, shape } = key.aval;
  const isKey = dtype === "u32" && shape.length === 1 && shape[0] === 2;
  if (!isKey || !key.storage?.isSync) return null;
  const [a, b] = key.storage.readSync();
  return [a >>> 0, b >>> 0];
}

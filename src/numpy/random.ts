/**
 * Random numbers as in `jax.random`: a key gives the same numbers always and
 * everywhere, bit for bit those of JAX. A key is a `u32[2]` tensor.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { type ShapeLike, toShape, zeros } from "./creation.ts";
import { concatenate } from "./movement.ts";
import { asTensor } from "./convert.ts";
import { type RandomOptions, streamOf } from "./random/config.ts";
import { Tensor } from "./tensor.ts";
import { concrete, type TensorLike, toValue } from "./values/host.ts";
import * as v from "./values/random.ts";

export {
  configuration,
  configure,
  type RandomConfig,
  type RandomOptions,
} from "./random/config.ts";

/**
 * The key of a seed, an integer of which the low 32 bits count.
 *
 * @example
 * ```ts
 * import { random } from "@vodes/vodes/numpy";
 * const key = random.key(0);
 * const [a, b] = [0, 1].map((i) => random.split(key).at(i));
 * console.log(random.normal(a, [3]), random.uniform(b, [3]));
 * ```
 */
export function key(seed: TensorLike): Tensor {
  if (typeof seed === "number") {
    if (!Number.isSafeInteger(seed)) {
      throw new ShapeError(
        `Cannot make a key: seed ${seed} was given, expected an integer`,
      );
    }
    return new Tensor(
      concrete("u32", [2], new Uint32Array([0, Number(BigInt(seed) & LOW)])),
    );
  }
  const low = asTensor(seed).astype("u32");
  return concatenate([zeros(1, "u32"), low.reshape(1)]);
}

const LOW = 0xffffffffn;

/** The key of a seed; see {@link key}. */
export function PRNGKey(seed: TensorLike): Tensor {
  return key(seed);
}

/** New keys from one: `u32[num, 2]`, or `u32[shape.., 2]` for a shape. */
export function split(
  key: TensorLike,
  num: ShapeLike = 2,
  options: RandomOptions = {},
): Tensor {
  return new Tensor(v.split(toValue(key), toShape(num), streamOf(options)));
}

/** A new key from a key and an integer. */
export function foldIn(
  key: TensorLike,
  data: TensorLike,
  options: RandomOptions = {},
): Tensor {
  const number = typeof data === "number" ? data : toValue(data);
  return new Tensor(v.foldIn(toValue(key), number, streamOf(options)));
}

/** Options of {@link bits}. */
export interface BitsOptions extends RandomOptions {
  /** How many random bits each word has: 8, 16 or 32 (default). */
  readonly width?: 8 | 16 | 32;
}

/** Random u32 words; with fewer bits they are JAX's u8 and u16 as numbers. */
export function bits(
  key: TensorLike,
  shape: ShapeLike = [],
  { width = 32, ...options }: BitsOptions = {},
): Tensor {
  const stream = streamOf(options);
  return new Tensor(v.bits(toValue(key), toShape(shape), stream, width));
}

/** Options of {@link uniform}. */
export interface UniformOptions extends RandomOptions {
  /** Smallest number; 0 by default. */
  readonly minval?: number;
  /** Bound above, not reached; 1 by default. */
  readonly maxval?: number;
}

/** Uniform f32 numbers of [minval, maxval). */
export function uniform(
  key: TensorLike,
  shape: ShapeLike = [],
  options: UniformOptions = {},
): Tensor {
  const { minval = 0, maxval = 1 } = options;
  const sizes = toShape(shape);
  return new Tensor(
    v.uniform(toValue(key), sizes, minval, maxval, streamOf(options)),
  );
}

/** Standard normal f32 numbers. */
export function normal(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  return new Tensor(v.normal(toValue(key), toShape(shape), streamOf(options)));
}

/** True with probability `p`. */
export function bernoulli(
  key: TensorLike,
  p: TensorLike = 0.5,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const own = typeof p === "number" ? [] : asTensor(p).shape;
  return uniform(key, shape ?? own, { partitionable: streamOf(options) }).less(
    p,
  );
}

/** i32 integers of [minval, maxval). */
export function randint(
  key: TensorLike,
  shape: ShapeLike,
  minval: number,
  maxval: number,
  options: RandomOptions = {},
): Tensor {
  const integers = Number.isInteger(minval) && Number.isInteger(maxval);
  if (!integers || maxval <= minval) {
    throw new ShapeError(
      `Cannot draw integers from ${minval} to ${maxval}: expected integers, ` +
        "the second above the first",
    );
  }
  return new Tensor(
    v.randint(toValue(key), toShape(shape), minval, maxval, streamOf(options)),
  );
}

/** Numbers of the standard Gumbel distribution. */
export function gumbel(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  const tiny = 2 ** -126;
  const u = uniform(key, shape, { ...options, minval: tiny, maxval: 1 });
  return u.log().neg().log().neg();
}

/** Options of {@link categorical}. */
export interface CategoricalOptions extends RandomOptions {
  /** Axis of the categories; the last by default. */
  readonly axis?: number;
}

/** The index of a category drawn with the given log-probabilities. */
export function categorical(
  key: TensorLike,
  logits: TensorLike,
  options: CategoricalOptions = {},
): Tensor {
  const scores = asTensor(logits);
  return gumbel(key, scores.shape, options).add(scores)
    .argmax(options.axis ?? -1);
}

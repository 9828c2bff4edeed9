/**
 * Random numbers as in `jax.random`: a key gives the same numbers always and
 * everywhere, bit for bit those of JAX. A key is a `u32[2]` tensor.
 *
 * @module
 */
import { DeviceError, ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { type Key, keyPath, randomBits } from "../device/threefry.ts";
import type { Value } from "../transform/trace.ts";
import { type ShapeLike, toShape, zeros } from "./creation.ts";
import { concatenate } from "./movement.ts";
import { asTensor } from "./convert.ts";
import { Tensor } from "./tensor.ts";
import { concrete, type TensorLike, toValue } from "./values/host.ts";
import * as v from "./values/random.ts";

/** Settings of all random functions. */
export interface RandomConfig {
  /**
   * JAX's `jax_threefry_partitionable`: true is the default of JAX since 0.5,
   * false that of earlier versions (and of pcax). Two streams of numbers.
   */
  readonly threefryPartitionable: boolean;
}

let config: RandomConfig = { threefryPartitionable: true };

/** Changes settings for all calls from now on. */
export function configure(settings: Partial<RandomConfig>): void {
  config = { ...config, ...settings };
}

/** The settings in use. */
export function configuration(): RandomConfig {
  return config;
}

/** Options of all random functions. */
export interface RandomOptions {
  /** Which stream: see {@link RandomConfig}; that setting by default. */
  readonly partitionable?: boolean;
}

function mode(options: RandomOptions): boolean {
  return options.partitionable ?? config.threefryPartitionable;
}

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
  return new Tensor(v.split(toValue(key), toShape(num), mode(options)));
}

/** A new key from a key and an integer. */
export function foldIn(
  key: TensorLike,
  data: TensorLike,
  options: RandomOptions = {},
): Tensor {
  const number = typeof data === "number" ? data : toValue(data);
  return new Tensor(v.foldIn(toValue(key), number, mode(options)));
}

/** Random u32 words. */
export function bits(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  return new Tensor(v.bits(toValue(key), toShape(shape), mode(options)));
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
    v.uniform(toValue(key), sizes, minval, maxval, mode(options)),
  );
}

/** Standard normal f32 numbers. */
export function normal(
  key: TensorLike,
  shape: ShapeLike = [],
  options: RandomOptions = {},
): Tensor {
  return new Tensor(v.normal(toValue(key), toShape(shape), mode(options)));
}

/** True with probability `p`. */
export function bernoulli(
  key: TensorLike,
  p: TensorLike = 0.5,
  shape: ShapeLike | null = null,
  options: RandomOptions = {},
): Tensor {
  const own = typeof p === "number" ? [] : asTensor(p).shape;
  return uniform(key, shape ?? own, { partitionable: mode(options) }).less(p);
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
    v.randint(toValue(key), toShape(shape), minval, maxval, mode(options)),
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

/**
 * The numbers `0 .. n-1` in random order, or a tensor with its first axis
 * shuffled. The order is found on the host, so the key must be there.
 *
 * @throws {TraceError} If the key is traced.
 * @throws {DeviceError} If the key is on a GPU.
 */
export function permutation(
  key: TensorLike,
  x: number | TensorLike,
  options: RandomOptions = {},
): Tensor {
  const tensor = typeof x === "number" ? null : asTensor(x);
  const n = tensor ? tensor.shape[0] : toShape(x as number)[0];
  if (n === undefined) {
    throw new ShapeError(
      `Cannot shuffle ${formatAval(tensor!.value.aval)}: expected an axis`,
    );
  }
  const order = shuffled(toValue(key), n, mode(options));
  const indices = new Tensor(concrete("i32", [n], order));
  return tensor ? tensor.at(indices) : indices;
}

/** JAX's shuffle: rounds of a stable sort by random words. */
function shuffled(
  key: Value,
  n: number,
  partitionable: boolean,
): Int32Array<ArrayBuffer> {
  let own = keyOnHost(key);
  let order = Int32Array.from({ length: n }, (_, i) => i);
  const rounds = Math.ceil(
    3 * Math.log(Math.max(1, n)) / Math.log(2 ** 32 - 1),
  );
  for (let r = 0; r < rounds; r++) {
    const sort = randomBits(
      keyPath(own, [[1, 2]], partitionable),
      n,
      partitionable,
    );
    own = keyPath(own, [[0, 2]], partitionable);
    const places = Int32Array.from({ length: n }, (_, i) => i)
      .sort((i, j) => sort[i] - sort[j] || i - j);
    order = places.map((i) => order[i]);
  }
  return order;
}

function keyOnHost(key: Value): Key {
  const storage = key.concrete("shuffle with a traced key");
  if (!storage.isSync) {
    throw new DeviceError(
      `Cannot shuffle with a key on "${storage.device}": the order is found ` +
        "on the host, expected a key that can be read at once: call " +
        'await px.devicePut(px.RKG, "host") before px.RKG()',
    );
  }
  const [a, b] = storage.readSync();
  return [a >>> 0, b >>> 0];
}

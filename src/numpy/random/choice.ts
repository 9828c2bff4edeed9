/**
 * Draws from given elements, as in `jax.random`.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval, normalizeAxis, sizeOf } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { type ShapeLike, toShape } from "../creation.ts";
import { take } from "../indexing.ts";
import { gumbel, randint, type RandomOptions, uniform } from "../random.ts";
import { cumsum } from "../reductions.ts";
import { argsort } from "../sorting.ts";
import { searchsorted } from "../searching.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { permutation } from "./shuffle.ts";

/** Options of {@link choice}. */
export interface ChoiceOptions extends RandomOptions {
  /** Whether an element may be drawn again; true by default. */
  readonly replace?: boolean;
  /** Probability of each element; equal by default. */
  readonly p?: TensorLike | null;
  /** The axis of the elements; 0 by default. */
  readonly axis?: number;
}

/**
 * Elements of `a` drawn at random: of `0 .. a-1` for a number, else the parts of
 * a tensor along an axis.
 *
 * @throws {ShapeError} If there are too few elements, or `p` does not fit.
 *
 * @example
 * ```ts
 * import { random } from "@vodes/vodes/numpy";
 * const key = random.key(0);
 * console.log(random.choice(key, 10, [3], { replace: false }));
 * console.log(random.choice(key, [5, 7], [4], { p: [0.9, 0.1] }));
 * ```
 */
export function choice(
  key: TensorLike,
  a: number | TensorLike,
  shape: ShapeLike = [],
  { replace = true, p = null, axis = 0, ...options }: ChoiceOptions = {},
): Tensor {
  const sizes = toShape(shape);
  const draws = sizeOf(sizes);
  const elements = typeof a === "number" ? null : asTensor(a);
  const at = elements && normalizeAxis(axis, elements.ndim, "choose");
  const count = elements ? elements.shape[at!] : a as number;
  if (count < 1 || (!replace && draws > count)) {
    throw new ShapeError(
      `Cannot choose ${draws} of ${count} elements` +
        `${replace ? "" : " without replacement"}: expected ` +
        (count < 1 ? "at least one element" : "as many at least"),
    );
  }
  const order = p !== null
    ? weighted(key, p, count, draws, replace, options)
    : replace
    ? randint(key, [draws], 0, count, options)
    : permutation(key, count, options).slice([0, draws]);
  if (elements === null) return order.reshape(sizes);
  const rows = take(elements, order, at!);
  const rest = elements.shape;
  return rows.reshape([
    ...rest.slice(0, at!),
    ...sizes,
    ...rest.slice(at! + 1),
  ]);
}

function weighted(
  key: TensorLike,
  p: TensorLike,
  count: number,
  draws: number,
  replace: boolean,
  options: RandomOptions,
): Tensor {
  const weights = asTensor(p).astype("f32");
  if (weights.ndim !== 1 || weights.size !== count) {
    throw new ShapeError(
      `Cannot choose: p ${
        formatAval(weights.value.aval)
      } was given, expected ` +
        `one probability for each of ${count} elements`,
    );
  }
  if (!replace) {
    // The largest of log(p) plus Gumbel noise are draws without replacement.
    const scores = gumbel(key, [count], options).neg().sub(weights.log());
    return argsort(scores).slice([0, draws]);
  }
  const sums = cumsum(weights);
  const unit = uniform(key, [draws], options);
  return searchsorted(sums, sums.at(-1).mul(asTensor(1).sub(unit)));
}

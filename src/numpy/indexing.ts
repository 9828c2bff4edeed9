/**
 * Elements picked by index, with the names of numpy.
 *
 * @module
 */
import { Tensor } from "./tensor.ts";
import { type TensorLike, toValue } from "./values/host.ts";
import * as v from "./values/index.ts";
import { reshape } from "./values/movement.ts";

/**
 * The parts of `x` at `indices` along an axis; without one, elements in
 * row-major order. Negative indices count from the end, others outside are
 * clamped: a stray index never reads other memory.
 */
export function take(
  x: TensorLike,
  indices: TensorLike,
  axis?: number | null,
): Tensor {
  const value = toValue(x);
  const places = toValue(indices);
  return new Tensor(
    axis === undefined || axis === null
      ? v.take(reshape(value, [-1]), places, 0)
      : v.take(value, places, axis),
  );
}

/** One element per place of `indices`, which has the axes of `x`. */
export function takeAlongAxis(
  x: TensorLike,
  indices: TensorLike,
  axis: number,
): Tensor {
  return new Tensor(v.takeAlongAxis(toValue(x), toValue(indices), axis));
}

/**
 * Writing at starts that may be traced, along one axis.
 *
 * @module
 */
import { normalizeAxis } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { dynamicUpdateSlice } from "../lax.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";

/** `x` with `update` written from `start` of one axis, which may be traced. */
export function dynamicUpdateSliceInDim(
  x: TensorLike,
  update: TensorLike,
  start: TensorLike,
  axis: number,
): Tensor {
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "update");
  return dynamicUpdateSlice(
    t,
    update,
    t.shape.map((_, i) => i === at ? start : 0),
  );
}

/** `x` with `update` written at an index of one axis, which may be traced. */
export function dynamicUpdateIndexInDim(
  x: TensorLike,
  update: TensorLike,
  index: TensorLike,
  axis: number,
): Tensor {
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "update");
  const shape = t.shape.map((n, i) => i === at ? 1 : n);
  return dynamicUpdateSliceInDim(t, asTensor(update).reshape(shape), index, at);
}

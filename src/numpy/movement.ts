/**
 * Shapes, orders of axes and joins with the names of numpy.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis, type Shape } from "../base/shape.ts";
import { type ShapeLike, toShape } from "./creation.ts";
import { asTensor } from "./convert.ts";
import { Tensor } from "./tensor.ts";
import { needList } from "./values/given.ts";
import { type TensorLike, toValue } from "./values/host.ts";
import * as v from "./values/movement.ts";
import { broadcastId, compute } from "./values/operand.ts";

/** Same elements, other shape; one size may be -1, to be found. */
export function reshape(x: TensorLike, shape: ShapeLike): Tensor {
  const sizes = typeof shape === "number" ? [shape] : shape;
  return new Tensor(v.reshape(toValue(x), sizes));
}

/** All elements along one axis. */
export function ravel(x: TensorLike): Tensor {
  return reshape(x, -1);
}

/** Axes in another order; reversed when none is given. */
export function transpose(
  x: TensorLike,
  perm?: readonly number[] | null,
): Tensor {
  return new Tensor(v.transpose(toValue(x), perm));
}

/** Axes moved to other places; the others keep their order. */
export function moveaxis(
  x: TensorLike,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  return new Tensor(v.moveaxis(toValue(x), source, destination));
}

/** Two axes exchanged. */
export function swapaxes(x: TensorLike, a: number, b: number): Tensor {
  const value = toValue(x);
  const rank = value.aval.shape.length;
  const perm = value.aval.shape.map((_, i) => i);
  const [i, j] = [a, b].map((n) => normalizeAxis(n, rank, "swap axes"));
  [perm[i], perm[j]] = [j, i];
  return new Tensor(v.transpose(value, perm));
}

/** A new axis of size 1 at each given place of the result. */
export function expandDims(
  x: TensorLike,
  axis: number | readonly number[],
): Tensor {
  return new Tensor(v.expandDims(toValue(x), axis));
}

/** Drops axes of size 1: those given, or all. */
export function squeeze(
  x: TensorLike,
  axis?: number | readonly number[],
): Tensor {
  return new Tensor(v.squeeze(toValue(x), axis));
}

/** Repeats along axes of size 1 and new leading axes. */
export function broadcastTo(x: TensorLike, shape: ShapeLike): Tensor {
  return new Tensor(v.broadcastTo(toValue(x), toShape(shape)));
}

/** Tensors joined along an axis, in their common dtype. */
export function concatenate(xs: readonly TensorLike[], axis = 0): Tensor {
  return new Tensor(
    v.concatenate(needList("concatenate", xs).map(toValue), axis),
  );
}

/** Tensors of one shape joined along a new axis. */
export function stack(xs: readonly TensorLike[], axis = 0): Tensor {
  return new Tensor(v.stack(needList("stack", xs).map(toValue), axis));
}

/** Cut into `parts` equal pieces along an axis, or before the given indices. */
export function split(
  x: TensorLike,
  parts: number | readonly number[],
  axis = 0,
): Tensor[] {
  const value = toValue(x);
  const { shape } = value.aval;
  const at = normalizeAxis(axis, shape.length, "split");
  const size = shape[at];
  if (typeof parts === "number" && !(parts > 0 && size % parts === 0)) {
    throw new ShapeError(
      `Cannot split ${formatAval(value.aval)} into ${parts} parts along axis ` +
        `${at}: expected a number that divides ${size}, or indices to cut at`,
    );
  }
  const cuts = typeof parts === "number"
    ? Array.from({ length: parts - 1 }, (_, i) => (i + 1) * size / parts)
    : parts.map((n) => Math.min(Math.max(n < 0 ? n + size : n, 0), size));
  return [0, ...cuts].map((start, i) => {
    const limit = Math.max(start, cuts[i] ?? size);
    return new Tensor(v.sliceAxis(value, at, start, limit));
  });
}

/** Order of elements reversed along axes; all by default. */
export function flip(
  x: TensorLike,
  axis?: number | readonly number[],
): Tensor {
  return new Tensor(v.flip(toValue(x), axis));
}

/** Elements moved `shift` places along an axis; what leaves enters again. */
export function roll(x: TensorLike, shift: number, axis?: number): Tensor {
  const tensor = asTensor(x);
  if (axis === undefined) {
    return roll(tensor.flatten(), shift, 0).reshape(tensor.shape);
  }
  const at = normalizeAxis(axis, tensor.ndim, "roll");
  const size = tensor.shape[at];
  const cut = size === 0 ? 0 : size - ((shift % size) + size) % size;
  const [head, tail] = split(tensor, [cut], at);
  return concatenate([tail, head], at);
}

/** The whole repeated `counts` times along each axis. */
export function tile(x: TensorLike, counts: number | Shape): Tensor {
  const list = typeof counts === "number" ? [counts] : counts;
  const value = toValue(x);
  const rank = Math.max(list.length, value.aval.shape.length);
  const align = (s: Shape) => [...Array(rank - s.length).fill(1), ...s];
  const shape = align(value.aval.shape), times = toShape(align(list));
  return new Tensor(compute([value], (o, [id]) => {
    const pairs = shape.flatMap((n) => [1, n]);
    const wide = shape.flatMap((n, i) => [times[i], n]);
    const out = broadcastId(o, o.reshape(id, pairs), wide);
    return o.reshape(out, shape.map((n, i) => n * times[i]));
  }));
}

/** Each element repeated `count` times along an axis. */
export function repeat(x: TensorLike, count: number, axis?: number): Tensor {
  if (axis === undefined) return repeat(ravel(x), count, 0);
  const value = toValue(x);
  const { shape } = value.aval;
  const at = normalizeAxis(axis, shape.length, "repeat");
  const [n] = toShape(count);
  return new Tensor(compute([value], (o, [id]) => {
    const insert = (size: number) => shape.toSpliced(at + 1, 0, size);
    const out = broadcastId(o, o.reshape(id, insert(1)), insert(n));
    return o.reshape(out, shape.map((s, i) => i === at ? s * n : s));
  }));
}

/** Tensors of at least one axis each, joined along axis 0. */
export function vstack(xs: readonly TensorLike[]): Tensor {
  const rows = needList("stack", xs).map((x) => {
    const t = asTensor(x);
    return t.ndim < 2 ? t.reshape(1, -1) : t;
  });
  return concatenate(rows, 0);
}

/** Tensors joined along axis 1; along axis 0 when they have only one. */
export function hstack(xs: readonly TensorLike[]): Tensor {
  const parts = needList("stack", xs).map((x) => {
    const t = asTensor(x);
    return t.ndim === 0 ? t.reshape(1) : t;
  });
  return concatenate(parts, parts[0]?.ndim === 1 ? 0 : 1);
}

/**
 * Shapes, joins and cuts beyond those of `movement.ts`.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import {
  broadcastShapes as pairShape,
  formatAval,
  normalizeAxis,
  range,
  type Shape,
  sizeOf,
} from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import {
  broadcastTo,
  concatenate,
  flip,
  moveaxis,
  split,
  swapaxes,
  tile,
  transpose,
} from "./movement.ts";
import type { Tensor } from "./tensor.ts";
import { needList } from "./values/given.ts";
import type { TensorLike } from "./values/host.ts";

/** A tensor of at least one axis. */
export function atleast1d(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.ndim < 1 ? t.reshape(1) : t;
}

/** A tensor of at least two axes: a vector becomes a row. */
export function atleast2d(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.ndim < 2 ? t.reshape(1, -1) : t;
}

/** A tensor of at least three axes, new ones at both ends. */
export function atleast3d(x: TensorLike): Tensor {
  const t = asTensor(x);
  if (t.ndim > 2) return t;
  return t.ndim < 2 ? t.reshape(1, -1, 1) : t.reshape([...t.shape, 1]);
}

/** The shape to which all given ones broadcast. */
export function broadcastShapes(...shapes: readonly Shape[]): number[] {
  return shapes.reduce<number[]>(
    (a, b) =>
      pairShape(
        { dtype: "f32", shape: a },
        { dtype: "f32", shape: b },
        "broadcast",
      ),
    [],
  );
}

/** Tensors repeated to a common shape. */
export function broadcastArrays(...xs: readonly TensorLike[]): Tensor[] {
  const tensors = xs.map(asTensor);
  const shape = broadcastShapes(...tensors.map((t) => t.shape));
  return tensors.map((t) => broadcastTo(t, shape));
}

/** Tensors joined along axis 2. */
export function dstack(xs: readonly TensorLike[]): Tensor {
  return concatenate(needList("stack", xs).map(atleast3d), 2);
}

/** Vectors as columns, beside matrices as they are. */
export function columnStack(xs: readonly TensorLike[]): Tensor {
  const columns = needList("stack", xs).map((x) => {
    const t = asTensor(x);
    return t.ndim < 2 ? t.reshape(-1, 1) : t;
  });
  return concatenate(columns, 1);
}

/** Tensors joined along an axis; see `concatenate`. */
export function concat(xs: readonly TensorLike[], axis = 0): Tensor {
  return concatenate(xs, axis);
}

/** `b` behind `a` along an axis; all elements of both without one. */
export function append(
  a: TensorLike,
  b: TensorLike,
  axis?: number | null,
): Tensor {
  return axis === undefined || axis === null
    ? concatenate([asTensor(a).flatten(), asTensor(b).flatten()])
    : concatenate([a, b], axis);
}

/** Blocks of nested arrays: the innermost join along the last axis. */
export type Blocks = TensorLike | readonly Blocks[];

/** A tensor of blocks: nested arrays of tensors, of equal depth. */
export function block(blocks: Blocks): Tensor {
  const depth = (x: Blocks): number => Array.isArray(x) ? 1 + depth(x[0]) : 0;
  const levels = depth(blocks);
  const join = (x: Blocks, level: number): Tensor => {
    if (!Array.isArray(x)) {
      const t = asTensor(x as TensorLike);
      const missing = Math.max(0, levels - t.ndim);
      return t.reshape([...range(missing).map(() => 1), ...t.shape]);
    }
    const parts = x.map((part) => join(part, level + 1));
    return concatenate(parts, level - levels);
  };
  return join(blocks, 0);
}

/** Cut into pieces of sizes that differ by 1 at most, the larger ones first. */
export function arraySplit(
  x: TensorLike,
  parts: number | readonly number[],
  axis = 0,
): Tensor[] {
  if (typeof parts !== "number") return split(x, parts, axis);
  const t = asTensor(x);
  const size = t.shape[normalizeAxis(axis, t.ndim, "split")];
  if (!Number.isInteger(parts) || parts < 1) {
    throw new ShapeError(
      `Cannot split ${
        formatAval(t.value.aval)
      } into ${parts} parts, expected ` +
        "an integer from 1 up",
    );
  }
  const least = Math.floor(size / parts), larger = size % parts;
  const cuts = range(parts - 1).map((i) =>
    (i + 1) * least + Math.min(i + 1, larger)
  );
  return split(t, cuts, axis);
}

/** Cut along axis 1; along axis 0 when there is no other. */
export function hsplit(
  x: TensorLike,
  parts: number | readonly number[],
): Tensor[] {
  return split(x, parts, asTensor(x).ndim < 2 ? 0 : 1);
}

/** Cut along axis 0. */
export function vsplit(
  x: TensorLike,
  parts: number | readonly number[],
): Tensor[] {
  return split(x, parts, 0);
}

/** Cut along axis 2. */
export function dsplit(
  x: TensorLike,
  parts: number | readonly number[],
): Tensor[] {
  return split(x, parts, 2);
}

/** The parts along an axis, which disappears. */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  const t = asTensor(x);
  const first = moveaxis(t, axis, 0);
  return range(first.shape[0]).map((i) => first.at(i));
}

/** Order of the columns (axis 1) reversed. */
export function fliplr(x: TensorLike): Tensor {
  return flip(x, 1);
}

/** Order of the rows (axis 0) reversed. */
export function flipud(x: TensorLike): Tensor {
  return flip(x, 0);
}

/** Turned by quarters, from the first of two axes towards the second. */
export function rot90(
  x: TensorLike,
  k = 1,
  axes: readonly [number, number] = [0, 1],
): Tensor {
  const t = asTensor(x);
  const [a, b] = axes.map((i) => normalizeAxis(i, t.ndim, "rotate"));
  if (a === b) {
    throw new ShapeError(
      `Cannot rotate ${formatAval(t.value.aval)}: axis ${a} was given twice, ` +
        "expected two axes",
    );
  }
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return t;
  if (turns === 2) return flip(flip(t, a), b);
  return turns === 1 ? flip(swapaxes(t, a, b), a) : swapaxes(flip(t, a), a, b);
}

/** Axes in another order; see `transpose`. */
export function permuteDims(x: TensorLike, axes: readonly number[]): Tensor {
  return transpose(x, axes);
}

/** All elements in row-major order, repeated or cut off to fit a shape. */
export function resize(x: TensorLike, shape: Shape): Tensor {
  const flat = asTensor(x).flatten();
  const size = sizeOf(shape);
  if (flat.size === 0 && size > 0) {
    throw new ShapeError(
      `Cannot resize ${formatAval(flat.value.aval)} to [${shape}]: there is ` +
        "nothing to repeat, expected elements",
    );
  }
  const times = flat.size === 0 ? 0 : Math.ceil(size / flat.size);
  return tile(flat, times).slice([0, size]).reshape(shape);
}

/** An axis moved before another one. */
export function rollaxis(x: TensorLike, axis: number, start = 0): Tensor {
  const t = asTensor(x);
  const from = normalizeAxis(axis, t.ndim, "roll the axes");
  const to = start < 0 ? start + t.ndim : start;
  return moveaxis(t, from, from < to ? to - 1 : to);
}

/** Parts left out along an axis, by index; of all elements without one. */
function remove(
  x: TensorLike,
  indices: number | readonly number[],
  axis?: number | null,
): Tensor {
  if (axis === undefined || axis === null) {
    return remove(asTensor(x).flatten(), indices, 0);
  }
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "delete");
  const size = t.shape[at];
  const list = typeof indices === "number" ? [indices] : indices;
  const out = list.map((i) => normalizeAxis(i, size, "delete along an axis"));
  const first = moveaxis(t, at, 0);
  const kept = range(size).filter((i) => !out.includes(i));
  return moveaxis(first.at(asTensor(Int32Array.from(kept))), 0, at);
}
export { remove as delete };

/** `values` put before an index of an axis. */
export function insert(
  x: TensorLike,
  index: number,
  values: TensorLike,
  axis?: number | null,
): Tensor {
  if (axis === undefined || axis === null) {
    return insert(asTensor(x).flatten(), index, asTensor(values).flatten(), 0);
  }
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim, "insert");
  const size = t.shape[at];
  const place = index < 0 ? index + size : index;
  if (!Number.isInteger(index) || place < 0 || place > size) {
    throw new ShapeError(
      `Cannot insert into ${formatAval(t.value.aval)} before ${index}: axis ` +
        `${at} has size ${size}, expected ${-size} to ${size}`,
    );
  }
  const given = asTensor(values);
  const part = given.ndim < t.ndim && t.ndim > 1
    ? broadcastTo(given, t.shape.map((n, i) => i === at ? 1 : n))
    : atleast1d(given);
  const [head, tail] = split(t, [place], at);
  return concatenate([head, part, tail], at);
}

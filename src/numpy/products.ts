/**
 * Products of vectors and matrices beyond those of `linalg.ts`.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { matmul } from "./linalg.ts";
import { moveaxis, stack, swapaxes } from "./movement.ts";
import type { Tensor } from "./tensor.ts";
import { needList } from "./values/given.ts";
import type { TensorLike } from "./values/host.ts";

/** The last two axes exchanged. */
export function matrixTranspose(x: TensorLike): Tensor {
  const t = asTensor(x);
  if (t.ndim < 2) {
    throw new ShapeError(
      `Cannot transpose matrices of ${formatAval(t.value.aval)}: expected at ` +
        "least two axes",
    );
  }
  return swapaxes(t, -1, -2);
}

/** Sums of products along one axis of both, which broadcast. */
export function vecdot(a: TensorLike, b: TensorLike, axis = -1): Tensor {
  return asTensor(a).astype("f32").mul(b).sum(axis);
}

/** Products of matrices `[.., m, n]` with vectors `[.., n]`. */
export function matvec(a: TensorLike, x: TensorLike): Tensor {
  const v = asTensor(x);
  return matmul(a, v.reshape([...v.shape, 1])).squeeze(-1);
}

/** Products of vectors `[.., m]` with matrices `[.., m, n]`. */
export function vecmat(x: TensorLike, a: TensorLike): Tensor {
  const v = asTensor(x);
  return matmul(v.reshape([...v.shape.slice(0, -1), 1, v.shape.at(-1) ?? 1]), a)
    .squeeze(-2);
}

/** The product of a chain of matrices, from the left to the right. */
export function multiDot(xs: readonly TensorLike[]): Tensor {
  if (needList("multiply a chain of matrices", xs).length < 2) {
    throw new ShapeError(
      `Cannot multiply a chain of ${xs.length} matrices, expected two at least`,
    );
  }
  return xs.map(asTensor).reduce((a, b) => matmul(a, b));
}

/**
 * Kronecker's product: each element of `a` times the whole of `b`, as blocks.
 */
export function kron(a: TensorLike, b: TensorLike): Tensor {
  const x = asTensor(a), y = asTensor(b);
  const rank = Math.max(x.ndim, y.ndim);
  const align = (t: Tensor) => [...Array(rank - t.ndim).fill(1), ...t.shape];
  const outer = align(x), inner = align(y);
  return x.reshape(outer.flatMap((n) => [n, 1]))
    .mul(y.reshape(inner.flatMap((n) => [1, n])))
    .reshape(outer.map((n, i) => n * inner[i]));
}

/**
 * The cross product of vectors of three elements along an axis (the last); of
 * two elements it is the third component alone.
 *
 * @throws {ShapeError} If the vectors have other sizes.
 */
export function cross(a: TensorLike, b: TensorLike, axis = -1): Tensor {
  const vectors = [a, b].map((x) => {
    const t = asTensor(x);
    const at = normalizeAxis(axis, t.ndim, "take the cross product");
    return moveaxis(t, at, 0);
  });
  const sizes = vectors.map((t) => t.shape[0]);
  if (sizes[0] !== sizes[1] || (sizes[0] !== 3 && sizes[0] !== 2)) {
    const [x, y] = [a, b].map((t) => formatAval(asTensor(t).value.aval));
    throw new ShapeError(
      `Cannot take the cross product of ${x} and ${y}: axis ${axis} has sizes ` +
        `${sizes[0]} and ${sizes[1]}, expected 3 for both, or 2`,
    );
  }
  const [x, y] = vectors;
  const part = (i: number, j: number) =>
    x.at(i).mul(y.at(j)).sub(x.at(j).mul(y.at(i)));
  if (sizes[0] === 2) return part(0, 1);
  const parts = [part(1, 2), part(2, 0), part(0, 1)];
  return stack(parts, axis < 0 ? axis : normalizeAxis(axis, x.ndim, "cross"));
}

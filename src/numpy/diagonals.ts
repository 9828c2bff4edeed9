/**
 * Diagonals and triangles of matrices.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval, normalizeAxis } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { arange, eye, toShape } from "./creation.ts";
import { where } from "./elementwise.ts";
import { moveaxis } from "./movement.ts";
import { pad } from "./padding.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

/** Ones on the diagonal of an n x n matrix. */
export function identity(n: number): Tensor {
  return eye(n);
}

/** Where column - row is at most `k`, for n rows and m columns. */
function upTo(n: number, m: number, k: number): Tensor {
  return arange(m).lessEqual(arange(n).add(k).reshape(n, 1));
}

/** Ones on and below a diagonal of an n x m matrix, zeros above. */
export function tri(n: number, m: number = n, k = 0): Tensor {
  const [rows, columns] = toShape([n, m]);
  return upTo(rows, columns, k).astype("f32");
}

function lastTwo(what: string, x: TensorLike): [Tensor, number, number] {
  const t = asTensor(x);
  if (t.ndim < 2) {
    throw new ShapeError(
      `Cannot take the ${what} of ${formatAval(t.value.aval)}: expected at ` +
        "least two axes",
    );
  }
  const [n, m] = t.shape.slice(-2);
  return [t, n, m];
}

/** Matrices on the last two axes, with 0 above a diagonal. */
export function tril(x: TensorLike, k = 0): Tensor {
  const [t, n, m] = lastTwo("lower triangle", x);
  return where(upTo(n, m, k), t, 0);
}

/** Matrices on the last two axes, with 0 below a diagonal. */
export function triu(x: TensorLike, k = 0): Tensor {
  const [t, n, m] = lastTwo("upper triangle", x);
  return where(upTo(n, m, k - 1), 0, t);
}

/** Options of {@link diagonal} and {@link trace}. */
export interface DiagonalOptions {
  /** Which diagonal: above (positive) or below the main one, 0. */
  readonly offset?: number;
  /** The axis of the rows; 0 by default. */
  readonly axis1?: number;
  /** The axis of the columns; 1 by default. */
  readonly axis2?: number;
}

/** The elements of a diagonal, on a last axis instead of two. */
export function diagonal(
  x: TensorLike,
  { offset = 0, axis1 = 0, axis2 = 1 }: DiagonalOptions = {},
): Tensor {
  const [t] = lastTwo("diagonal", x);
  const axes = [axis1, axis2].map((a) => normalizeAxis(a, t.ndim, "diagonal"));
  if (axes[0] === axes[1]) {
    throw new ShapeError(
      `Cannot take the diagonal of ${formatAval(t.value.aval)}: axis ` +
        `${axes[0]} was given twice, expected two axes`,
    );
  }
  const last = moveaxis(t, axes, [-2, -1]);
  const lead = last.shape.slice(0, -2);
  const [n, m] = last.shape.slice(-2);
  const count = Math.max(
    0,
    Math.min(n + Math.min(offset, 0), m - Math.max(offset, 0)),
  );
  // In row-major order, a step along a diagonal is m + 1 elements.
  const start = offset >= 0 ? offset : -offset * m;
  const whole = lead.map(() => null);
  return last.reshape([...lead, n * m])
    .slice(
      ...whole,
      count === 0 ? [0, 0] : [start, start + (count - 1) * (m + 1) + 1, m + 1],
    );
}

/** Sum of the elements of a diagonal. */
export function trace(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  return diagonal(x, options).sum(-1);
}

/**
 * The matrix with the vector `x` on a diagonal, or the diagonal of the matrix
 * `x`.
 */
export function diag(x: TensorLike, k = 0): Tensor {
  const t = asTensor(x);
  if (t.ndim === 2) return diagonal(t, { offset: k });
  if (t.ndim !== 1) {
    throw new ShapeError(
      `Cannot take diag of ${formatAval(t.value.aval)}: expected a vector or ` +
        "a matrix: use diagonal for more axes",
    );
  }
  const n = t.size + Math.abs(k);
  const own = pad(t, [0, Math.abs(k)]);
  const onDiagonal = arange(n).equal(arange(n).add(k).reshape(n, 1));
  return where(onDiagonal, own.reshape(k >= 0 ? [n, 1] : [1, n]), 0);
}

/** The matrix with all elements of `x` on a diagonal. */
export function diagflat(x: TensorLike, k = 0): Tensor {
  return diag(asTensor(x).flatten(), k);
}

/** i32 indices of the elements on and below a diagonal: rows and columns. */
export function trilIndices(n: number, k = 0, m: number = n): [Tensor, Tensor] {
  return indicesWhere(n, m, (row, column) => column - row <= k);
}

/** i32 indices of the elements on and above a diagonal: rows and columns. */
export function triuIndices(n: number, k = 0, m: number = n): [Tensor, Tensor] {
  return indicesWhere(n, m, (row, column) => column - row >= k);
}

function indicesWhere(
  n: number,
  m: number,
  inside: (row: number, column: number) => boolean,
): [Tensor, Tensor] {
  toShape([n, m]);
  const rows: number[] = [];
  const columns: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      if (!inside(i, j)) continue;
      rows.push(i);
      columns.push(j);
    }
  }
  return [asTensor(Int32Array.from(rows)), asTensor(Int32Array.from(columns))];
}

/** i32 indices of the main diagonal of an n x n x .. tensor, one per axis. */
export function diagIndices(n: number, ndim = 2): Tensor[] {
  const [size, axes] = toShape([n, ndim]);
  return Array.from({ length: axes }, () => arange(size));
}

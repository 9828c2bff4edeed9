/**
 * Norms of vectors and matrices, and powers of matrices.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval, normalizeAxis, type Shape } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { eye } from "../creation.ts";
import { broadcastTo } from "../movement.ts";
import { matmul } from "../linalg.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import type { Axes, ReduceOptions } from "../values/reduce.ts";
import { matrices } from "./factor.ts";
import { inv } from "./solve.ts";

/** Which norm of a matrix: those that need singular values are not there. */
export type MatrixNorm = "fro" | 1 | -1 | typeof Infinity;

/** Options of {@link norm}. */
export interface NormOptions extends ReduceOptions {
  /** An order, `"fro"`, or `null` (default): the root of the sum of squares. */
  readonly ord?: number | "fro" | null;
  /** One axis for vectors, two for matrices; all by default. */
  readonly axis?: Axes;
}

/**
 * Norms of vectors, or of matrices where there are two axes and an order.
 *
 * @throws {ShapeError} If the order is not one of those of matrices.
 * @see `jnp.linalg.norm`
 */
export function norm(
  x: TensorLike,
  { ord = null, axis = null, keepdims = false }: NormOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  if (ord === null) return t.square().sum(axis, { keepdims }).sqrt();
  const axes = axis === null
    ? t.shape.map((_, i) => i)
    : typeof axis === "number"
    ? [axis]
    : axis;
  if (axes.length === 1 && ord !== "fro") {
    return vectorNorm(t, { ord, axis: axes, keepdims });
  }
  if (axes.length !== 2) {
    throw new ShapeError(
      `Cannot take the norm of order ${ord} of ${formatAval(t.value.aval)} ` +
        `over ${axes.length} axes: expected one axis` +
        `${ord === "fro" ? "s pair" : ", or two"}: name them with { axis }`,
    );
  }
  return matrixNormOf(t, ord, axes, keepdims);
}

/** Options of {@link vectorNorm}. */
export interface VectorNormOptions extends ReduceOptions {
  /** The order p of `sum(|x|^p)^(1/p)`; 2 by default. */
  readonly ord?: number;
  /** Axes of the vectors; all by default. */
  readonly axis?: Axes;
}

/**
 * `sum(|x|^ord)^(1/ord)`; the largest of `|x|` for Infinity, the smallest for
 * -Infinity, and the number of elements that are not 0 for 0.
 *
 * @see `jnp.linalg.vector_norm`
 */
export function vectorNorm(
  x: TensorLike,
  { ord = 2, axis = null, keepdims = false }: VectorNormOptions = {},
): Tensor {
  const t = asTensor(x).astype("f32");
  if (ord === 2) return t.square().sum(axis, { keepdims }).sqrt();
  if (ord === 0) return t.notEqual(0).astype("f32").sum(axis, { keepdims });
  const size = t.abs();
  if (ord === Infinity) return size.max(axis, { keepdims });
  if (ord === -Infinity) return size.min(axis, { keepdims });
  if (ord === 1) return size.sum(axis, { keepdims });
  return size.pow(ord).sum(axis, { keepdims }).pow(1 / ord);
}

/**
 * Norms of the matrices on the last two axes: the root of the sum of squares
 * (`"fro"`), or the largest (smallest, for -1 and -Infinity) sum of absolute
 * values of a column (1) or of a row (Infinity).
 *
 * @see `jnp.linalg.matrix_norm`
 */
export function matrixNorm(
  x: TensorLike,
  { ord = "fro", keepdims = false }: ReduceOptions & {
    /** Which norm; `"fro"` by default. */
    readonly ord?: MatrixNorm;
  } = {},
): Tensor {
  return matrixNormOf(
    matrices("take the norm of", x, false),
    ord,
    [-2, -1],
    keepdims,
  );
}

function matrixNormOf(
  t: Tensor,
  ord: number | "fro",
  axes: readonly number[],
  keepdims: boolean,
): Tensor {
  if (ord === "fro") return t.square().sum(axes, { keepdims }).sqrt();
  const absolute = Math.abs(ord);
  if (absolute !== 1 && absolute !== Infinity) {
    throw new ShapeError(
      `Cannot take the norm of order ${ord} of matrices: it needs singular ` +
        'values, expected "fro", 1, -1, Infinity or -Infinity',
    );
  }
  const [row, column] = axes.map((a) => normalizeAxis(a, t.ndim, "norm"));
  const [first, second] = absolute === 1 ? [row, column] : [column, row];
  const sums = t.abs().sum(first, { keepdims: true });
  const out = ord > 0
    ? sums.max(second, { keepdims: true })
    : sums.min(second, { keepdims: true });
  const kept: Shape = keepdims
    ? out.shape
    : out.shape.filter((_, i) => i !== row && i !== column);
  return out.reshape(kept);
}

/**
 * Products of n times the same matrices `[.., m, m]`, of their inverse where n
 * is negative.
 *
 * @throws {ShapeError} If n is no integer.
 * @see `jnp.linalg.matrix_power`
 */
export function matrixPower(a: TensorLike, n: number): Tensor {
  const x = matrices("take the power of", a, true);
  if (!Number.isInteger(n)) {
    throw new ShapeError(
      `Cannot take the power ${n} of ${formatAval(x.value.aval)}, expected ` +
        "an integer",
    );
  }
  let result: Tensor | null = null;
  let factor = n < 0 ? inv(x) : x;
  for (let k = Math.abs(n); k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = result ? matmul(result, factor) : factor;
    if (k > 1) factor = matmul(factor, factor);
  }
  return result ?? broadcastTo(eye(x.shape[x.ndim - 1]), x.shape);
}

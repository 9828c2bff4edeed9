/**
 * Factorisations, as in `jax.lax.linalg`.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { eye } from "../creation.ts";
import { tril, triu } from "../diagonals.ts";
import { matrices } from "../linalg/factor.ts";
import { solve } from "../linalg/solve.ts";
import { matrixTranspose } from "../products.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";

export { cholesky, qr } from "../linalg/factor.ts";

/** Options of {@link triangularSolve}. */
export interface TriangularOptions {
  /** Whether `a` stands left of x (default is right, as in JAX). */
  readonly leftSide?: boolean;
  /** Whether the lower triangle of `a` counts, or else the upper. */
  readonly lower?: boolean;
  /** Whether `a` is transposed. */
  readonly transposeA?: boolean;
  /** Whether the diagonal of `a` is taken to be 1. */
  readonly unitDiagonal?: boolean;
}

/**
 * The x of `x a = b`, or with `leftSide` of `a x = b`, for a triangle of `a`.
 *
 * @throws {ShapeError} If the shapes do not fit.
 * @see `jax.lax.linalg.triangular_solve`
 */
export function triangularSolve(
  a: TensorLike,
  b: TensorLike,
  {
    leftSide = false,
    lower = false,
    transposeA = false,
    unitDiagonal = false,
  }: TriangularOptions = {},
): Tensor {
  const x = matrices("solve with a triangle of", a, true);
  const y = asTensor(b);
  if (y.ndim !== x.ndim) {
    throw new ShapeError(
      `Cannot solve with ${formatAval(x.value.aval)} and ` +
        `${formatAval(y.value.aval)}: expected as many axes of both`,
    );
  }
  const part = lower ? tril(x) : triu(x);
  const strict = lower ? tril(x, -1) : triu(x, 1);
  const ones = unitDiagonal ? strict.add(eye(x.shape[x.ndim - 1])) : part;
  const matrix = transposeA ? matrixTranspose(ones) : ones;
  if (leftSide) return solve(matrix, y);
  return matrixTranspose(solve(matrixTranspose(matrix), matrixTranspose(y)));
}

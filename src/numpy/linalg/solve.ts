/**
 * Linear equations, inverses and determinants, by elimination with pivots.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { arange, eye } from "../creation.ts";
import { diagonal } from "../diagonals.ts";
import { sign, where } from "../elementwise.ts";
import { take } from "../indexing.ts";
import { dynamicIndexInDim } from "../lax.ts";
import { matmul } from "../linalg.ts";
import { concatenate } from "../movement.ts";
import { foriLoop } from "../fori_loop.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { matrices, perMatrix, qr } from "./factor.ts";

/**
 * Eliminates the first n columns of `[n, n + k]` outside the diagonal: the
 * matrix that is left, and 1 or -1 for the parity of the exchanged rows.
 */
function eliminate(matrix: Tensor): [Tensor, Tensor] {
  const [n, width] = matrix.shape;
  const rows = arange(n);
  type State = [Tensor, Tensor];
  const step = (k: Tensor, [left, parity]: State): State => {
    const at = (x: Tensor, i: Tensor, axis: number) =>
      dynamicIndexInDim(x, i, axis, { keepdims: false });
    // The largest pivot comes first, for accuracy.
    const size = where(rows.less(k), -1, at(left, k, 1).abs());
    const best = size.argmax();
    const order = where(
      rows.equal(k),
      best,
      where(rows.equal(best), k, rows),
    );
    const turned = take(left, order, 0);
    const row = at(turned, k, 0);
    const pivot = at(row, k, 0);
    // A column of zeros stays: the determinant is 0, and so is a pivot.
    const safe = where(pivot.equal(0), 1, pivot);
    const factors = where(rows.equal(k), 0, at(turned, k, 1).div(safe));
    return [
      turned.sub(factors.reshape(n, 1).mul(row.reshape(1, width))),
      where(best.equal(k), parity, parity.neg()),
    ];
  };
  return foriLoop<State>(0, n, step, [matrix, asTensor(1).astype("f32")]);
}

/**
 * The x of `a x = b` for matrices `[.., n, n]`; `b` is `[n]`, or `[.., n, k]`.
 *
 * @throws {ShapeError} If the shapes do not fit.
 * @see `jnp.linalg.solve`
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  const x = matrices("solve with", a, true);
  const y = asTensor(b).astype("f32");
  const n = x.shape[x.ndim - 1];
  const right = y.ndim === 1 ? y.reshape(-1, 1) : y;
  const fits = right.ndim === x.ndim && right.shape[right.ndim - 2] === n &&
    right.shape.slice(0, -2).every((size, i) => size === x.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `Cannot solve with ${formatAval(x.value.aval)} and ` +
        `${formatAval(y.value.aval)}: expected [${n}], or ` +
        `[${[...x.shape.slice(0, -2), n]},k]`,
    );
  }
  const [out] = perMatrix(concatenate([x, right], -1), (both) => {
    const [left] = eliminate(both);
    const pivots = diagonal(left.slice(null, [0, n]));
    return [left.slice(null, [n, null]).div(pivots.reshape(n, 1))];
  });
  return y.ndim === 1 ? out.reshape(n) : out;
}

/**
 * The inverse of matrices `[.., n, n]`; infinite or NaN where there is none.
 *
 * @see `jnp.linalg.inv`
 */
export function inv(a: TensorLike): Tensor {
  const x = matrices("invert", a, true);
  return perMatrix(x, (m) => [solve(m, eye(m.shape[0]))])[0];
}

/**
 * Determinants of matrices `[.., n, n]`.
 *
 * @see `jnp.linalg.det`
 */
export function det(a: TensorLike): Tensor {
  return perMatrix(matrices("take the determinant of", a, true), (m) => {
    const [left, parity] = eliminate(m);
    return [diagonal(left).prod().mul(parity)];
  })[0];
}

/**
 * `[sign, logarithm]` of the determinants of matrices `[.., n, n]`, which
 * overflow later than the determinants.
 *
 * @see `jnp.linalg.slogdet`
 */
export function slogdet(a: TensorLike): [sign: Tensor, logdet: Tensor] {
  const x = matrices("take the determinant of", a, true);
  const [sign_, log] = perMatrix(x, (m) => {
    const [left, parity] = eliminate(m);
    const pivots = diagonal(left);
    return [sign(pivots).prod().mul(parity), pivots.abs().log().sum()];
  });
  return [sign_, log];
}

/**
 * The x for which `a x` is nearest to `b`, for `a` `[m, n]` of full rank with
 * m at least n, and `b` `[m]` or `[m, k]`.
 *
 * @throws {ShapeError} If the shapes do not fit.
 */
export function lstsq(a: TensorLike, b: TensorLike): Tensor {
  const x = matrices("solve with", a, false);
  const y = asTensor(b);
  if (x.ndim !== 2 || y.shape[0] !== x.shape[0] || x.shape[0] < x.shape[1]) {
    throw new ShapeError(
      `Cannot solve with ${formatAval(x.value.aval)} and ` +
        `${formatAval(y.value.aval)}: expected [m,n] with m at least n, and ` +
        "[m] or [m,k]",
    );
  }
  const [q, r] = qr(x);
  return solve(r, matmul(q.T, y));
}

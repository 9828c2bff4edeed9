/**
 * Factorisations of matrices, step by step in one loop, so that they compile in
 * the same time for any size, and have derivatives.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval, sizeOf } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { arange, eye, zerosLike } from "../creation.ts";
import { where } from "../elementwise.ts";
import { dynamicIndexInDim } from "../lax.ts";
import { foriLoop } from "../fori_loop.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { vmap } from "../vmap.ts";

/** A stack of matrices, f32, checked; `square` asks for n x n. */
export function matrices(
  what: string,
  x: TensorLike,
  square: boolean,
): Tensor {
  const t = asTensor(x).astype("f32");
  const [rows, columns] = t.shape.slice(-2);
  if (t.ndim < 2 || (square && rows !== columns)) {
    throw new ShapeError(
      `Cannot ${what} ${formatAval(t.value.aval)}: expected ` +
        `${square ? "square matrices, [..,n,n]" : "matrices, [..,m,n]"}`,
    );
  }
  return t;
}

/** Applies a function of one matrix to each of a stack. */
export function perMatrix(
  x: Tensor,
  fn: (x: Tensor) => Tensor[],
): Tensor[] {
  if (x.ndim === 2) return fn(x);
  const lead = x.shape.slice(0, -2);
  const flat = x.reshape([sizeOf(lead), ...x.shape.slice(-2)]);
  return vmap(fn)(flat).map((y) => y.reshape([...lead, ...y.shape.slice(1)]));
}

/** Options of {@link qr}. */
export interface QrOptions {
  /** `"reduced"` (default): the first min(m, n) columns of Q; or all. */
  readonly mode?: "reduced" | "complete";
}

/**
 * `[Q, R]` with `Q R = a`, Q orthogonal and R upper triangular, by Householder
 * reflections.
 *
 * @see `jnp.linalg.qr`
 */
export function qr(
  a: TensorLike,
  { mode = "reduced" }: QrOptions = {},
): [q: Tensor, r: Tensor] {
  const x = matrices("factorise", a, false);
  const [m, n] = x.shape.slice(-2);
  const steps = Math.min(m, n);
  const [q, r] = perMatrix(x, (matrix) => {
    const rows = arange(m);
    return foriLoop(0, steps, (k: Tensor, [q, r]: Tensor[]) => {
      const column = dynamicIndexInDim(r, k, 1, { keepdims: false });
      const below = where(rows.greaterEqual(k), column, 0);
      const here = rows.equal(k);
      const pivot = where(here, below, 0).sum();
      const square = below.square().sum();
      // Where there is nothing to reflect, a safe number keeps NaN out of
      // the derivatives as well.
      const some = where(here, 0, below).square().sum().greater(0);
      const length = where(some, square, 1).sqrt();
      const target = where(pivot.less(0), length, length.neg());
      const v = below.sub(where(here, target, 0));
      const scale = where(some, v.square().sum(), 1);
      const factor = where(some, asTensor(2).div(scale), 0);
      const w = v.mul(factor);
      return [
        q.sub(q.matmul(v).reshape(m, 1).mul(w.reshape(1, m))),
        r.sub(w.reshape(m, 1).mul(v.matmul(r).reshape(1, n))),
      ];
    }, [eye(m), matrix]);
  });
  const upper = where(arange(m).reshape(m, 1).greater(arange(n)), 0, r);
  if (mode === "complete") return [q, upper];
  const axes = x.shape.slice(0, -2).map(() => null);
  return [
    q.slice(...axes, null, [0, steps]),
    upper.slice(...axes, [0, steps]),
  ];
}

/**
 * The lower triangular L with `L L^T = a`, for a symmetric positive definite
 * `a`; NaN where it is not. Only the lower triangle of `a` is read.
 *
 * @see `jnp.linalg.cholesky`
 */
export function cholesky(a: TensorLike): Tensor {
  const x = matrices("factorise", a, true);
  const n = x.shape[x.ndim - 1];
  return perMatrix(x, (matrix) => {
    const rows = arange(n);
    return [foriLoop(0, n, (k: Tensor, left: Tensor) => {
      const row = dynamicIndexInDim(left, k, 0, { keepdims: false });
      const column = dynamicIndexInDim(matrix, k, 1, { keepdims: false })
        .sub(left.matmul(row));
      const here = rows.equal(k);
      const root = where(here, column, 0).sum().sqrt();
      const below = where(rows.greaterEqual(k), column, 0).div(root);
      return where(here.reshape(1, n), below.reshape(n, 1), left);
    }, zerosLike(matrix))];
  })[0];
}

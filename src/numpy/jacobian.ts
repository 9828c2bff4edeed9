/**
 * Full matrices of derivatives, row by row through one batched pullback.
 *
 * @module
 */
import { eye } from "./creation.ts";
import { grad, vjp } from "./grad.ts";
import type { Tensor } from "./tensor.ts";
import { vmap } from "./vmap.ts";

/**
 * The derivative of each element of the result by each element of the
 * argument: a tensor with the axes of the result, then those of the argument.
 */
export function jacobian(
  fn: (x: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  return (x: Tensor): Tensor => {
    const [out, pullback] = vjp(fn, x);
    const unit = eye(out.size).reshape([out.size, ...out.shape]);
    const rows = vmap((row: Tensor) => pullback(row)[0])(unit);
    return rows.reshape([...out.shape, ...x.shape]);
  };
}

/** The second derivatives of a scalar function of one tensor. */
export function hessian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return jacobian((x: Tensor): Tensor => grad(fn)(x));
}

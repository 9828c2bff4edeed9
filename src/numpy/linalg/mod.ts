/**
 * Linear algebra, as in `jax.numpy.linalg`.
 *
 * @module
 */
export { diagonal, trace } from "../diagonals.ts";
export { matmul, outer, tensordot } from "../linalg.ts";
export { cross, matrixTranspose, multiDot, vecdot } from "../products.ts";
export { cholesky, qr, type QrOptions } from "./factor.ts";
export {
  type MatrixNorm,
  matrixNorm,
  matrixPower,
  norm,
  type NormOptions,
  vectorNorm,
} from "./norms.ts";
export { det, inv, lstsq, slogdet, solve } from "./solve.ts";

/**
 * Special functions, as in `jax.scipy.special`.
 *
 * @module
 */
import { asTensor } from "../convert.ts";
import { log1p, where } from "../elementwise.ts";
import { erf as errorFunction, erfInv } from "../lax.ts";
import { erfc as restOfErf } from "../lax/elementwise.ts";
import { sigmoid } from "../nn/activations.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";

export { logSoftmax, logsumexp, softmax } from "../nn/softmax.ts";
export { digamma, lgamma as gammaln } from "../special.ts";

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

/** The error function. */
export function erf(x: TensorLike): Tensor {
  return errorFunction(x);
}

/** `1 - erf(x)`. */
export function erfc(x: TensorLike): Tensor {
  return restOfErf(x);
}

/** The inverse of the error function. */
export function erfinv(x: TensorLike): Tensor {
  return erfInv(x);
}

/** `1 / (1 + exp(-x))`. */
export function expit(x: TensorLike): Tensor {
  return sigmoid(x);
}

/** The inverse of {@link expit}: `log(x / (1 - x))`. */
export function logit(x: TensorLike): Tensor {
  const t = float(x);
  return t.log().sub(log1p(t.neg()));
}

/** `x log(y)`, and 0 where `x` is 0. */
export function xlogy(x: TensorLike, y: TensorLike): Tensor {
  const t = float(x), none = t.equal(0);
  return where(none, 0, t.mul(where(none, 1, float(y)).log()));
}

/** `x log(1 + y)`, and 0 where `x` is 0. */
export function xlog1py(x: TensorLike, y: TensorLike): Tensor {
  const t = float(x), none = t.equal(0);
  return where(none, 0, t.mul(log1p(where(none, 0, float(y)))));
}

/** `-x log(x)`; 0 at 0 and -Infinity below. */
export function entr(x: TensorLike): Tensor {
  const t = float(x);
  return where(t.less(0), -Infinity, xlogy(t, t).neg());
}

/** `x log(x / y)`, as a sum the divergence of two distributions. */
export function relEntr(x: TensorLike, y: TensorLike): Tensor {
  const p = float(x), q = float(y);
  const both = p.greater(0).logicalAnd(q.greater(0));
  const ratio = where(both, p, 1).div(where(both, q, 1));
  const none = p.equal(0).logicalAnd(q.greaterEqual(0));
  return where(both, p.mul(ratio.log()), where(none, 0, Infinity));
}

/** `x log(x / y) - x + y`. */
export function klDiv(x: TensorLike, y: TensorLike): Tensor {
  return relEntr(x, y).sub(x).add(y);
}

/** The distribution function of normal numbers. */
export function ndtr(x: TensorLike): Tensor {
  return errorFunction(float(x).mul(Math.SQRT1_2)).add(1).mul(0.5);
}

/** The inverse of {@link ndtr}. */
export function ndtri(p: TensorLike): Tensor {
  return erfInv(float(p).mul(2).sub(1)).mul(Math.SQRT2);
}

/** Terms of a continued fraction that is right to 1e-6 from 2 on. */
const TERMS = 20;

/** `log(ndtr(x))`, also far below 0, where `ndtr(x)` is 0. */
export function logNdtr(x: TensorLike): Tensor {
  const t = float(x);
  const far = t.less(-2);
  const near = where(far, 0, t), z = where(far, t.neg(), 2);
  // Laplace: the rest is exp(-z^2 / 2) / sqrt(2 pi) / (z + 1 / (z + 2 / ..)).
  let fraction = z;
  for (let k = TERMS; k > 0; k--) fraction = z.add(asTensor(k).div(fraction));
  const tail = z.square().mul(-0.5).sub(Math.log(2 * Math.PI) / 2)
    .sub(fraction.log());
  return where(far, tail, log1p(restOfErf(near.mul(Math.SQRT1_2)).mul(-0.5)));
}

/**
 * Exponentials, logarithms, powers and roots beyond those of `elementwise.ts`.
 *
 * @module
 */
import { asTensor } from "./convert.ts";
import {
  exp,
  log1p,
  maximum,
  minimum,
  power,
  sign,
  where,
} from "./elementwise.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

/** 2 to the power of `x`. */
export function exp2(x: TensorLike): Tensor {
  return power(asTensor(2).astype("f32"), x);
}

/** Logarithm to base 2. */
export function log2(x: TensorLike): Tensor {
  return float(x).log().div(Math.LN2);
}

/** Logarithm to base 10. */
export function log10(x: TensorLike): Tensor {
  return float(x).log().div(Math.LN10);
}

/** `log(exp(a) + exp(b))`, without overflow. */
export function logaddexp(a: TensorLike, b: TensorLike): Tensor {
  const x = float(a), y = float(b);
  const difference = x.sub(y);
  // NaN where both are the same infinity; a safe 0 keeps it out of derivatives.
  const alike = difference.notEqual(difference);
  const safe = where(alike, 0, difference);
  const larger = where(safe.greaterEqual(0), x, y);
  const distance = where(safe.greaterEqual(0), safe.neg(), safe);
  return where(alike, x.add(y), larger.add(log1p(exp(distance))));
}

/** `log2(2^a + 2^b)`, without overflow. */
export function logaddexp2(a: TensorLike, b: TensorLike): Tensor {
  return logaddexp(float(a).mul(Math.LN2), float(b).mul(Math.LN2))
    .div(Math.LN2);
}

/** `a` to the power of `b`, in f32. */
export function floatPower(a: TensorLike, b: TensorLike): Tensor {
  return power(float(a), float(b));
}

/** The third root, negative for negative numbers. */
export function cbrt(x: TensorLike): Tensor {
  const t = float(x);
  return sign(t).mul(t.abs().pow(1 / 3));
}

/** `sqrt(a^2 + b^2)`, without overflow. */
export function hypot(a: TensorLike, b: TensorLike): Tensor {
  const x = float(a).abs(), y = float(b).abs();
  const large = maximum(x, y), small = minimum(x, y);
  // Where both are 0 or infinite, the quotient means nothing.
  const plain = large.greater(0).logicalAnd(large.less(Infinity));
  const ratio = where(plain, small, 0).div(where(plain, large, 1));
  return where(plain, large.mul(ratio.square().add(1).sqrt()), x.add(y));
}

/** `x 2^exponent`. */
export function ldexp(x: TensorLike, exponent: TensorLike): Tensor {
  return float(x).mul(exp2(exponent));
}

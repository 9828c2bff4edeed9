/**
 * Polynomials as vectors of coefficients, the highest power first.
 *
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { formatAval } from "../base/shape.ts";
import { asTensor } from "./convert.ts";
import { arange, zeros } from "./creation.ts";
import { concatenate, flip } from "./movement.ts";
import { pad } from "./padding.ts";
import { convolve } from "./signals.ts";
import type { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";

function coefficients(p: TensorLike): Tensor {
  const t = asTensor(p);
  if (t.ndim === 1) return t;
  throw new ShapeError(
    `Cannot take ${formatAval(t.value.aval)} as a polynomial, expected a ` +
      "vector of coefficients",
  );
}

/** Two polynomials with zeros in front, of one length. */
function aligned(a: TensorLike, b: TensorLike): Tensor[] {
  const both = [coefficients(a), coefficients(b)];
  const most = Math.max(...both.map((t) => t.size));
  return both.map((t) => pad(t, [most - t.size, 0]));
}

/** The sum of two polynomials. */
export function polyadd(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = aligned(a, b);
  return x.add(y);
}

/** The difference of two polynomials. */
export function polysub(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = aligned(a, b);
  return x.sub(y);
}

/** The product of two polynomials, in f32. */
export function polymul(a: TensorLike, b: TensorLike): Tensor {
  return convolve(coefficients(a), coefficients(b));
}

/** The powers that coefficients belong to. */
function powers(size: number): Tensor {
  return flip(arange(size));
}

/** The derivative of a polynomial, `m` times over. */
export function polyder(p: TensorLike, m = 1): Tensor {
  let t = coefficients(p);
  for (let i = 0; i < m; i++) {
    if (t.size === 0) return t;
    t = t.mul(powers(t.size)).slice([0, t.size - 1]);
  }
  return t;
}

/** The integral of a polynomial, `m` times over, in f32, with constants 0. */
export function polyint(p: TensorLike, m = 1): Tensor {
  let t = coefficients(p).astype("f32");
  for (let i = 0; i < m; i++) {
    t = concatenate([t.div(powers(t.size).add(1)), zeros(1)]);
  }
  return t;
}

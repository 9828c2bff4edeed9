/**
 * Activations, with JAX's derivatives where they have kinks.
 *
 * @module
 */
import { ShapeError } from "../../base/errors.ts";
import { formatAval, normalizeAxis } from "../../base/shape.ts";
import { asTensor } from "../convert.ts";
import { clip, exp, expm1, log1p, where } from "../elementwise.ts";
import { split } from "../movement.ts";
import { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { unary } from "../values/scalar.ts";

/** An activation as a value of its own, for tables of layers. */
export type Activation = (x: TensorLike) => Tensor;

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

/** `x` itself. */
export function identity(x: TensorLike): Tensor {
  return asTensor(x);
}

/** `max(x, 0)`; the derivative at 0 is 0. */
export function relu(x: TensorLike): Tensor {
  const t = asTensor(x);
  return where(t.lessEqual(0), 0, t);
}

/** `min(max(x, 0), 6)`; the derivative at 0 and at 6 is 0. */
export function relu6(x: TensorLike): Tensor {
  const t = relu(x);
  return where(t.greaterEqual(6), 6, t);
}

/** `x` where it is at least 0, else `slope x`. */
export function leakyRelu(x: TensorLike, slope: TensorLike = 0.01): Tensor {
  const t = float(x);
  return where(t.greaterEqual(0), t, t.mul(slope));
}

/** Hyperbolic tangent. */
export function tanh(x: TensorLike): Tensor {
  return asTensor(x).tanh();
}

/** `x` between -1 and 1, else the bound; the derivative at the bounds is 1. */
export function hardTanh(x: TensorLike): Tensor {
  const t = asTensor(x);
  return where(t.greater(1), 1, where(t.less(-1), -1, t));
}

/** `1 / (1 + exp(-x))`. */
export function sigmoid(x: TensorLike): Tensor {
  return new Tensor(unary("sigmoid", asTensor(x).value));
}

/** `log(sigmoid(x))`. */
export function logSigmoid(x: TensorLike): Tensor {
  return softplus(asTensor(x).neg()).neg();
}

/** `relu6(x + 3) / 6`: a sigmoid of three straight lines. */
export function hardSigmoid(x: TensorLike): Tensor {
  return relu6(float(x).add(3)).div(6);
}

/** `(x + 1) / 2` between 0 and 1: the derivative of {@link sparsePlus}. */
export function sparseSigmoid(x: TensorLike): Tensor {
  return clip(float(x).add(1), 0, 2).mul(0.5);
}

/** `x sigmoid(x)`. */
export function silu(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.mul(sigmoid(t));
}

/** `x sigmoid(x)`, under its other name. */
export function swish(x: TensorLike): Tensor {
  return silu(x);
}

/** `x hardSigmoid(x)`. */
export function hardSilu(x: TensorLike): Tensor {
  const t = float(x);
  return t.mul(hardSigmoid(t));
}

/** `x hardSigmoid(x)`, under its other name. */
export function hardSwish(x: TensorLike): Tensor {
  return hardSilu(x);
}

/** `x tanh(softplus(x))`. */
export function mish(x: TensorLike): Tensor {
  const t = float(x);
  return t.mul(softplus(t).tanh());
}

/** `log(1 + exp(x))`. */
export function softplus(x: TensorLike): Tensor {
  const t = float(x);
  // One branch per side of 0, so that no exponential overflows and every
  // derivative is that of the smooth function, also at 0.
  const positive = t.greater(0);
  const tail = log1p(exp(where(positive, t.neg(), t)));
  return where(positive, t, 0).add(tail);
}

/** `(x + sqrt(x^2 + b)) / 2`, which is smooth. */
export function squareplus(x: TensorLike, b: TensorLike = 4): Tensor {
  const t = float(x);
  return t.add(t.square().add(b).sqrt()).mul(0.5);
}

/** 0 up to -1, `x` from 1 on, and a parabola `(x + 1)^2 / 4` between. */
export function sparsePlus(x: TensorLike): Tensor {
  const t = float(x);
  const bend = t.add(1).square().mul(0.25);
  return where(t.lessEqual(-1), 0, where(t.greaterEqual(1), t, bend));
}

/** `x / (1 + |x|)`. */
export function softSign(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.div(t.abs().add(1));
}

/** `x` above 0, else `alpha (exp(x) - 1)`. */
export function elu(x: TensorLike, alpha: TensorLike = 1): Tensor {
  const t = float(x);
  const positive = t.greater(0);
  return where(positive, t, expm1(where(positive, 0, t)).mul(alpha));
}

/** `x` above 0, else `alpha (exp(x / alpha) - 1)`: smooth for every alpha. */
export function celu(x: TensorLike, alpha: TensorLike = 1): Tensor {
  const t = float(x);
  const positive = t.greater(0);
  const low = expm1(where(positive, 0, t).div(alpha)).mul(alpha);
  return where(positive, t, low);
}

/** Self-normalising `elu`. */
export function selu(x: TensorLike): Tensor {
  return elu(x, 1.6732632423543772).mul(1.0507009873554805);
}

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** Use the formula with tanh (default), or else the one with erf. */
  readonly approximate?: boolean;
}

/** `x` times the normal distribution function of `x`. */
export function gelu(
  x: TensorLike,
  { approximate = true }: GeluOptions = {},
): Tensor {
  const t = float(x);
  if (!approximate) {
    const erf = new Tensor(unary("erf", t.mul(Math.SQRT1_2).value));
    return t.mul(erf.add(1).mul(0.5));
  }
  const inner = t.add(t.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return t.mul(inner.tanh().add(1).mul(0.5));
}

/**
 * Gated linear unit: the first half of an axis times the sigmoid of the second.
 *
 * @throws {ShapeError} If the axis has an odd size.
 */
export function glu(x: TensorLike, axis = -1): Tensor {
  const t = float(x);
  const at = normalizeAxis(axis, t.ndim, `glu ${formatAval(t.value.aval)}`);
  if (t.shape[at] % 2 !== 0) {
    throw new ShapeError(
      `Cannot glu ${formatAval(t.value.aval)}: axis ${at} has size ` +
        `${t.shape[at]}, expected an even one: half of it gates the other half`,
    );
  }
  const [values, gates] = split(t, 2, at);
  return values.mul(sigmoid(gates));
}

/**
 * Activations and their kin, as in `jax.nn`, with JAX's derivatives where they
 * have kinks.
 *
 * @module
 */
import { normalizeAxis } from "../base/shape.ts";
import { bind } from "../transform/trace.ts";
import { arange } from "./creation.ts";
import { exp, expm1, log1p, minimum, where } from "./elementwise.ts";
import { expandDims } from "./movement.ts";
import { asTensor } from "./convert.ts";
import { Tensor } from "./tensor.ts";
import type { TensorLike } from "./values/host.ts";
import type { Axes } from "./values/reduce.ts";
import { unary } from "./values/scalar.ts";

/** An activation as a value of its own, for tables of layers. */
export type Activation = (x: TensorLike) => Tensor;

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

function constant(x: Tensor): Tensor {
  return new Tensor(bind("stopGradient", [x.value], {})[0]);
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

/** `min(max(x, 0), 6)`. */
export function relu6(x: TensorLike): Tensor {
  return minimum(relu(x), 6);
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

/** `x sigmoid(x)`. */
export function silu(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.mul(sigmoid(t));
}

/** `x sigmoid(x)`, under its other name. */
export function swish(x: TensorLike): Tensor {
  return silu(x);
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

/** Largest element along axes, as a constant, and 0 where it is infinite. */
function shiftOf(t: Tensor, axis: Axes | undefined): Tensor {
  const top = t.max(axis, { keepdims: true });
  return constant(where(top.abs().less(Infinity), top, 0));
}

/** `log(sum(exp(x)))` along axes, without overflow. */
export function logsumexp(
  x: TensorLike,
  axis?: Axes,
  { keepdims = false }: {
    /** Keep the reduced axes with size 1. */
    readonly keepdims?: boolean;
  } = {},
): Tensor {
  const t = float(x);
  const shift = shiftOf(t, axis);
  const sum = t.sub(shift).exp().sum(axis, { keepdims: true });
  const out = sum.log().add(shift);
  if (keepdims) return out;
  return out.reshape(t.sum(axis).shape);
}

/** Exponentials along an axis, divided by their sum. */
export function softmax(x: TensorLike, axis: Axes = -1): Tensor {
  const t = float(x);
  const powers = t.sub(constant(t.max(axis, { keepdims: true }))).exp();
  return powers.div(powers.sum(axis, { keepdims: true }));
}

/** Logarithm of `softmax`, computed as such. */
export function logSoftmax(x: TensorLike, axis: Axes = -1): Tensor {
  const t = float(x);
  const shifted = t.sub(constant(t.max(axis, { keepdims: true })));
  return shifted.sub(shifted.exp().sum(axis, { keepdims: true }).log());
}

/** Options of {@link oneHot}. */
export interface OneHotOptions {
  /** Where the new axis goes; last by default. */
  readonly axis?: number;
}

/**
 * 1 at each index along a new axis of size `numClasses`, in f32; an index
 * outside gives zeros.
 */
export function oneHot(
  x: TensorLike,
  numClasses: number,
  { axis = -1 }: OneHotOptions = {},
): Tensor {
  const t = asTensor(x);
  const at = normalizeAxis(axis, t.ndim + 1, "oneHot");
  const shape = Array.from(
    { length: t.ndim + 1 },
    (_, i) => i === at ? numClasses : 1,
  );
  return expandDims(t, at).equal(arange(numClasses).reshape(shape))
    .astype("f32");
}

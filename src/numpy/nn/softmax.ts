/**
 * Functions of whole rows: softmax and its kin, standardisation, one-hot rows.
 *
 * @module
 */
import { normalizeAxis } from "../../base/shape.ts";
import { bind } from "../../transform/trace.ts";
import { asTensor } from "../convert.ts";
import { arange } from "../creation.ts";
import { expm1, log1p, where } from "../elementwise.ts";
import { expandDims } from "../movement.ts";
import { Tensor } from "../tensor.ts";
import type { TensorLike } from "../values/host.ts";
import { type Axes, countOf } from "../values/reduce.ts";

function float(x: TensorLike): Tensor {
  return asTensor(x).astype("f32");
}

function constant(x: Tensor): Tensor {
  return new Tensor(bind("stopGradient", [x.value], {})[0]);
}

/** Largest element along axes, as a constant, and 0 where it is infinite. */
function shiftOf(t: Tensor, axis: Axes | undefined): Tensor {
  const top = t.max(axis, { keepdims: true });
  return constant(where(top.abs().less(Infinity), top, 0));
}

/** Options of {@link logsumexp}. */
export interface LogsumexpOptions {
  /** Keep the reduced axes with size 1. */
  readonly keepdims?: boolean;
  /** Factors of the exponentials, which broadcast with `x`; 1 by default. */
  readonly b?: TensorLike;
}

/** `log(sum(b exp(x)))` along axes, without overflow. */
export function logsumexp(
  x: TensorLike,
  axis?: Axes,
  { keepdims = false, b }: LogsumexpOptions = {},
): Tensor {
  const t = float(x);
  const shift = shiftOf(t, axis);
  const powers = t.sub(shift).exp();
  const terms = b === undefined ? powers : powers.mul(b);
  const out = terms.sum(axis, { keepdims: true }).log().add(shift);
  if (keepdims) return out;
  return out.reshape(t.sum(axis).shape);
}

/** `log(mean(exp(x)))` along axes, without overflow. */
export function logmeanexp(
  x: TensorLike,
  axis?: Axes,
  { keepdims = false }: Pick<LogsumexpOptions, "keepdims"> = {},
): Tensor {
  const count = countOf(asTensor(x).shape, axis, "logmeanexp");
  return logsumexp(x, axis, { keepdims }).sub(Math.log(count));
}

/** `log(1 - exp(-x))` for `x` above 0, accurate near 0 and far away. */
export function log1mexp(x: TensorLike): Tensor {
  const t = float(x);
  const near = t.lessEqual(Math.LN2);
  const small = where(near, t, 1), large = where(near, 1, t);
  return where(
    near,
    expm1(small.neg()).neg().log(),
    log1p(large.neg().exp().neg()),
  );
}

/** Options of {@link softmax} and {@link logSoftmax}. */
export interface SoftmaxOptions {
  /** Elements that count, which broadcast with `x`; all by default. */
  readonly where?: TensorLike;
}

/** Exponentials along an axis, divided by their sum. */
export function softmax(
  x: TensorLike,
  axis: Axes = -1,
  { where: mask }: SoftmaxOptions = {},
): Tensor {
  const t = masked(x, mask);
  const powers = t.sub(constant(t.max(axis, { keepdims: true }))).exp();
  return powers.div(powers.sum(axis, { keepdims: true }));
}

/** Logarithm of `softmax`, computed as such. */
export function logSoftmax(
  x: TensorLike,
  axis: Axes = -1,
  { where: mask }: SoftmaxOptions = {},
): Tensor {
  const t = masked(x, mask);
  const shifted = t.sub(constant(t.max(axis, { keepdims: true })));
  return shifted.sub(shifted.exp().sum(axis, { keepdims: true }).log());
}

/** What does not count is -Infinity, whose exponential is 0. */
function masked(x: TensorLike, mask: TensorLike | undefined): Tensor {
  return mask === undefined ? float(x) : where(mask, float(x), -Infinity);
}

/** Options of {@link standardize}. */
export interface StandardizeOptions {
  /** Mean to take off; that along the axis by default. */
  readonly mean?: TensorLike;
  /** Variance to divide by; that along the axis by default. */
  readonly variance?: TensorLike;
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: TensorLike;
}

/** `(x - mean) / sqrt(variance + epsilon)` along axes. */
export function standardize(
  x: TensorLike,
  axis: Axes = -1,
  { mean, variance, epsilon = 1e-5 }: StandardizeOptions = {},
): Tensor {
  const t = float(x);
  const keepdims = true;
  const center = t.sub(mean ?? t.mean(axis, { keepdims }));
  const spread = asTensor(variance ?? t.var(axis, { keepdims }));
  return center.div(spread.add(epsilon).sqrt());
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

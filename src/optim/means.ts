/**
 * Decaying means of gradients: what the states of optimizers are made of.
 *
 * @module
 */
import {
  expm1,
  fullLike,
  reciprocal,
  type Tensor,
  zerosLike,
} from "../numpy/mod.ts";
import { mapTensors } from "./leafwise.ts";

/** A tree like `params` of zeros. */
export function zerosOf(params: unknown): unknown {
  return mapTensors((p) => zerosLike(p), params);
}

/** A tree like `params` of one value. */
export function fullOf(params: unknown, value: number): unknown {
  return mapTensors((p) => fullLike(p, value), params);
}

/** `decay * m + (1 - decay) * g`. */
export function mean(decay: number): (m: Tensor, g: Tensor) => Tensor {
  return (m, g) => g.mul(1 - decay).add(m.mul(decay));
}

/** `decay * v + (1 - decay) * g ** 2`. */
export function meanSquare(decay: number): (v: Tensor, g: Tensor) => Tensor {
  return (v, g) => g.square().mul(1 - decay).add(v.mul(decay));
}

/**
 * `1 / (1 - decay ** count)`: a factor, because it is one division instead of
 * one per element. As written it would cancel: with 0.999 the first value would
 * keep three of seven digits, and fewer where `pow` is approximate.
 */
export function correction(decay: number, count: Tensor): Tensor {
  const minus = expm1(count.astype("f32").mul(Math.log(decay)));
  return reciprocal(minus.neg());
}

/** `m / (sqrt(v + epsRoot) + eps)`. */
export function overRoot(
  m: Tensor,
  v: Tensor,
  eps: number,
  epsRoot: number,
): Tensor {
  const shifted = epsRoot === 0 ? v : v.add(epsRoot);
  return m.div(shifted.sqrt().add(eps));
}

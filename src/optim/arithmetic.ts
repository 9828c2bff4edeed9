/**
 * Arithmetic on numbers and on tensors, so that a schedule is written once.
 *
 * @module
 */
import * as jnp from "../numpy/mod.ts";
import type { Tensor } from "../numpy/mod.ts";
import type { Schedule } from "./schedules.ts";

/** What formulas of schedules are made of. */
export interface Arithmetic<X> {
  add(a: X, b: X | number): X;
  mul(a: X, b: X | number): X;
  min(a: X, b: number): X;
  max(a: X, b: number): X;
  pow(a: X, b: number): X;
  exp(a: X): X;
  cos(a: X): X;
  floor(a: X): X;
  /** `a` where `x < bound`, else `b`. */
  below(x: X, bound: number, a: X, b: X): X;
}

const NUMBERS: Arithmetic<number> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
  pow: (a, b) => a ** b,
  exp: Math.exp,
  cos: Math.cos,
  floor: Math.floor,
  below: (x, bound, a, b) => x < bound ? a : b,
};

const TENSORS: Arithmetic<Tensor> = {
  add: (a, b) => a.add(b),
  mul: (a, b) => a.mul(b),
  min: (a, b) => jnp.minimum(a, b),
  max: (a, b) => jnp.maximum(a, b),
  pow: (a, b) => a.pow(b),
  exp: (a) => jnp.exp(a),
  cos: (a) => jnp.cos(a),
  floor: (a) => jnp.floor(a),
  below: (x, bound, a, b) => jnp.where(x.less(bound), a, b),
};

/** A schedule from one formula; the count of tensors becomes f32. */
export function schedule(
  formula: <X>(x: Arithmetic<X>, count: X) => X,
): Schedule {
  function at(count: number): number;
  function at(count: Tensor): Tensor;
  function at(count: number | Tensor): number | Tensor {
    if (typeof count === "number") return formula(NUMBERS, count);
    return formula(TENSORS, count.astype("f32"));
  }
  return at;
}

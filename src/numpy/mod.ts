/**
 * Tensors and the functions numpy users know (`jnp`), with JAX's `lax`, `jax`,
 * `nn`, `random` and `debug` as namespaces.
 *
 * @example
 * ```ts
 * import * as jnp from "@vodes/vodes/numpy";
 * const x = jnp.linspace(0, 1, 5);
 * console.log(jnp.exp(x).sum().toArray());
 * ```
 *
 * @module
 */
export type { DType, TypedArray } from "../base/dtype.ts";
export type { Aval, Shape } from "../base/shape.ts";
export type * from "../ir/primitives.ts";
export { type FormatOptions, formatProgram } from "../ir/print.ts";
export type { Node, Program, ValueId } from "../ir/program.ts";
export { asTensor, tensor } from "./convert.ts";
export { Tensor } from "./tensor.ts";
export type { NestedList } from "./format.ts";
export type {
  NestedArray,
  NumericArray,
  TensorLike,
  TensorSource,
  ValueHolder,
} from "./values/host.ts";
export type { Range } from "./values/index.ts";
export type { PadWidth } from "./values/movement.ts";
export type { Axes, ReduceOptions, VarianceOptions } from "./values/reduce.ts";
export * from "./bits.ts";
export * from "./constants.ts";
export * from "./creation.ts";
export * from "./diagonals.ts";
export * from "./elementwise.ts";
export * from "./einsum.ts";
export * from "./exponentials.ts";
export * from "./indexing.ts";
export { frexp, gcd, lcm, nextafter } from "./integers.ts";
export * from "./linalg.ts";
export * from "./movement.ts";
export * from "./nan_reductions.ts";
export * from "./padding.ts";
export * from "./polynomials.ts";
export * from "./products.ts";
export * from "./ranges.ts";
export * from "./reductions.ts";
export * from "./rounding.ts";
export * from "./searching.ts";
export * from "./selecting.ts";
export * from "./sets.ts";
export * from "./shapes.ts";
export * from "./signals.ts";
export * from "./sorting.ts";
export * from "./statistics.ts";
export * from "./trigonometry.ts";
export * from "./updates.ts";
export * as debug from "./debug.ts";
export * as jax from "./jax.ts";
export * as lax from "./lax/mod.ts";
export * as linalg from "./linalg/mod.ts";
export * as nn from "./nn.ts";
export * as random from "./random/mod.ts";

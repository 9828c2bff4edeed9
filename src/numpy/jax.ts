/**
 * Transformations of functions on trees of tensors, as in `jax`.
 *
 * @module
 */
export { customVjp } from "./custom_vjp.ts";
export * as debug from "./debug.ts";
export {
  type Argnums,
  grad,
  type Gradient,
  type Gradients,
  type GradOptions,
  jvp,
  linearize,
  type Pullback,
  valueAndGrad,
  vjp,
} from "./grad.ts";
export { evalShape, jit, type JitOptions, makeProgram } from "./jit.ts";
export {
  hessian,
  type HessianOptions,
  jacfwd,
  type Jacobian,
  jacobian,
  type JacobianOptions,
  jacrev,
} from "./jacobian.ts";
export * as lax from "./lax/mod.ts";
export * as nn from "./nn.ts";
export type { AxisTree } from "./pytree.ts";
export * as random from "./random/mod.ts";
export * as scipy from "./scipy/mod.ts";
export * as tree from "./tree.ts";
export { vmap, type VmapOptions } from "./vmap.ts";

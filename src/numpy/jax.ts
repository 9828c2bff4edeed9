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
  type Pullback,
  valueAndGrad,
  vjp,
} from "./grad.ts";
export { jit, type JitOptions, makeProgram } from "./jit.ts";
export { hessian, jacobian } from "./jacobian.ts";
export * as lax from "./lax.ts";
export * as nn from "./nn.ts";
export type { AxisTree } from "./pytree.ts";
export * as random from "./random/mod.ts";
export { vmap, type VmapOptions } from "./vmap.ts";

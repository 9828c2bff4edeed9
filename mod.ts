/**
 * vodes: predictive coding networks that run wherever JavaScript runs.
 *
 * @example Train one layer
 * ```ts
 * import { jax, jnp, type Tensor, tensor } from "@vodes/vodes";
 * const loss = (w: Tensor) => jnp.square(w.sub(3)).sum();
 * const w = tensor([1, 2], "f32");
 * console.log(jax.grad(loss)(w).toArray()); // [-4, -2]
 * ```
 * @module
 */
export * as px from "./src/core/mod.ts";
export * as pxc from "./src/predictive_coding/mod.ts";
export * as pxnn from "./src/nn/mod.ts";
export * as pxf from "./src/functional/mod.ts";
export * as pxu from "./src/utils/mod.ts";
export * as jnp from "./src/numpy/mod.ts";
export * as lax from "./src/numpy/lax/mod.ts";
export * as jax from "./src/numpy/jax.ts";
export * as optax from "./src/optim/mod.ts";
export * as data from "./src/data/mod.ts";
export { tensor } from "./src/numpy/convert.ts";
export { Tensor } from "./src/numpy/tensor.ts";
export {
  type DeviceName,
  type DeviceOptions,
  devices,
  dispose,
  init,
  type InitName,
  type KernelVariant,
  type Precision,
  type ReferenceOptions,
  type WasmOptions,
  type WebgpuOptions,
} from "./src/devices.ts";
export type { DeviceInfo } from "./src/device/device.ts";
export type { DType, TypedArray } from "./src/base/dtype.ts";
export type { Shape } from "./src/base/shape.ts";
export * from "./src/base/errors.ts";

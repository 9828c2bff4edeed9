/**
 * Optimizers in the manner of optax: pure functions on pytrees of tensors,
 * built by chaining gradient transformations, with schedules for what changes
 * over time. The formulas, and so the numbers, are optax's.
 *
 * @example
 * ```ts
 * import { adamw, applyUpdates } from "@vodes/vodes/optim";
 * import { tensor } from "@vodes/vodes/numpy";
 *
 * const optimizer = adamw(0.1);
 * const params = { w: tensor([1, -1], "f32") };
 * const gradients = { w: tensor([0.5, -3], "f32") };
 * const [updates, _state] = optimizer.update(
 *   gradients,
 *   optimizer.init(params),
 *   params,
 * );
 * console.log(applyUpdates(params, updates).w.toArray()); // about [.9, -.9]
 * ```
 *
 * @module
 */
export * from "./adam_kin.ts";
export * from "./adaptive.ts";
export {
  clip,
  clipByBlockRms,
  clipByGlobalNorm,
  globalNorm,
} from "./clipping.ts";
export * from "./filters.ts";
export * from "./hyperparams.ts";
export * from "./losses.ts";
export * from "./moments.ts";
export * from "./more_optimizers.ts";
export {
  adam,
  adamw,
  type AdamWOptions,
  type AdamWState,
  nadam,
  nadamw,
  sgd,
  type SgdOptions,
  type SgdState,
} from "./optimizers.ts";
export * from "./piecewise.ts";
export {
  addDecayedWeights,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
} from "./scaling.ts";
export * from "./schedules.ts";
export * from "./signs.ts";
export {
  applyUpdates,
  chain,
  type CountState,
  type EmptyState,
  type GradientTransformation,
  identity,
} from "./transformation.ts";
export {
  applyEvery,
  type ApplyEveryState,
  masked,
  multiSteps,
  type MultiStepsState,
  multiTransform,
} from "./wrappers.ts";
